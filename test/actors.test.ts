import { inspect } from 'node:util'
import { decodeJwt, exportJWK, generateKeyPair } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createAuthAdmin } from '../harness/actors/admin.ts'
import type { UserEntry } from '../harness/actors/open-user.ts'
import { openSessions } from '../harness/actors/sign-in.ts'
import { type ActorDeclaration, type ActorKind, tokenAttacks } from '../harness/model/matrix.ts'
import type { ActorSession, PrivilegedSession } from '../harness/model/session.ts'
import type { OpenTarget, Target } from '../harness/model/target.ts'
import { sampleKeys } from './support/sample-keys.ts'
import { makeWorkspace, openWith } from './workspace.ts'

const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
const actor = (
  name: string,
  kind: ActorKind,
  more: Omit<Partial<ActorDeclaration>, 'name' | 'kind'> = {},
): ActorDeclaration => ({ name, kind, at, ...more })

/** Opens sessions on a target and records their journal entries. */
async function open(target: Target, actors: readonly ActorDeclaration[], needed?: readonly string[]) {
  const journaled: UserEntry[] = []
  const journal = { append: (entries: readonly UserEntry[]) => void journaled.push(...entries) }
  const common = { target, journal, runId: '20261121-084512-k3f9', emailDomain: 'trespass.test', concurrency: 8 }
  const opening = openSessions({
    ...common,
    roster: { actors, world: [] },
    ...(needed === undefined ? {} : { needed }),
  })
  const sessions = await opening.catch((error: unknown) => {
    if (error instanceof Error) return error
    throw error
  })
  return { journaled, outcome: sessions }
}

async function opened(...parameters: Parameters<typeof open>) {
  const { journaled, outcome } = await open(...parameters)
  if (outcome instanceof Error) throw outcome
  const session = (name: string): ActorSession => {
    const found = outcome.sessions[name]
    if (found === undefined) throw new Error(`no session for ${name}`)
    return found
  }
  return { journaled, ...outcome, session, claims: (name: string) => decodeJwt(session(name).token ?? '') }
}

/** Asks the Data API for the caller's role and user. */
async function whoami({ url, apiKey, token }: ActorSession): Promise<{ status: number; body: unknown }> {
  const headers = new Headers()
  if (apiKey !== null) headers.set('apikey', apiKey)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  const answer = await fetch(`${url}/rest/v1/rpc/whoami`, { headers })
  return { status: answer.status, body: await answer.json() }
}

const usersSchema = z.object({ users: z.array(z.object({ id: z.string() })) })

function privilegedOf({ privileged }: Target): PrivilegedSession {
  if (privileged === null) throw new Error('the sandbox has a secret key')
  return privileged
}

async function userIds(target: Target): Promise<string[]> {
  const { url, secretKey } = privilegedOf(target)
  const answer = await fetch(`${url}/auth/v1/admin/users?per_page=1000`, { headers: { apikey: secretKey } })
  return usersSchema.parse(await answer.json()).users.map(({ id }) => id)
}

async function sweep(target: Target, entries: readonly UserEntry[]): Promise<void> {
  const admin = createAuthAdmin(target)
  for (const entry of entries) {
    const ids = entry.made === 'anonymous-user' ? await admin.findMarkedUsers(entry.mark) : [entry.id]
    for (const id of ids) await admin.deleteUser(id)
  }
}

const whoamiSql = `
  create function public.whoami() returns json language sql stable as
    $$ select json_build_object('role', current_user, 'sub', auth.jwt() ->> 'sub') $$;
  grant execute on function public.whoami() to anon, authenticated;`

const workspaceWith = (toml: string) =>
  makeWorkspace({ 'supabase/config.toml': toml, 'supabase/migrations/1_whoami.sql': whoamiSql })

const lenient = workspaceWith(
  '[auth]\nenable_anonymous_sign_ins = true\n[auth.mfa.totp]\nenroll_enabled = true\nverify_enabled = true\n',
)
const strict = workspaceWith(
  '[auth]\nenable_anonymous_sign_ins = false\n[auth.mfa.totp]\nenroll_enabled = false\nverify_enabled = false\n',
)
const targets: OpenTarget[] = []
beforeAll(async () => {
  targets.push(...(await Promise.all([openWith(lenient.root, {}), openWith(strict.root, {})])))
})
afterAll(async () => {
  await Promise.all(targets.map(({ close }) => close()))
  lenient.remove()
  strict.remove()
})
afterEach(() => vi.restoreAllMocks())

