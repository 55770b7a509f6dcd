import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { inProcess } from '../e2e/in-process.ts'
import { asStaging, type StandingSandbox, standingSandbox } from '../e2e/standing-sandbox.ts'
import { patience, temporaryFolder, writeFiles } from '../e2e/support.ts'
import { reviewedFiles } from './workspace.ts'

const root = temporaryFolder()
let sandbox: StandingSandbox

const on = (command: string, ...flags: string[]) =>
  inProcess([command, '--target', 'staging', '--workspace', root, ...flags])

beforeAll(async () => {
  writeFiles(root, reviewedFiles)
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
  expect(await on('run', '--quiet')).toMatchObject({ code: 0 })
}, patience)

describe('policies', { timeout: patience }, () => {
  test('a table shows its effective policies, their oddities, and the cells that prove the denials', async () => {
    const { code, out } = await on('policies', '--table', 'notes')
    expect(code).toBe(0)
    expect(out).toContain(
      'covered: policy "live notes": every row that it lets through passes the policy "own notes" too',
    )
    expect(out).toContain('per-row-call: policy "live notes": auth.uid() is called for each row')
    expect(out).toContain("a row is reached when: owner_id is the caller's id and the caller's id is not null")
    expect(out).toContain('denials are proven by 1 cell: notes › mallory › rename')
    expect(out).not.toContain('public.plans')
  })

  test('the JSON form has every table, and names a recursion and row security that is off', async () => {
    const { out } = await on('policies', '--json')
    const { schema, tables } = JSON.parse(out)
    expect(schema).toBe('trespass/policies@1')
    const codes = tables.map((one: { table: string; findings: { code: string }[] }) => [
      one.table,
      one.findings.map(({ code }) => code),
    ])
    expect(codes).toEqual([
      ['public.loop', ['recursion']],
      ['public.notes', ['covered', 'per-row-call']],
      ['public.plans', ['row-security-off']],
    ])
  })

  test('a table that is not there is refused with the nearest one', async () => {
    const { code, err } = await on('policies', '--table', 'note')
    expect(code).toBe(2)
    expect(err).toContain('did you mean `notes`?')
  })

  test('two formats at once are refused', async () => {
    expect(await on('policies', '--json', '--markdown')).toMatchObject({ code: 2 })
  })
})

describe('verify', { timeout: patience }, () => {
  test('a review is held against the report that it names, and an edited one is not as it was written', async () => {
    const { out } = await on('policies', '--json')
    const [whole, edited] = ['policies.json', 'edited.json'].map((name) => join(root, name))
    writeFiles(root, { 'policies.json': out, 'edited.json': out.replace('"per-row-call"', '"covered"') })
    const sound = await inProcess(['verify', whole ?? '', '--workspace', root])
    expect(sound).toMatchObject({ code: 0, out: expect.stringMatching(/a review of policies, made at .*: sound/) })
    const changed = await inProcess(['verify', edited ?? '', '--workspace', root])
    expect(changed).toMatchObject({ code: 1, out: expect.stringContaining('its digest does not fit the rest') })
  })
})

describe('reproduce', { timeout: patience }, () => {
  test('a curl line becomes a denied cell of the matrix of its table, without its token', async () => {
    const { TRESPASS_URL: url, TRESPASS_PUBLISHABLE_KEY: key } = sandbox.variables
    const matrix = readFileSync(join(root, 'matrices/notes.matrix.yaml'), 'utf8')
    writeFiles(root, { 'request.txt': `curl '${url}/rest/v1/notes?select=id,body' -H 'apikey: ${key}'` })
    const { code, text } = await on('reproduce', join(root, 'request.txt'))
    expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining('matrices/notes.matrix.yaml') })
    expect(text).toMatch(/notes › visitor › reproduced select[\s\S]*expectation: deny/)
    expect(text).not.toContain(key)
    expect(readFileSync(join(root, 'matrices/notes.matrix.yaml'), 'utf8')).toBe(matrix)
  })

  test('a request that cannot be reproduced is refused', async () => {
    writeFiles(root, { 'request.txt': `curl '${sandbox.variables.TRESPASS_URL}/graphql/v1' -d '{}'` })
    const { code, err } = await on('reproduce', join(root, 'request.txt'))
    expect(code).toBe(2)
    expect(err).toContain('not-reproducible')
  })
})

describe('advisors', { timeout: patience }, () => {
  test('a lint is tied to the cells that show it', async () => {
    const { code, out } = await on('advisors')
    expect(code).toBe(0)
    expect(out).toContain('rls_disabled_in_public on table public.plans')
    expect(out).toContain('confirmed for anon, and the matrix allows it: plans › visitor › list')
    expect(out).toContain('security_definer_view on view public.all_notes')
  })
})

describe('readiness', { timeout: patience }, () => {
  test('one line for each table, and the gate is shut while one is not ready', async () => {
    const { code, out } = await on('readiness', '--gate', '--markdown')
    expect(code).toBe(1)
    expect(out).toContain('- public.notes: ready, 2 risks')
    expect(out).toMatch(/- public.loop: not ready, 2 blockers/)
  })

  test('an accepted lint no longer blocks, and its owner and day are listed', async () => {
    const entry =
      '- { lint: rls_disabled_in_public table public.plans, owner: ops, reason: prices, until: 2999-12-31 }\n'
    writeFiles(root, { 'accepted.yaml': entry })
    const { out } = await on('readiness')
    expect(out).toMatch(/^ {2}public\.plans: ready/m)
    expect(out).toContain('rls_disabled_in_public table public.plans: ops, until 2999-12-31')
  })
})

/** Last, since it changes the schema. */
describe('privileges', { timeout: patience }, () => {
  test('the difference to before a migration is a list of sentences', async () => {
    const before = join(root, 'before.json')
    writeFileSync(before, (await on('privileges', '--json')).out)
    await sandbox.query(`
      revoke truncate on public.plans from authenticated;
      grant update (name) on public.plans to anon;
      alter function public.count_notes() set search_path = '';
      create policy "all" on public.notes for delete to authenticated using (true)`)
    const { changes } = JSON.parse((await on('privileges', '--before', before, '--json')).out)
    expect(changes).toEqual([
      'anon may now update column public.plans.name',
      'authenticated may no longer truncate table public.plans',
      'search_path of function public.count_notes() was not set and is ""',
    ])
    expect(readFileSync(before, 'utf8')).not.toMatch(/eyJ|sb_secret/)
  })

  test('after a change of the policies, the cells of the report prove nothing', async () => {
    const { out } = await on('policies', '--table', 'public.notes')
    expect(out).toContain('open: policy "all": it lets every row through for authenticated: delete')
    expect(out).toMatch(/no cell proves a denial in this schema: since the report, policy public\.notes all was added/)
  })

  test('a file that is no snapshot is refused before any request', async () => {
    expect(await on('privileges', '--before', join(root, 'matrices/actors.yaml'))).toMatchObject({ code: 2 })
  })
})
