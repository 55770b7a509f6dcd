import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { KeptUsers } from '../harness/actors/kept-users.ts'
import type { UserEntry } from '../harness/actors/open-user.ts'
import { openSessions } from '../harness/actors/sign-in.ts'
import type { ActorDeclaration, ActorKind } from '../harness/model/matrix.ts'
import type { OpenTarget } from '../harness/model/target.ts'
import { makeWorkspace, openWith } from './workspace.ts'

const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
const actor = (name: string, kind: ActorKind, more: Partial<ActorDeclaration> = {}): ActorDeclaration => ({
  name,
  kind,
  at,
  ...more,
})

const lenient =
  '[auth]\nenable_anonymous_sign_ins = true\n[auth.mfa.totp]\nenroll_enabled = true\nverify_enabled = true\n'
const workspace = makeWorkspace({ 'supabase/config.toml': lenient })
let opened: OpenTarget
let database: pg.Pool
beforeAll(async () => {
  opened = await openWith(workspace.root, {})
  database = new pg.Pool({ connectionString: opened.target.databaseUrl ?? '' })
})
afterAll(async () => {
  await database.end()
  await opened.close()
  workspace.remove()
})

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-kept-'))
})
afterEach(async () => {
  await database.query('delete from auth.users')
  rmSync(root, { recursive: true })
})

const roster = [
  actor('alice', 'authenticated', { appMetadata: { role: 'editor' }, userMetadata: { name: 'Alice' } }),
  actor('careful', 'authenticated', { assurance: 'aal2' }),
  actor('careless', 'authenticated', { as: 'careful', assurance: 'aal1' }),
  actor('forger', 'authenticated', { as: 'alice', token: 'tampered' }),
  actor('guest', 'anonymous-auth', { appMetadata: { vip: true } }),
]

/** Opens the sessions of a run and stores its users, as a run does after its sweep. */
async function run(actors: readonly ActorDeclaration[] = roster) {
  const journaled: UserEntry[] = []
  const { target } = opened
  const kept = new KeptUsers({ root, alias: 'staging', url: target.endpoint.url, schema: 'one' })
  const { sessions } = await openSessions({
    target,
    roster: { actors, world: [] },
    runId: '20261121-084512-k3f9',
    emailDomain: 'trespass.test',
    journal: { append: (entries) => void journaled.push(...entries) },
    concurrency: 8,
    kept,
  })
  kept.restore()
  const about = Object.fromEntries(
    Object.entries(sessions).map(([name, { user, token }]) => [name, { id: user?.id, token }]),
  )
  return { about, journaled }
}

const folder = () => join(root, '.trespass/users/staging')
/** Makes every session appear as if this machine had received it the given number of minutes ago. */
function age(minutes: number): void {
  for (const name of readdirSync(folder()).filter((file) => file.endsWith('.json'))) {
    const file = join(folder(), name)
    const since = Date.now() - minutes * 60_000
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/"since":\d+/g, `"since":${since}`))
  }
}

const ids = ({ about }: Awaited<ReturnType<typeof run>>) =>
  Object.fromEntries(Object.entries(about).map(([name, { id }]) => [name, id]))
const sessionCount = async () => Number((await database.query('select count(*) from auth.sessions')).rows[0].count)

describe('a second run', () => {
  test('asks with the sessions of the first, and journals the users that it took', async () => {
    const first = await run()
    const second = await run()
    const { forger: one, ...before } = first.about
    const { forger: other, ...after } = second.about
    expect(after).toEqual(before)
    expect(other?.id).toBe(one?.id)
    const takenUp = new Set([before.alice?.id, before.careful?.id, before.guest?.id])
    expect(new Set(second.journaled.map((entry) => ('id' in entry ? entry.id : entry.mark)))).toEqual(takenUp)
    expect(second.journaled.every(({ made }) => made === 'kept-user')).toBe(true)
  })

  test('refreshes sessions that are half spent, and keeps their assurance', async () => {
    const first = await run()
    age(31)
    const before = await sessionCount()
    const second = await run()
    expect(ids(second)).toEqual(ids(first))
    for (const name of ['alice', 'careful', 'careless', 'guest']) {
      expect(second.about[name]?.token, name).not.toBe(first.about[name]?.token)
    }
    const claims = JSON.parse(
      Buffer.from(second.about.careful?.token?.split('.')[1] ?? '', 'base64url').toString('utf8'),
    )
    expect(claims.aal).toBe('aal2')
    expect(await sessionCount()).toBe(before)
    // The stored sessions are the refreshed ones.
    expect(ids(await run())).toEqual(ids(first))
  })

  test('makes a user anew that is gone, has no session any more, or was changed by another client', async () => {
    const actors = ['gone', 'ended', 'promoted', 'renamed', 'kept'].map((name) => actor(name, 'authenticated'))
    const first = ids(await run(actors))
    await database.query('delete from auth.users where id = $1', [first.gone])
    await database.query('delete from auth.sessions where user_id = $1', [first.ended])
    const change = (column: string) =>
      `update auth.users set ${column} = ${column} || '{"role":"admin"}'::jsonb where id = $1`
    await database.query(change('raw_app_meta_data'), [first.promoted])
    await database.query(change('raw_user_meta_data'), [first.renamed])
    const second = await run(actors)
    for (const name of ['gone', 'ended', 'promoted', 'renamed']) expect(ids(second)[name]).not.toBe(first[name])
    expect(ids(second).kept).toBe(first.kept)
    // The old ones are named, so that the sweep at the end removes them.
    for (const id of Object.values(first)) expect(second.journaled).toContainEqual({ made: 'kept-user', id })
  })

  test('makes a user anew if its refresh token is not known any more', async () => {
    const first = ids(await run())
    age(31)
    await database.query('delete from auth.refresh_tokens where user_id = $1', [first.guest])
    const second = ids(await run())
    expect(second.guest).not.toBe(first.guest)
    expect(second.alice).toBe(first.alice)
  })

  test('does not take a target that fails for a session that was ended', async () => {
    await run()
    const { target } = opened
    const kept = new KeptUsers({ root, alias: 'staging', url: target.endpoint.url, schema: 'one' })
    const away = { ...target, endpoint: { ...target.endpoint, url: 'http://127.0.0.1:9' } }
    const opening = openSessions({
      target: away,
      roster: { actors: roster, world: [] },
      runId: randomUUID(),
      emailDomain: 'trespass.test',
      journal: { append: () => undefined },
      concurrency: 8,
      kept,
    })
    await expect(opening).rejects.toMatchObject({ code: 'target-unreachable' })
  })
})

test('the file holds no password', async () => {
  await run()
  const texts = readdirSync(folder()).map((name) => readFileSync(join(folder(), name), 'utf8'))
  expect(texts.join('')).not.toContain('aA1!')
})