const targetAt = (index: number): Target => {
  const found = targets[index]
  if (found === undefined) throw new Error('the sandbox is not open')
  return found.target
}
const target = () => targetAt(0)
const strictTarget = () => targetAt(1)

describe('the actors of a roster', () => {
  test('each asks with a credential of its own', async () => {
    const { sessions, session, claims, journaled } = await opened(target(), [
      actor('visitor', 'anon'),
      actor('keyless', 'anon', { apiKey: 'none' }),
      actor('alice', 'authenticated'),
      actor('alice without key', 'authenticated', { as: 'alice', apiKey: 'none' }),
      actor('editor', 'authenticated', { appMetadata: { role: 'editor' } }),
      actor('climber', 'authenticated', { userMetadata: { role: 'admin' } }),
      actor('guest', 'anonymous-auth'),
      actor('odd guest', 'anonymous-auth', { appMetadata: { vip: true }, userMetadata: { name: 'x' } }),
      actor('twin', 'authenticated', { as: 'alice' }),
    ])
    const { url, publishableKey, patience, s3 } = target().endpoint
    const anon = { kind: 'actor', actorKind: 'anon', user: null, url, token: null, patience, s3 }
    expect(session('visitor')).toEqual({ ...anon, actor: 'visitor', credential: 'intact', apiKey: publishableKey })
    expect(session('keyless')).toEqual({ ...anon, actor: 'keyless', credential: 'attacked', apiKey: null })

    expect(session('alice')).toMatchObject({ actorKind: 'authenticated', credential: 'intact', apiKey: publishableKey })
    expect(claims('alice')).toMatchObject({ role: 'authenticated', is_anonymous: false, aal: 'aal1' })
    expect(claims('alice').sub).toBe(session('alice').user?.id)
    expect(claims('alice').email).toBe(session('alice').user?.email)
    expect(session('twin')).toEqual({ ...session('alice'), actor: 'twin' })
    const { token } = session('alice')
    expect(session('alice without key')).toMatchObject({ apiKey: null, token, credential: 'attacked' })

    expect(claims('editor').app_metadata).toMatchObject({ role: 'editor' })
    expect(claims('climber').user_metadata).toMatchObject({ role: 'admin' })
    expect(claims('climber').app_metadata).not.toMatchObject({ role: 'admin' })
    expect(session('guest').user?.email).toBeNull()
    expect(claims('guest')).toMatchObject({ role: 'authenticated', is_anonymous: true })
    expect(claims('odd guest')).toMatchObject({ app_metadata: { vip: true }, user_metadata: { name: 'x' } })

    for (const name of ['alice', 'editor', 'climber', 'guest', 'odd guest', 'twin']) {
      const asked = { role: 'authenticated', sub: session(name).user?.id }
      expect(await whoami(session(name))).toEqual({ status: 200, body: asked })
    }
    expect(await whoami(session('visitor'))).toEqual({ status: 200, body: { role: 'anon', sub: null } })
    expect((await whoami(session('keyless'))).status).toBe(401)
    expect(Object.keys(sessions).length).toBe(9)

    expect(journaled.map(({ made }) => made).sort()).toEqual([
      ...['anonymous-user', 'anonymous-user'],
      ...['user', 'user', 'user'],
    ])
    await sweep(target(), journaled)
    await sweep(target(), journaled)
    expect(await userIds(target())).toEqual([])
  })

  test('assurance: one user, verified and not', async () => {
    const { session, claims, journaled } = await opened(target(), [
      actor('careless', 'authenticated', { as: 'careful', assurance: 'aal1' }),
      actor('careful', 'authenticated', { assurance: 'aal2', userMetadata: { theme: 'dark' } }),
      actor('twin', 'authenticated', { as: 'careful' }),
    ])
    expect(claims('careful')).toMatchObject({ aal: 'aal2', user_metadata: { theme: 'dark' } })
    expect(claims('careless')).toMatchObject({ aal: 'aal1', user_metadata: { theme: 'dark' } })
    expect(session('careless').user).toEqual(session('careful').user)
    expect(session('twin').token).toBe(session('careful').token)
    expect(journaled.length).toBe(1)
    await sweep(target(), journaled)
  })

  test('attacks: the sandbox refuses each, and lets a signed-out client in as anon', async () => {
    const attacks = tokenAttacks.map((token) => actor(token, 'authenticated', { as: 'alice', token }))
    const { session, journaled } = await opened(target(), [
      actor('alice', 'authenticated'),
      actor('bob', 'authenticated'),
      ...attacks,
    ])
    for (const { name } of attacks) {
      expect(session(name).user).toEqual(session('alice').user)
      expect(session(name).credential).toBe(name === 'none' ? 'intact' : 'attacked')
    }
    expect(decodeJwt(session('tampered').token ?? '').sub).toBe(session('bob').user?.id)
    expect(await whoami(session('none'))).toEqual({ status: 200, body: { role: 'anon', sub: null } })
    for (const name of ['expired', 'tampered', 'wrong-key', 'alg-none', 'forged-role']) {
      expect(await whoami(session(name))).toMatchObject({
        status: 401,
        body: { code: expect.stringMatching(/^PGRST30/) },
      })
    }
    expect(await whoami(session('unknown-role'))).toMatchObject({ body: { code: '22023' } })
    await sweep(target(), journaled)
  })

  test('an attacked actor with a user of its own lends the user’s intact session', async () => {
    const { session, journaled } = await opened(target(), [
      actor('forged', 'authenticated', { token: 'forged-role' }),
      actor('owner', 'authenticated', { as: 'forged' }),
    ])
    expect((await whoami(session('forged'))).status).toBe(401)
    expect((await whoami(session('owner'))).status).toBe(200)
    await sweep(target(), journaled)
  })

  test('only needed actors are signed in', async () => {
    const roster = [actor('visitor', 'anon'), actor('alice', 'authenticated'), actor('bob', 'authenticated')]
    const { sessions, journaled } = await opened(target(), roster, ['visitor', 'bob'])
    expect(Object.keys(sessions)).toEqual(['visitor', 'bob'])
    expect(journaled.length).toBe(1)
    await sweep(target(), journaled)
  })

  test('an actor may have the name of something that every object has', async () => {
    const { session, journaled } = await opened(target(), [actor('__proto__', 'authenticated')])
    expect(session('__proto__').user).not.toBeNull()
    await sweep(target(), journaled)
  })
})

