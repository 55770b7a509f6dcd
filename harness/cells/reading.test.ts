import { describe, expect, it } from 'vitest'
import { answerWith, rowsAnswer } from '../../test/support/example-answers.ts'
import { reachRow } from '../../test/support/example-tables.ts'
import type { JsonObject } from '../json.ts'
import { readingOf } from './reading.ts'

const own = reachRow('own', { id: 1, title: 'mine', note: 'same' })
const theirs = reachRow('theirs', { id: 2, title: 'theirs', note: 'same' })
const both = [theirs, own]
const bounded = { reads: '*', bounded: true } as const
const unbounded = { reads: '*', bounded: false } as const
const cannotTell = 'a row that cannot be recognised'

describe('rows', () => {
  it('are recognised by their key, however they look otherwise', () => {
    const reading = readingOf(rowsAnswer([{ id: 2, title: 'masked' }]), both, bounded)
    expect(reading).toEqual({ reach: ['own', 'theirs'], seen: ['theirs'], columns: ['id', 'title'], others: 0 })
  })

  it('of the world are named among those in reach', () => {
    const shared = { ...theirs, ofWorld: true } as const
    expect(readingOf(rowsAnswer([{ id: 2 }]), [own, shared], unbounded)).toMatchObject({
      reach: ['own', 'theirs'],
      world: ['theirs'],
      seen: ['theirs'],
    })
    expect(readingOf(rowsAnswer([]), [own, shared], { reads: null, bounded: false })).not.toHaveProperty('world')
  })

  it('are recognised by the columns that they show where the key is left out', () => {
    expect(readingOf(rowsAnswer([{ title: 'mine' }]), both, bounded).seen).toEqual(['own'])
  })

  it('that look alike are recognised when all of them came', () => {
    const alike = { note: 'same' }
    expect(readingOf(rowsAnswer([alike, alike]), both, bounded).seen).toEqual(['own', 'theirs'])
    expect(readingOf(rowsAnswer([alike]), both, bounded).seen).toEqual([cannotTell])
    expect(readingOf(rowsAnswer([alike]), both, unbounded).seen).toEqual([cannotTell])
    expect(readingOf(rowsAnswer([alike, alike, alike]), both, bounded).seen).toEqual([cannotTell, 'own', 'theirs'])
    expect(readingOf(rowsAnswer([alike, alike, alike]), both, unbounded)).toMatchObject({ others: 1 })
  })

  it('are all the fixtures that have found them, and then their number proves nothing', () => {
    const found = reachRow('found', own.row)
    const reading = readingOf(rowsAnswer([{ title: 'mine' }], { count: 1 }), [...both, found], bounded)
    expect(reading).toMatchObject({ seen: ['found', 'own'], others: 0 })
    expect(reading.count).toBeUndefined()
    const single = answerWith({ status: 200, value: { id: 1, title: 'mine' } })
    expect(readingOf(single, [...both, found], unbounded).seen).toEqual(['found', 'own'])
  })

  it('of a bounded request are never another person’s', () => {
    expect(readingOf(rowsAnswer([{ label: 'x' }]), both, bounded)).toMatchObject({ seen: [cannotTell], others: 0 })
    expect(readingOf(rowsAnswer([{}]), both, bounded).seen).toEqual([cannotTell])
    expect(readingOf(rowsAnswer([{ title: 'x' }]), both, unbounded)).toMatchObject({ seen: [], others: 1 })
  })

  it('of a request that is bounded to one row are that row, also when a write changed its key', () => {
    const written = { reads: null, bounded: true }
    expect(readingOf(rowsAnswer([{ id: 9, title: 'mine' }]), [own], written)).toMatchObject({
      seen: ['own'],
      reach: [],
    })
    expect(readingOf(rowsAnswer([{ label: 'x' }]), [theirs], bounded).seen).toEqual(['theirs'])
  })

  it('of an insert are no fixture', () => {
    const reading = readingOf(rowsAnswer([{ id: 9 }], { status: 201 }), [], { reads: null, bounded: true })
    expect(reading).toEqual({ reach: [], seen: [], columns: ['id'], others: 1 })
  })

  it('are recognised by composite keys, whole', () => {
    const key = { org: 'a', member: 'b' }
    const member = reachRow('member', { ...key, role: 'owner' }, { key })
    expect(readingOf(rowsAnswer([{ ...key, role: 'x' }]), [member, own], bounded).seen).toEqual(['member'])
    const half = readingOf(rowsAnswer([{ org: 'a', member: 'c', role: 'owner' }]), [member, own], unbounded)
    expect(half).toMatchObject({ seen: [], others: 1 })
  })
})

