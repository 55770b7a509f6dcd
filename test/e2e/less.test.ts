import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { insertForeignRows } from './foreign-rows.ts'
import { evidenceOf, notHeld, reportOf } from './report.ts'
import { expectNoSecret } from './secrets.ts'
import { smallCells, smallFiles, smallTables, smallWorkspace } from './small-workspace.ts'
import { rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { patience, trespass } from './support.ts'

/** The grants with which a secret key alone can make and sweep the fixtures of the matrices. */
const grants = {
  'supabase/migrations/3_grants.sql': `
    grant select, insert, delete on public.shelves to service_role;
    grant select, delete on public.profiles, public.note_audit to service_role;
    create function public.whoami() returns text language sql stable as 'select auth.uid()::text';
    revoke execute on function public.whoami() from public;
    grant execute on function public.whoami() to authenticated, service_role;
  `,
}

/** An operation that needs no fixture, and one that does. */
const whoami = `matrix: whoami
resource: { function: public.whoami }
operations:
  ask:       { call: {}, method: get }
  ask aloud: { call: {} }
expect:
  visitor: { "*": deny(grant) }
  "*":     { "*": allow }
`

let sandbox: StandingSandbox

beforeAll(async () => {
  sandbox = await standingSandbox(smallWorkspace(grants))
  await insertForeignRows(sandbox)
}, patience)

/** A workspace whose `.env.hosted` leaves variables out. */
function workspaceWithout(left: readonly string[], changed: Readonly<Record<string, string>> = {}): string {
  const lines = sandbox.lines.split('\n').filter((line) => !left.some((name) => line.startsWith(`${name}=`)))
  return smallWorkspace({ '.env.hosted': `${lines.join('\n')}\n`, ...changed })
}

const run = (root: string) => trespass(['run', '--target', 'hosted', '--workspace', root])

describe('a target without a database URL', { timeout: patience }, () => {
  test('holds all the same, and other people’s rows stay as they are', async () => {
    const before = await rowsOf(sandbox, smallTables)
    const ended = await run(workspaceWithout(['TRESPASS_DATABASE_URL']))
    expect(ended.code, ended.text).toBe(0)
    const { run: record, cells } = await evidenceOf(ended)
    expect(cells).toHaveLength(smallCells)
    expect(record).toMatchObject({ schemaFingerprint: null, cleanup: { left: [] }, notRun: [] })
    expect(record.limits).toEqual([
      expect.stringContaining('read by the Data API'),
      expect.stringContaining('changes are looked for among the fixtures of a cell alone'),
    ])
    expect(ended.text).toContain('without a database URL effects are read by the Data API')
    const summary = readFileSync(join(reportOf(ended), 'summary.md'), 'utf8')
    expect(summary).toContain('schema fingerprint not readable without a database URL')
    expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  })

  test('shows a hole as the database would', async () => {
    await sandbox.query('create policy "anyone changes" on public.notes for update to authenticated using (true)')
    await sandbox.query(smallFiles['holes/everyone-reads.sql'])
    try {
      const ended = await run(workspaceWithout(['TRESPASS_DATABASE_URL']))
      expect(ended.code, ended.text).toBe(1)
      expect(notHeld((await evidenceOf(ended)).cells)).toEqual([
        'breach  notes › alice › list',
        'breach  notes › alice › read theirs',
        'breach  notes › alice › rename theirs',
        'breach  notes › guest › list',
        'breach  notes › guest › read theirs',
        'breach  notes › guest › rename theirs',
      ])
    } finally {
      await sandbox.query('drop policy "anyone changes" on public.notes; drop policy "everyone reads" on public.notes')
    }
  })

  test('names a table that the secret key has no right to, before anything is made', async () => {
    await sandbox.query('revoke all on public.shelves from service_role')
    try {
      const before = await rowsOf(sandbox, smallTables)
      const ended = await run(workspaceWithout(['TRESPASS_DATABASE_URL']))
      expect([ended.code, ended.out]).toEqual([2, ''])
      expect(ended.err).toMatch(/matrices\/actors\.yaml:\d+:\d+: found the table `public\.shelves`/)
      expect(ended.err).toContain('only what is exposed and granted to service_role is known')
      expect(await rowsOf(sandbox, smallTables)).toEqual(before)
    } finally {
      await sandbox.query('grant select, insert, delete on public.shelves to service_role')
    }
  })
})

describe('a target without a signing key', { timeout: patience }, () => {
  test('lists the tokens that need one as not tried, and holds the rest', async () => {
    const late =
      '  late:    { kind: authenticated, as: alice, token: expired }\n  forger:  { kind: authenticated, as: alice, token: forged-role }\n'
    const actors = smallFiles['matrices/actors.yaml'].replace('  guest:', `${late}  guest:`)
    const notes = smallFiles['matrices/notes.matrix.yaml'].replace(
      '  bob:',
      '  late, forger: { "*": deny(unauthenticated) }\n  bob:',
    )
    const comments = smallFiles['matrices/comments.matrix.yaml'].replace(
      '  bob:',
      '  late, forger: { "*": deny(unauthenticated) }\n  bob:',
    )
    const files = {
      'matrices/actors.yaml': actors,
      'matrices/notes.matrix.yaml': notes,
      'matrices/comments.matrix.yaml': comments,
    }
    const ended = await run(workspaceWithout(['TRESPASS_JWT_PRIVATE_KEY'], files))
    expect(ended.code, ended.text).toBe(3)
    const { run: record, cells } = await evidenceOf(ended)
    const late9 = cells.filter(({ actor }) => actor === 'late')
    expect(late9).toHaveLength(9)
    for (const cell of late9) expect(cell).toMatchObject({ verdict: 'inconclusive', outcome: null })
    expect(notHeld(cells)).toHaveLength(9)
    expect(cells.filter(({ actor }) => actor === 'forger').map(({ verdict }) => verdict)).toEqual(Array(9).fill('held'))
    expect(record.notRun).toEqual([{ why: expect.stringContaining('TRESPASS_JWT_SECRET'), cells: 9 }])
    expect(ended.text).toMatch(/9 cells not run: a token that is expired/)
    expect(readFileSync(join(reportOf(ended), 'summary.md'), 'utf8')).toMatch(/## Not run[\s\S]*\| 9 /)
  })
})

describe('a target without a secret key', { timeout: patience }, () => {
  const users = {
    alice: { email: 'erin@example.com', password: 'a long password of erin' },
    bob: { email: 'frank@example.com', password: 'a long password of frank' },
  }
  const own = { 'matrices/whoami.matrix.yaml': whoami }

  test('runs operations without rows as existing users, makes nothing, and lists the untried cells', async () => {
    const before = await rowsOf(sandbox, ['auth.users', 'public.notes', 'public.comments', 'public.shelves'])
    const root = workspaceWithout(['TRESPASS_DATABASE_URL', 'TRESPASS_SECRET_KEY'], own)
    const ended = await trespass(['run', '--target', 'hosted', '--workspace', root], {
      env: { TRESPASS_USERS: JSON.stringify(users) },
    })
    expect(ended.code, ended.text).toBe(3)
    const { run: record, cells } = await evidenceOf(ended)
    expect(cells.filter(({ verdict }) => verdict === 'held').map(({ id }) => id)).toEqual([
      'whoami › alice › ask',
      'whoami › bob › ask',
      'whoami › visitor › ask',
    ])
    expect(cells.every(({ verdict }) => verdict === 'held' || verdict === 'inconclusive')).toBe(true)
    expect(record).toMatchObject({ schemaFingerprint: null, cleanup: { made: 0, swept: 0, left: [] } })
    expect(record.notRun.reduce((sum, { cells: count }) => sum + count, 0)).toBe(cells.length - 3)
    expect(record.notRun.map(({ why }) => why)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('set TRESPASS_SECRET_KEY'),
        expect.stringContaining('an anonymous user cannot be removed'),
      ]),
    )
    expect(ended.text).toMatch(/\d+ cells not run: what it acts on cannot be made or read back/)
    expectNoSecret(
      { text: ended.text },
      Object.values(users).flatMap(({ email, password }) => [email, password]),
    )
    const after = await rowsOf(sandbox, ['auth.users', 'public.notes', 'public.comments', 'public.shelves'])
    // Auth stores the time of a user's last sign-in.
    expect({ ...after, 'auth.users': after['auth.users']?.length }).toEqual({
      ...before,
      'auth.users': before['auth.users']?.length,
    })
  })

  test('but with its database runs the cells that those users are allowed', async () => {
    const root = workspaceWithout(['TRESPASS_SECRET_KEY'])
    const before = await rowsOf(sandbox, ['public.notes', 'public.comments', 'public.shelves'])
    const ended = await trespass(['run', '--target', 'hosted', '--workspace', root], {
      env: { TRESPASS_USERS: JSON.stringify(users) },
    })
    expect(ended.code, ended.text).toBe(3)
    const { cells } = await evidenceOf(ended)
    const held = cells.filter(({ verdict }) => verdict === 'held').map(({ actor }) => actor)
    expect([...new Set(held)].sort()).toEqual(['alice', 'bob', 'visitor'])
    expect(notHeld(cells).every((line) => /^inconclusive {2}\w+ › guest/.test(line))).toBe(true)
    expect(await rowsOf(sandbox, ['public.notes', 'public.comments', 'public.shelves'])).toEqual(before)
  })
})