describe('failures', () => {
  test('anonymous sign-ins that are off: the setting is named, and all that was begun is journaled', async () => {
    const users = Array.from({ length: 12 }, (_, index) => actor(`user ${index}`, 'authenticated'))
    const { outcome, journaled } = await open(strictTarget(), [...users, actor('guest', 'anonymous-auth')])
    expect(outcome).toMatchObject({
      code: 'anonymous-sign-ins-off',
      message: expect.stringContaining('the actor guest'),
      hint: expect.stringContaining('enable_anonymous_sign_ins = true'),
    })
    await sweep(strictTarget(), journaled)
    expect(await userIds(strictTarget())).toEqual([])
  })

  test('TOTP that is off: the setting is named', async () => {
    const { outcome, journaled } = await open(strictTarget(), [
      actor('careful', 'authenticated', { assurance: 'aal2' }),
    ])
    expect(outcome).toMatchObject({ code: 'totp-off', hint: expect.stringContaining('enroll_enabled = true') })
    await sweep(strictTarget(), journaled)
  })

  test('an anonymous user cannot reach aal2', async () => {
    const { outcome } = await open(target(), [actor('guest', 'anonymous-auth', { assurance: 'aal2' })])
    expect(outcome).toMatchObject({ code: 'anonymous-without-factor' })
    expect(await userIds(target())).toEqual([])
  })

  test('a journal that cannot be written: no user is made', async () => {
    const journal = {
      append() {
        throw new Error('the disk is full')
      },
    }
    const roster = { actors: [actor('alice', 'authenticated'), actor('guest', 'anonymous-auth')], world: [] }
    const common = { target: target(), journal, runId: 'run', emailDomain: 'trespass.test', concurrency: 8 }
    await expect(openSessions({ ...common, roster })).rejects.toThrow('the disk is full')
    expect(await userIds(target())).toEqual([])
  })

  test('no signing key: the actor with an attack that needs one is missing and has its user, the others are there', async () => {
    const roster = [
      actor('late', 'authenticated', { token: 'expired' }),
      actor('forger', 'authenticated', { token: 'forged-role' }),
    ]
    const { sessions, absent, journaled } = await opened({ ...target(), minting: null }, roster)
    expect(Object.keys(sessions)).toEqual(['forger'])
    expect(absent).toEqual({
      late: {
        why: expect.stringContaining('TRESPASS_JWT_SECRET'),
        user: { id: expect.any(String), email: expect.any(String) },
      },
    })
    await sweep(target(), journaled)
  })

  test('no secret key: users that exist already are signed in and none is made', async () => {
    const admin = createAuthAdmin(target())
    const user = { id: crypto.randomUUID(), email: 'somebody@example.com', password: 'a long password 1A!' }
    await admin.createUser({ ...user, appMetadata: { role: 'editor' }, userMetadata: undefined })
    const less: Target = { ...target(), privileged: null, users: { alice: user } }
    const roster = [
      actor('alice', 'authenticated', { appMetadata: { role: 'editor' } }),
      actor('forger', 'authenticated', { as: 'alice', token: 'forged-role' }),
      actor('bob', 'authenticated'),
      actor('guest', 'anonymous-auth'),
      actor('visitor', 'anon'),
    ]
    const { session, sessions, absent, journaled } = await opened(less, roster)
    expect(Object.keys(sessions)).toEqual(['alice', 'forger', 'visitor'])
    expect(session('alice').user).toEqual({ id: user.id, email: user.email })
    expect(absent).toEqual({
      bob: { why: expect.stringContaining('name a user for bob in TRESPASS_USERS'), user: null },
      guest: { why: expect.stringContaining('cannot be removed without a secret key'), user: null },
    })
    expect(journaled).toEqual([])

    const wrong = await open({ ...less, users: { alice: { ...user, password: 'guessed' } } }, roster)
    expect(wrong.outcome).toMatchObject({ code: 'premade-user-refused' })
    expect(inspect(wrong.outcome)).not.toMatch(/guessed|somebody/)
    const other = await open(less, [actor('alice', 'authenticated', { appMetadata: { role: 'owner' } })])
    expect(other.outcome).toMatchObject({ code: 'premade-user-differs' })
    const misspelt = await open({ ...less, users: { alcie: user } }, roster)
    expect(misspelt.outcome).toMatchObject({ code: 'unknown-user', hint: 'did you mean `alice`?' })
    await admin.deleteUser(user.id)
  })

  test('a signing key of another project: nothing is tried with it', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const { minting } = target()
    if (minting?.kind !== 'jwk') throw new Error('the sandbox signs with a JWK')
    const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256', kid: minting.jwk.kid }
    const roster = [actor('late', 'authenticated', { token: 'expired' })]
    const { outcome, journaled } = await open({ ...target(), minting: { kind: 'jwk', jwk } }, roster)
    expect(outcome).toMatchObject({
      code: 'mint-refused',
      message: 'the target does not accept tokens that TRESPASS_JWT_PRIVATE_KEY signs',
    })
    await sweep(target(), journaled)
  })

  test('a wrong secret key is named', async () => {
    const wrong: Target = { ...target(), privileged: { ...privilegedOf(target()), secretKey: sampleKeys.secret } }
    const { outcome } = await open(wrong, [actor('alice', 'authenticated')])
    expect(outcome).toMatchObject({ code: 'key-refused', message: expect.stringContaining('TRESPASS_SECRET_KEY') })
  })

  test('an unreachable target is reported without its address, and nothing is printed', async () => {
    const printed = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'log')]
    const url = 'http://127.0.0.1:9'
    const privileged = { ...privilegedOf(target()), url }
    const away: Target = { ...target(), endpoint: { ...target().endpoint, url }, privileged }
    const { outcome } = await open(away, [actor('alice', 'authenticated'), actor('guest', 'anonymous-auth')])
    expect(outcome).toMatchObject({ code: 'target-unreachable' })
    expect(inspect(outcome)).not.toContain('127.0.0.1')
    for (const print of printed) expect(print).not.toHaveBeenCalled()
  })
})

test('users are found by their mark among many', async () => {
  const guests = Array.from({ length: 3 }, (_, index) => actor(`guest ${index}`, 'anonymous-auth'))
  const { journaled, session } = await opened(target(), guests)
  const admin = createAuthAdmin(target())
  const marks = journaled.flatMap((entry) => (entry.made === 'anonymous-user' ? [entry.mark] : []))
  const found = await Promise.all(marks.map((mark) => admin.findMarkedUsers(mark)))
  expect(found.flat().sort()).toEqual(guests.map(({ name }) => session(name).user?.id).sort())
  expect(await admin.findMarkedUsers('another run')).toEqual([])
  await sweep(target(), journaled)
})
