import { beforeAll, describe, expect, test } from 'vitest'
import { evidenceOf, notHeld } from './report.ts'
import { smallFiles, smallWorkspace } from './small-workspace.ts'
import { asStaging, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, trespass } from './support.ts'

const notes = smallFiles['matrices/notes.matrix.yaml']
let sandbox: StandingSandbox

beforeAll(async () => {
  sandbox = await standingSandbox(smallWorkspace())
}, patience)

/** Runs the notes of the small workspace with some text of the matrix replaced. */
async function runWith(...changes: readonly (readonly [string, string])[]) {
  const matrix = changes.reduce<string>((text, [from, to]) => text.replace(from, to), notes)
  const root = asStaging(smallWorkspace({ 'matrices/notes.matrix.yaml': matrix }), sandbox)
  const ended = await trespass(['run', '--workspace', root, '--target', 'staging', '--matrix', 'notes'])
  return { ...ended, broken: notHeld((await evidenceOf(ended)).cells) }
}

describe('a run that does not hold ends with the exit code of its verdicts', { timeout: patience }, () => {
  test('a breach: the actor, the request and the change', async () => {
    const { code, out, broken } = await runWith(['    rename own: allow', '    rename own: deny'])
    expect([code, broken]).toEqual([1, ['breach  notes › alice › rename own', 'breach  notes › guest › rename own']])
    expect(out).toMatch(/BREACH {2}notes › alice › rename own/)
    expect(out).toMatch(/PATCH \/rest\/v1\/notes\?/)
    expect(out).toMatch(/title.*renamed/)
    expect(out).toMatch(/matrices\/notes\.matrix\.yaml:20/)
    expect(out).toMatch(/exit 1: findings/)
  })

  test('a cell that is to be defined, and a combination that the matrix does not decide', async () => {
    const defined = await runWith(['    create:     allow', '    create:     define'])
    expect([defined.code, defined.broken]).toEqual([
      1,
      ['undecided  notes › alice › create', 'undecided  notes › guest › create'],
    ])
    const blank = await runWith(['  visitor: { "*": deny(grant) }\n', ''])
    expect([blank.code, blank.broken.length]).toEqual([1, 5])
    for (const line of blank.broken) expect(line).toMatch(/^undecided {2}notes › visitor › /)
  })

  test('a lockout and a wrong layer', async () => {
    const { code, broken } = await runWith(
      ['  visitor:', '  guest:   { read theirs: allow }\n  visitor:'],
      ['    "*":        deny(filtered)', '    rename theirs: deny(rls)\n    "*":        deny(filtered)'],
    )
    expect([code, broken]).toEqual([
      1,
      [
        'lockout  notes › guest › read theirs',
        'wrong-layer  notes › alice › rename theirs',
        'wrong-layer  notes › guest › rename theirs',
      ],
    ])
  })

  test('a policy that recurses is a lockout where the cell is allowed, and proves nothing where it is denied', async () => {
    await sandbox.query(`create policy loop on public.notes as restrictive for update to authenticated
      using (exists (select from public.notes as other where other.id = notes.id))`)
    const { code, broken } = await runWith().finally(() => sandbox.query('drop policy loop on public.notes'))
    expect([code, broken]).toEqual([
      1,
      [
        'inconclusive  notes › alice › rename theirs',
        'inconclusive  notes › guest › rename theirs',
        // The visitor lacks the grant, but no control shows that the request could have worked.
        'inconclusive  notes › visitor › rename own',
        'inconclusive  notes › visitor › rename theirs',
        'lockout  notes › alice › rename own',
        'lockout  notes › bob › rename own',
        'lockout  notes › bob › rename theirs',
        'lockout  notes › guest › rename own',
      ],
    ])
  })

  test('an unknown result is never held, and alone it is exit code 3', async () => {
    await sandbox.query(`create function public.stall() returns boolean language plpgsql
      as $$ begin raise query_canceled; end $$`)
    await sandbox.query(
      'create policy stall on public.notes as restrictive for update to authenticated using (stall())',
    )
    const { code, out, broken } = await runWith().finally(() => sandbox.query('drop policy stall on public.notes'))
    expect(code).toBe(3)
    expect(broken.length).toBe(8)
    for (const line of broken) expect(line).toMatch(/^inconclusive {2}notes › \w+ › rename (?:own|theirs)$/)
    expect(out).toMatch(/exit 3: nothing wrong found, but not all of it is proven/)
  })
})