describe('rows of an unbounded request', () => {
  it.each<[string, JsonObject]>([
    ['a refusal in columns of its own', { ok: false, message: 'not allowed' }],
    ['a refusal that repeats the key', { id: 2, ok: false }],
    ['nulls', { id: null, title: null }],
    ['a count', { count: 0 }],
  ])('that hold %s are no rows of the table', (_, row) => {
    expect(readingOf(rowsAnswer([row]), [theirs], unbounded)).toMatchObject({ seen: [], others: 0, strangers: 0 })
  })

  it('are recognised where the key is masked', () => {
    const row = { id: null, title: 'theirs', note: 'same' }
    expect(readingOf(rowsAnswer([row]), [theirs], unbounded).seen).toEqual(['theirs'])
  })

  const user = 'f2b5c0de-0000-4000-8000-000000000001'
  const mine = { ...reachRow('own', { id: 3, title: 'theirs', owner_id: user }), foreign: false }
  const bobs = { ...reachRow('own of bob', { id: 4, title: 'bobs' }), foreign: true }
  const around = { rowsLike: () => [mine, bobs], user, columns: new Set(['id', 'title', 'owner_id']) }
  const read = (rows: readonly JsonObject[]) => readingOf(rowsAnswer(rows), [theirs], unbounded, around)

  it('that look like the own row are the own row, and another one beside it is not', () => {
    expect(read([{ title: 'theirs' }])).toMatchObject({ seen: [], along: ['own'], strangers: 0 })
    expect(read([{ title: 'theirs' }, { title: 'theirs' }])).toMatchObject({ seen: ['theirs'], along: ['own'] })
  })

  it('that were made for another actor are rows of others, and named', () => {
    expect(read([{ id: 4 }])).toMatchObject({ others: 1, strangers: 1, ofRun: ['own of bob'] })
  })

  it('that name the caller are the caller’s own', () => {
    expect(read([{ id: 9, owner_id: user }, { id: 8 }])).toMatchObject({ others: 2, strangers: 1 })
  })
})

describe('aggregates', () => {
  const counted = { ...bounded, aggregates: [{ key: 'count', counts: true }] }
  const summed = { ...bounded, aggregates: [{ key: 'sum', counts: false }] }

  it('over no rows show nothing', () => {
    expect(readingOf(rowsAnswer([{ count: 0 }]), [theirs], counted)).toMatchObject({ seen: null, count: 0 })
    expect(readingOf(rowsAnswer([{ sum: null }]), [theirs], summed)).toMatchObject({ seen: [] })
  })

  it('over rows show that they are there', () => {
    expect(readingOf(rowsAnswer([{ count: 1 }]), [theirs], counted)).toMatchObject({ count: 1 })
    expect(readingOf(rowsAnswer([{ sum: 0 }]), [theirs], summed)).toMatchObject({ seen: ['theirs'] })
    expect(readingOf(rowsAnswer([{ sum: 5 }]), both, summed)).toMatchObject({ seen: [], alike: ['own', 'theirs'] })
  })
})

describe('embedded rows', () => {
  const project = reachRow('project', { id: 7, name: 'plan' }, { table: 'public.projects', embedded: true })
  const embed = { relation: 'projects', at: ['projects'], columns: null, direct: true }

  it.each([
    ['one', {}, { projects: { id: 7 } }, ['own', 'project']],
    ['a list', {}, { projects: [{ name: 'plan' }] }, ['own', 'project']],
    ['below another', { at: ['folders', 'projects'] }, { folders: { projects: [{ id: 7 }] } }, ['own', 'project']],
    ['under other names', { columns: { label: 'name' } }, { projects: { label: 'plan' } }, ['own', 'project']],
    ['spread', { at: [], columns: { label: 'name' } }, { label: 'plan' }, ['own', 'project']],
    ['spread, many', { at: [], columns: { label: 'name' } }, { label: ['x', 'plan'] }, ['own', 'project']],
    ['none', {}, { projects: null }, ['own']],
    ['an empty list', {}, { projects: [] }, ['own']],
    ['another', {}, { projects: { id: 8 } }, ['own']],
  ])('%s', (_, where, below, seen) => {
    const select = { reads: ['own'], bounded: true, embeds: [{ ...embed, ...where }] }
    const reading = readingOf(rowsAnswer([{ id: 1, ...below }], { count: 1 }), [own, project], select)
    expect(reading).toMatchObject({ seen, reach: ['own', 'project'] })
    expect(reading.count).toBeUndefined()
  })

  it('further down need not come, and are named where they do', () => {
    const select = { reads: ['own'], bounded: true, embeds: [{ ...embed, direct: false }] }
    const reading = readingOf(rowsAnswer([{ id: 1, projects: { id: 7 } }]), [own, { ...project, beside: true }], select)
    expect(reading).toMatchObject({ seen: ['own'], reach: ['own'], along: ['project'] })
  })
})

describe('an answer without rows', () => {
  it('of a HEAD shows no rows, and counts', () => {
    const request = { method: 'HEAD', path: '/', headers: {}, body: null }
    const reading = readingOf(answerWith({ status: 200, request, count: 2 }), both, bounded)
    expect(reading).toEqual({ reach: ['own', 'theirs'], seen: null, columns: [], others: 0, count: 2 })
  })

  it('may hold a value', () => {
    const none = { reads: null, bounded: false }
    const returned = (value: Parameters<typeof answerWith>[0]['value']) =>
      readingOf(answerWith({ status: 200, ...(value === undefined ? {} : { value }) }), [], none)
    expect(returned(false)).toMatchObject({ value: false, seen: [] })
    expect(returned({ ok: true })).toMatchObject({ value: { ok: true }, others: 0, columns: ['ok'] })
    expect(returned([1, 2])).toMatchObject({ value: [1, 2] })
    expect(readingOf(rowsAnswer([{ a: 1 }]), [], none)).toMatchObject({ value: [{ a: 1 }], others: 1 })
  })

  it('may be one row, where a function returns no set', () => {
    const value = { id: 2, title: 'theirs' }
    expect(readingOf(answerWith({ status: 200, value }), both, unbounded).seen).toEqual(['theirs'])
    expect(readingOf(answerWith({ status: 200, value: { id: null, title: null } }), both, unbounded).seen).toEqual([])
    expect(readingOf(answerWith({ status: 200, value: { note: 'same' } }), both, unbounded).seen).toEqual([])
  })
})
