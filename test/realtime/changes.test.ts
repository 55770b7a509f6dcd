import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../harness/json.ts'
import { realtimeBench } from './bench.ts'

const bench = realtimeBench()
const { query } = bench

/** Makes a note, subscribes to its change as an actor, and has it changed. */
async function changed(who: string, on: 'insert' | 'update' | 'delete', body: JsonObject = {}) {
  const id = randomUUID()
  const owner = bench.userId('alice')
  const insert = () => query('insert into public.notes values ($1, $2, $3, $4)', [id, owner, 'first', 'hidden'])
  const update = () => query(`update public.notes set title = 'second' where id = $1`, [id])
  const remove = () => query('delete from public.notes where id = $1', [id])
  await insert()
  const steps = {
    insert: { meanwhile: [remove, insert], afterwards: [remove] },
    update: { meanwhile: [update], afterwards: [remove] },
    delete: { meanwhile: [remove], afterwards: [insert, remove] },
  }
  const inTurn = (work: readonly (() => Promise<unknown>)[]) => async () => {
    for (const step of work) await step()
  }
  const tried = await bench.attempt(
    who,
    'subscribe',
    '',
    { subscribe: 'note', on, ...body },
    {
      resource: { kind: 'table', name: 'public.notes' },
      targets: [{ name: 'note', table: 'public.notes', key: { id }, values: {} }],
      meanwhile: inTurn(steps[on].meanwhile),
      afterwards: inTurn(steps[on].afterwards),
    },
  )
  const [row] = tried.answer.rows ?? []
  return { face: tried.face, columns: row === undefined ? null : Object.keys(row).sort(), caught: tried.answer.caught }
}

const heard = (...columns: string[]) => ({ face: 'done', columns, caught: { kind: 'standing' } })
const silent = { face: 'silence', columns: null, caught: { kind: 'standing' } }

describe('a change', () => {
  test('of an own row is received, with the columns that the role may read', async () => {
    expect(await changed('alice', 'insert')).toEqual(heard('id', 'owner_id', 'title'))
    expect(await changed('alice', 'update', { set: { title: 'second' } })).toEqual(heard('id', 'owner_id', 'title'))
    expect(await changed('privileged', 'insert')).toEqual(heard('id', 'owner_id', 'secret', 'title'))
  })

  test('of a row that row security hides is not', async () => {
    expect(await changed('mallory', 'insert')).toEqual(silent)
    expect(await changed('mallory', 'update', { set: { title: 'second' } })).toEqual(silent)
  })

  test('of a removed row is received by every subscriber', async () => {
    expect(await changed('alice', 'delete')).toEqual(heard('id'))
    expect(await changed('mallory', 'delete')).toEqual(heard('id'))
  })

  test('is received if the filter matches', async () => {
    const owner = bench.userId('alice')
    expect(await changed('alice', 'insert', { filter: `owner_id=eq.${owner}` })).toEqual(
      heard('id', 'owner_id', 'title'),
    )
    expect(await changed('alice', 'insert', { filter: `owner_id=neq.${owner}` })).toEqual(silent)
    expect(await changed('alice', 'delete', { filter: `owner_id=eq.${owner}` })).toEqual(silent)
  })

  test('brings the requested columns', async () => {
    expect(await changed('alice', 'insert', { columns: ['title'] })).toEqual(heard('id', 'title'))
  })

  test('without a right to the key comes without a row', async () => {
    expect(await changed('visitor', 'insert')).toEqual({
      face: 'change-withheld',
      columns: null,
      caught: { kind: 'standing' },
    })
    expect(await changed('visitor', 'delete')).toEqual(heard())
  })

  test('cannot be subscribed to by a column that the role may not read', async () => {
    expect(await changed('mallory', 'insert', { filter: 'secret=eq.hidden' })).toMatchObject({
      face: 'filter-column-refused',
    })
  })

  test('of a table that is not published is received by no subscriber', async () => {
    const resource = { kind: 'table', name: 'public.unpublished' }
    const targets = [{ name: 'row', table: 'public.unpublished', key: { id: randomUUID() }, values: {} }]
    const tried = await bench.attempt(
      'alice',
      'subscribe',
      '',
      { subscribe: 'row', on: 'insert' },
      { resource, targets },
    )
    expect([tried.face, tried.means]).toEqual(['changes-not-published', 'hidden'])
  })
})

describe('a broadcast of a trigger', () => {
  /** Listens as an actor to the messages that the trigger sends about a note. */
  async function told(who: string, more: JsonObject = {}) {
    const id = randomUUID()
    const owner = bench.userId('alice')
    await query('insert into public.notes values ($1, $2, $3)', [id, owner, 'first'])
    const body = { from: 'database', when: { update: 'note', set: { title: 'second' } }, ...more }
    const tried = await bench.attempt(who, 'receive', 'notes', body, {
      touched: [{ name: 'note', table: 'public.notes', key: { id }, values: {} }],
      meanwhile: async () => {
        await query(`update public.notes set title = 'second' where id = $1`, [id])
      },
    })
    const [row] = tried.answer.rows ?? []
    return [tried.face, row === undefined ? null : Object.keys(row).sort()]
  }

  test('carries every column to every member of the room', async () => {
    await bench.admit('alice', 'notes')
    await bench.admit('mallory', 'notes', ['presence'])
    expect(await told('alice')).toEqual(['done', ['id', 'owner_id', 'secret', 'title']])
    expect(await told('alice', { event: 'UPDATE' })).toEqual(['done', ['id', 'owner_id', 'secret', 'title']])
    expect(await told('mallory', { with: 'presence' })).toEqual(['silence', null])
  })
})
