import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Statement } from '../../harness/paths/path.ts'
import type { OwnerAnswer } from '../../harness/witness/owner.ts'
import type { Witness } from '../../harness/witness/witness.ts'
import { startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
let witness: Witness

beforeAll(async () => {
  database = await startDatabase('owner-tables.sql')
  witness = database.witness
})
afterAll(() => database.stop())

/** The observations inside the transaction: the answer, and the rows of a table by their note. */
interface Seen {
  readonly answer: OwnerAnswer
  readonly notes: readonly unknown[]
}

async function asOwner(name: string, statement: Statement, look = name, claims = {}) {
  if (witness.asOwner === undefined) throw new Error('a witness of the database tries as the owner')
  return await witness.asOwner<Seen>(
    { name, statement, claims },
    {
      before: async () => undefined,
      after: async (matching, answer) => ({ answer, notes: (await matching(look, { id: 1 })).map(({ note }) => note) }),
      worked: ({ answer }) => answer.refused === null && answer.rows?.length !== 0,
    },
  )
}

const first = { kind: 'select', keys: [{ id: 1 }], filter: {} } as const
const rename = { kind: 'update', key: { id: 1 }, set: { note: 'renamed' } } as const

it('an update is seen inside the transaction, and nothing of it remains', async () => {
  const { owner, seen, without } = await asOwner('public.entries', rename)
  expect([owner, seen.notes, without]).toEqual(['postgres', ['renamed'], null])
  expect(await witness.matching('public.entries', { id: 1 })).toMatchObject([{ note: 'one' }])
})

it('an insert has the defaults that the claims of the user give', async () => {
  const sub = '00000000-0000-4000-8000-000000000001'
  const rows = [{ id: 3, note: 'three' }]
  const { seen } = await asOwner('public.entries', { kind: 'insert', rows }, 'public.entries', { sub })
  expect(seen.answer.rows).toEqual([{ id: 3, note: 'three', author: sub }])
  expect(await witness.matching('public.entries', { id: 3 })).toEqual([])
})

it('an upsert merges into a row, or leaves it alone', async () => {
  const rows = [{ id: 1, note: 'merged' }]
  const conflict = { columns: null, ignore: false }
  expect((await asOwner('public.entries', { kind: 'insert', rows, conflict })).seen.notes).toEqual(['merged'])
  const ignored = await asOwner('public.entries', { kind: 'insert', rows, conflict: { columns: ['id'], ignore: true } })
  expect(ignored.seen.notes).toEqual(['one'])
})

it('a select finds rows by key and filter', async () => {
  expect((await asOwner('public.entries', first)).seen.answer.rows?.length).toBe(1)
  const missed = await asOwner('public.entries', { ...first, filter: { note: 'two' } })
  expect([missed.seen.answer.rows, missed.without]).toEqual([[], null])
})

it('a trigger that refuses the owner is named, and the statement works without it', async () => {
  const { seen, without } = await asOwner('public.entries', { kind: 'delete', key: { id: 1 } })
  expect(seen.answer.refused).toMatchObject({ code: 'P0001', message: 'entry 1 is kept', routine: 'exec_stmt_raise' })
  expect(without).toMatchObject({ rule: 'trigger keep on entries', seen: { notes: [] } })
  // The trigger is enabled again, and nothing of the second statement remains.
  const again = await asOwner('public.entries', { kind: 'delete', key: { id: 1 } })
  expect(again.seen.answer.refused?.message).toBe('entry 1 is kept')
})

it('a trigger that leaves the row out without an error is named', async () => {
  const { seen, without } = await asOwner('public.silent', rename)
  expect(seen.answer).toMatchObject({ rows: [], refused: null })
  expect(without).toMatchObject({ rule: 'trigger skip on silent', seen: { notes: ['renamed'] } })
})

it('forced row security that hides the row from an owner is named', async () => {
  const { owner, seen, without } = await asOwner('public.forced', first)
  expect([owner, seen.answer.rows]).toEqual(['app_owner', []])
  expect(without).toMatchObject({ rule: 'forced row security on forced', seen: { answer: { refused: null } } })
  expect(without?.seen.answer.rows?.length).toBe(1)
})

it('a value that a constraint refuses has no rule behind it', async () => {
  const { seen, without } = await asOwner('public.checked', { kind: 'insert', rows: [{ id: 1, note: 'bad' }] })
  expect([seen.answer.refused?.code, without]).toEqual(['23514', null])
})

it('a deferred constraint refuses before the rollback', async () => {
  const rows = [{ id: 1, entry: 77 }]
  const { seen } = await asOwner('public.child', { kind: 'insert', rows }, 'public.entries')
  expect(seen.answer.refused?.code).toBe('23503')
})

it.each([
  ['all arguments', 'public.double', { n: 3, times: 3 }, null],
  ['a default', 'public.double', { n: 3 }, null],
  ['a function that refuses', 'public.refuse', {}, 'P0001'],
  ['an argument that it does not have', 'public.double', { m: 3 }, '42883'],
])('a function is called with %s', async (_, name, given, code) => {
  const { seen } = await asOwner(name, { kind: 'call', arguments: given, wantsRows: false }, 'public.entries')
  expect(seen.answer.refused?.code ?? null).toBe(code)
})

it('a function shows its rows', async () => {
  const call = { kind: 'call', arguments: { entry: 2 }, wantsRows: true } as const
  expect((await asOwner('public.note_of', call, 'public.entries')).seen.answer.rows).toMatchObject([{ note: 'two' }])
})

it('a function that returns a scalar shows it as a row of one column', async () => {
  const call = { kind: 'call', arguments: { n: 3 }, wantsRows: true } as const
  expect((await asOwner('public.double', call, 'public.entries')).seen.answer.rows).toEqual([{ value: 6 }])
})

it('the SQL of a worker is carried out with its parameters', async () => {
  const sql = { kind: 'sql', text: 'update public.entries set note = $1', values: ['all'], wantsRows: false } as const
  expect((await asOwner('public.entries', sql)).seen.notes).toEqual(['all'])
  expect(await witness.matching('public.entries', { id: 2 })).toMatchObject([{ note: 'two' }])
})

it('an owner that the database user may not act as makes no control', async () => {
  await expect(asOwner('storage.objects', first, 'public.entries')).rejects.toMatchObject({
    code: 'no-owner',
    message: 'the database user may not act as supabase_storage_admin, the owner of storage.objects',
  })
})
