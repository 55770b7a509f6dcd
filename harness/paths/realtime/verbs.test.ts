import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json.ts'
import { schemas, verbs } from './verbs.ts'

const resource = { kind: 'table', name: 'public.notes' }
const footprint = (body: JsonObject) => {
  const verb = verbs[Object.keys(body)[0] ?? '']
  if (verb === undefined) throw new Error('no such verb')
  return verb.footprint(body, resource)
}

describe('the footprint of an operation', () => {
  it.each([
    { join: 'room' },
    { send: 'room', payload: { text: 'hello' } },
    { receive: 'room' },
    { track: 'room' },
    { presence: 'room' },
    { keep: 'room', until: 'expiry' },
  ])('%j is about a topic, and changes no row', (body) => {
    expect(footprint(body)).toMatchObject({ reads: null, about: ['room'], writes: [], readOnly: true })
  })

  it('may be another actor, or a message that is stored', () => {
    expect(footprint({ receive: 'room', from: 'bob' }).others).toEqual(['bob'])
    expect(footprint({ presence: 'room', from: 'bob' }).others).toEqual(['bob'])
    expect(footprint({ receive: 'room' }).others).toEqual([])
    expect(footprint({ receive: 'room', from: 'database' })).toMatchObject({
      adds: ['realtime.messages'],
      readOnly: true,
    })
  })

  it.each([
    [{ insert: 'note' }, { kind: 'renew', fixture: 'note' }],
    [
      { update: 'note', set: { title: 'new' } },
      { kind: 'change', fixture: 'note', set: { title: 'new' } },
    ],
    [{ delete: 'note' }, { kind: 'remove', fixture: 'note' }],
  ])('a trigger sends %j', (when, event) => {
    const asked = footprint({ receive: 'room', from: 'database', when })
    expect(asked).toMatchObject({ readOnly: false, meanwhile: [event] })
  })

  it('a change is followed by a removal, which every subscriber receives', () => {
    const removed = { kind: 'remove', fixture: 'note' }
    const renewed = { kind: 'renew', fixture: 'note' }
    expect(footprint({ subscribe: 'note', on: 'insert' })).toMatchObject({
      meanwhile: [renewed],
      afterwards: [removed],
    })
    expect(footprint({ subscribe: 'note', on: 'delete' })).toMatchObject({
      meanwhile: [removed],
      afterwards: [renewed, removed],
    })
    const { reads, readOnly } = footprint({ subscribe: 'note', on: 'update', set: { title: 'new' } })
    expect([reads, readOnly]).toEqual([['note'], false])
  })

  it('a subscription names the columns of its filter', () => {
    const { columns } = footprint({ subscribe: 'note', on: 'insert', filter: 'a=eq.1,b=not.in.(c,d)', columns: ['id'] })
    expect(columns.map(({ column, at }) => [column, ...at])).toEqual([
      ['a', 'filter'],
      ['b', 'filter'],
      ['id', 'columns', 0],
    ])
  })

  it('access ends by itself or is taken away', () => {
    expect(footprint({ keep: 'room', until: 'expiry' }).expires).toBe(true)
    const taken = footprint({ keep: 'room', after_refresh: { remove: 'membership' } })
    expect(taken).toMatchObject({ readOnly: false, meanwhile: [{ kind: 'remove', fixture: 'membership' }] })
  })
})

describe('operations that are refused', () => {
  it.each([
    ['an update without columns', schemas.subscribe, { subscribe: 'note', on: 'update' }],
    ['an insert with columns', schemas.subscribe, { subscribe: 'note', on: 'insert', set: { title: 'new' } }],
    ['a trigger behind a service', schemas.receive, { receive: 'room', when: { delete: 'note' } }],
    ['the database on a public channel', schemas.receive, { receive: 'room', from: 'database', private: false }],
    ['nothing that ends access', schemas.keep, { keep: 'room' }],
    ['two ends of access', schemas.keep, { keep: 'room', until: 'expiry', after: { remove: 'membership' } }],
  ])('is %s', (_, schema, body) => {
    expect(schema.safeParse(body).success).toBe(false)
  })
})
