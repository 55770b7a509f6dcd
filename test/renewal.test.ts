import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuthAdmin } from '../harness/actors/admin.ts'
import { freshSession, freshToken, refreshed, shortToken } from '../harness/actors/renewal.ts'
import { openSessions } from '../harness/actors/sign-in.ts'
import type { ActorDeclaration } from '../harness/model/matrix.ts'
import type { ActorSession } from '../harness/model/session.ts'
import type { OpenTarget } from '../harness/model/target.ts'
import { makeWorkspace, openWith } from './workspace.ts'

const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
const actors: readonly ActorDeclaration[] = [
  { name: 'visitor', kind: 'anon', at },
  { name: 'alice', kind: 'authenticated', at },
  { name: 'guest', kind: 'anonymous-auth', at },
]

let opened: OpenTarget
let sessions: Readonly<Record<string, ActorSession>>
const { root, remove } = makeWorkspace({
  'supabase/config.toml': '[auth]\nenable_anonymous_sign_ins = true\n',
  'supabase/migrations/1_none.sql': 'select 1;',
})

beforeAll(async () => {
  opened = await openWith(root, {})
  const journal = { append: () => {} }
  const common = { target: opened.target, journal, runId: '20261121-084512-k3f9', emailDomain: 'trespass.test' }
  sessions = (await openSessions({ ...common, concurrency: 2, roster: { actors, world: [] } })).sessions
})

afterAll(async () => {
  await opened.close()
  remove()
})

function session(name: string): ActorSession {
  const found = sessions[name]
  if (found === undefined) throw new Error(`no session for ${name}`)
  return found
}

/** @returns the user of the token, and whether the token differs from the session's. */
function told(name: string, token: string | null) {
  return { sub: decodeJwt(token ?? '').sub, isNew: token !== session(name).token }
}

describe('a new token', () => {
  test.each(['alice', 'guest'])('of %s is another one of the same user', async (name) => {
    const token = await freshToken(session(name), opened.target)
    expect(told(name, token)).toEqual({ sub: session(name).user?.id, isNew: true })
  })

  test('is not issued to a caller with a key alone', async () => {
    const { target } = opened
    expect(await freshToken(session('visitor'), target)).toBeNull()
    expect(target.privileged && (await freshToken(target.privileged, target))).toBeNull()
    expect(await shortToken(session('visitor'), target, 5)).toBeNull()
  })

  test('may expire soon', async () => {
    const token = await shortToken(session('alice'), opened.target, 5)
    const { exp = 0 } = decodeJwt(token ?? '')
    expect(exp - Date.now() / 1000).toBeLessThanOrEqual(5)
    expect(told('alice', token)).toEqual({ sub: session('alice').user?.id, isNew: true })
  })

  test('needs a key to be signed with, or Auth to be asked', async () => {
    const keyless = { ...opened.target, minting: null }
    await expect(shortToken(session('alice'), keyless, 5)).rejects.toMatchObject({ code: 'cannot-mint' })
    await expect(freshToken(session('guest'), keyless)).rejects.toMatchObject({ code: 'cannot-renew' })
    const blind = { ...keyless, privileged: null }
    await expect(freshToken(session('alice'), blind)).rejects.toMatchObject({ code: 'cannot-renew' })
  })
})

describe('a session', () => {
  const openedFor = async (name: string) => {
    const fresh = await freshSession(session(name), opened.target)
    if (fresh === null) throw new Error(`no session for ${name}`)
    return fresh
  }

  test('of a link is renewed by its refresh token, each time by the next', async () => {
    const { refreshToken } = await openedFor('alice')
    const next = await refreshed(refreshToken, opened.target)
    if ('failure' in next) throw new Error(next.failure.message)
    expect(told('alice', next.session.accessToken)).toEqual({ sub: session('alice').user?.id, isNew: true })
    expect(await refreshed(next.session.refreshToken, opened.target)).toHaveProperty('session')
  })

  test('is not issued to a user without an address', async () => {
    expect(await freshSession(session('guest'), opened.target)).toBeNull()
    expect(await freshSession(session('visitor'), opened.target)).toBeNull()
  })

  test('ends with a sign-out everywhere, and with a ban', async () => {
    const admin = createAuthAdmin(opened.target)
    const codeAfter = async (act: (token: string) => Promise<void>) => {
      const { accessToken, refreshToken } = await openedFor('alice')
      await act(accessToken)
      const next = await refreshed(refreshToken, opened.target)
      return 'failure' in next ? next.failure.code : 'a session'
    }
    expect(await codeAfter((token) => admin.endSessions(token))).toBe('refresh_token_not_found')
    const id = session('alice').user?.id ?? ''
    expect(await codeAfter(() => admin.banUser(id))).toBe('user_banned')
  })
})
