import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActorDeclaration } from '../model/matrix.ts'
import { aliasesWithKeptUsers, forgetKeptUsers, KeptUsers } from './kept-users.ts'
import type { UserPlan } from './user-plan.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-kept-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const url = 'https://project.example.com'
const folder = () => join(root, '.trespass/users/staging')
const keptUsers = (more: { url?: string; schema?: string } = {}) =>
  new KeptUsers({ root, alias: 'staging', url, schema: 'one', ...more })

const at = { file: 'matrices/actors.yaml', line: 1, column: 1 }
const planOf = (name: string, more: Partial<ActorDeclaration> = {}): UserPlan => ({
  owner: { name, kind: 'authenticated', at, ...more },
  sessions: ['aal1'],
})

const session = { accessToken: 'access', refreshToken: 'refresh', since: 1 }
/** Puts a user away, as a run does at its end. */
function put(plan: UserPlan, id: string, users = keptUsers()): void {
  users.hold(plan, { id, email: null, metadata: '[{},{}]', sessions: new Map([['aal1', session]]) })
  users.restore()
}

/** Takes users and notes what was journaled, and whether their files were still there then. */
function take(plans: readonly UserPlan[], users = keptUsers()) {
  const journaled: string[] = []
  const taken = users.take(plans, (ids) => {
    for (const id of ids) expect(existsSync(join(folder(), `${id}.json.taken`))).toBe(true)
    journaled.push(...ids)
  })
  return {
    usable: Object.fromEntries([...taken.usable].map(([name, { id }]) => [name, id])),
    outdated: taken.outdated.map(({ id }) => id),
    journaled: journaled.toSorted(),
  }
}

const files = () => readdirSync(folder()).filter((name) => name !== '.gitignore')

describe('a kept user', () => {
  test('lies in a file that only its owner reads and that Git does not see', () => {
    put(planOf('alice'), 'a')
    expect(files()).toEqual(['a.json'])
    expect(statSync(join(folder(), 'a.json')).mode & 0o777).toBe(0o600)
    expect(statSync(folder()).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(folder(), '.gitignore'), 'utf8')).toBe('*\n')
  })

  test('comes back with its sessions, once', () => {
    put(planOf('alice'), 'a')
    const { usable } = keptUsers().take([planOf('alice')], () => undefined)
    expect(usable.get('alice')).toMatchObject({ id: 'a', sessions: { aal1: session } })
    expect(files()).toEqual([])
    expect(take([planOf('alice')])).toEqual({ usable: {}, outdated: [], journaled: [] })
  })

  test('is in the journal before its file goes', () => {
    put(planOf('alice'), 'a')
    expect(take([planOf('alice')])).toEqual({ usable: { alice: 'a' }, outdated: [], journaled: ['a'] })
  })

  test('is left to others that need it, and when there are two, one is', () => {
    put(planOf('alice'), 'a')
    put(planOf('alice'), 'b')
    put(planOf('bob'), 'c')
    expect(take([planOf('alice')])).toEqual({ usable: { alice: 'a' }, outdated: [], journaled: ['a'] })
    expect(files()).toEqual(['b.json', 'c.json'])
  })

  test.each([
    ['the schema', planOf('alice'), keptUsersOf({ schema: 'two' })],
    ['app_metadata', planOf('alice', { appMetadata: { role: 'editor' } }), keptUsersOf({})],
    ['user_metadata', planOf('alice', { userMetadata: { name: 'x' } }), keptUsersOf({})],
    ['the assurance', { ...planOf('alice'), sessions: ['aal2'] as const }, keptUsersOf({})],
  ])('is removed with the run when %s is another', (_, plan, users) => {
    put(planOf('alice'), 'a')
    expect(take([plan], users())).toEqual({ usable: {}, outdated: ['a'], journaled: ['a'] })
    expect(files()).toEqual([])
  })

  test('of another project is left alone', () => {
    put(planOf('alice'), 'a')
    expect(take([planOf('alice')], keptUsers({ url: 'https://other.example.com' })).journaled).toEqual([])
    expect(files()).toEqual(['a.json'])
  })

  test('whose file has another format is neither read nor printed', () => {
    put(planOf('alice'), 'a')
    writeFileSync(join(folder(), 'b.json'), '{"accessToken":"never shown"')
    const error = (() => {
      try {
        take([planOf('alice')])
        return null
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({ code: 'kept-user-damaged', message: expect.not.stringContaining('never shown') })
  })
})

/** Called in the test, when the folder is known. */
function keptUsersOf(more: { url?: string; schema?: string }): () => KeptUsers {
  return () => keptUsers(more)
}

describe('giving up', () => {
  test('names every user of the project in the journal and forgets it', () => {
    put(planOf('alice'), 'a')
    put(planOf('bob'), 'b', keptUsers({ schema: 'two' }))
    put(planOf('carol'), 'c', keptUsers({ url: 'https://other.example.com' }))
    expect(aliasesWithKeptUsers(root)).toEqual(['staging'])
    const journaled: string[] = []
    expect(forgetKeptUsers({ root, alias: 'staging', url }, (ids) => journaled.push(...ids))).toBe(1)
    expect(journaled).toEqual(['a', 'b'])
    expect(files()).toEqual(['c.json'])
  })

  test('finds the user of a run that died between taking it and its journal', () => {
    put(planOf('alice'), 'a')
    const dying = () => {
      throw new Error('the disk is full')
    }
    expect(() => keptUsers().take([planOf('alice')], dying)).toThrow('the disk is full')
    expect(files()).toEqual(['a.json.taken'])
    expect(aliasesWithKeptUsers(root)).toEqual(['staging'])
    const journaled: string[] = []
    forgetKeptUsers({ root, alias: 'staging', url }, (ids) => journaled.push(...ids))
    expect(journaled).toEqual(['a'])
    expect(aliasesWithKeptUsers(root)).toEqual([])
  })

  test('has nothing to do where no user was ever kept', () => {
    expect(aliasesWithKeptUsers(root)).toEqual([])
  })
})
