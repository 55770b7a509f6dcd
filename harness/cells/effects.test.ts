import { describe, expect, it } from 'vitest'
import { reachRow, type Tables, witnessOf } from '../../test/support/example-tables.ts'
import type { JsonObject } from '../json.ts'
import { anyChange } from '../model/references.ts'
import type { Meaning } from '../model/verdict.ts'
import { redactor } from '../redaction/redact.ts'
import { Additions, additionQuery } from './additions.ts'
import { bindWrites, effectOf, type ResolvedWrite } from './effects.ts'

const done: Meaning = { kind: 'done' }
const denied: Meaning = { kind: 'denied', layer: 'rls' }
const unknown: Meaning = { kind: 'unknown', why: 'a 500' }
const before = { id: 1, title: 'mine', price: 1.5, edited: 0 }
const own = reachRow('own', before)

function effect(after: Tables, writes: readonly ResolvedWrite[], meaning = done, witness = witnessOf(after)) {
  return effectOf(witness, new Additions(), writes, [own], meaning)
}

function change(after: JsonObject[], set: JsonObject, meaning = done) {
  return effect({ 'public.t': after }, [{ kind: 'change', row: own, set }], meaning)
}

describe('a read', () => {
  it('needs its fixtures to be there', async () => {
    expect(await effect({ 'public.t': [before] }, [])).toEqual({ kind: 'standing' })
    expect(await effect({}, [])).toEqual({ kind: 'missing', what: 'own' })
  })

  it('is open when the witness cannot read', async () => {
    const witness = { ...witnessOf({}), read: () => Promise.reject(new Error('gone')) }
    expect(await effect({}, [], done, witness)).toEqual({ kind: 'unread', why: 'gone' })
  })
})

describe('a change', () => {
  it('happened, as a whole or in part', async () => {
    expect(await change([{ ...before, title: 'new' }], { title: 'new' })).toEqual({
      kind: 'happened',
      what: 'own.title: "mine" → "new"',
    })
    expect(await change([{ ...before, title: 'NEW' }], { title: 'new' })).toMatchObject({ kind: 'otherwise' })
    expect(await change([{ ...before, title: 'new' }], { title: 'new', price: 2 })).toMatchObject({ kind: 'otherwise' })
  })

  it('happened even if the service answered with an error', async () => {
    for (const meaning of [denied, unknown]) {
      expect(await change([{ ...before, title: 'new' }], { title: 'new' }, meaning)).toMatchObject({ kind: 'happened' })
    }
  })

  it('shows nothing of a secret, also where a long value is cut', async () => {
    const key = `a-key-of-${'many-letters-'.repeat(8)}`
    const witness = { ...witnessOf({ 'public.t': [{ ...before, title: key }] }), redact: redactor([key]) }
    const writes: ResolvedWrite[] = [{ kind: 'change', row: own, set: { title: key } }]
    expect(await effect({}, writes, done, witness)).toEqual({
      kind: 'happened',
      what: 'own.title: "mine" → "[secret]"',
    })
  })

  it('is compared in the type of the column', async () => {
    const byText = witnessOf({ 'public.t': [{ ...before, price: 2.5 }] }, (one, other) => Number(one) === Number(other))
    const writes: ResolvedWrite[] = [{ kind: 'change', row: own, set: { price: '2.50' } }]
    expect(await effect({}, writes, done, byText)).toMatchObject({ kind: 'happened' })
  })

  it('did not happen', async () => {
    for (const meaning of [done, denied, unknown]) {
      expect(await change([before], { title: 'new' }, meaning)).toEqual({ kind: 'nothing' })
    }
  })

  it('that would change nothing is unknown, unless it was refused', async () => {
    expect(await change([before], { title: 'mine' })).toMatchObject({ kind: 'unread' })
    expect(await change([before], { title: 'mine' }, unknown)).toMatchObject({ kind: 'unread' })
    expect(await change([{ ...before, edited: 1 }], { title: 'mine' })).toMatchObject({ kind: 'unread' })
    expect(await change([before], { title: 'mine' }, denied)).toEqual({ kind: 'nothing' })
  })

  it('got through when a trigger undid it and left a trace', async () => {
    const touched = [{ ...before, edited: 1 }]
    expect(await change(touched, { title: 'new' })).toEqual({ kind: 'otherwise', what: 'own.edited: 0 → 1' })
    expect(await change(touched, { title: 'new' }, denied)).toEqual({ kind: 'nothing' })
  })

  it('to any value is as asked, where a trigger gives the value', async () => {
    const stamped = { title: 'new', edited: anyChange }
    expect(await change([{ ...before, title: 'new', edited: 7 }], stamped)).toMatchObject({ kind: 'happened' })
    expect(await change([{ ...before, title: 'new' }], stamped)).toMatchObject({ kind: 'otherwise' })
    expect(await change([{ ...before, edited: 7 }], stamped)).toMatchObject({ kind: 'otherwise' })
    expect(await change([before], stamped)).toEqual({ kind: 'nothing' })
    expect(await change([before], { edited: anyChange })).toEqual({ kind: 'nothing' })
    expect(await change([{ ...before, edited: 7 }], { edited: anyChange })).toMatchObject({ kind: 'happened' })
  })

  it('is whole where a trigger stamps a column that the operation leaves out', async () => {
    const after = { ...before, title: 'new', edited: 7 }
    expect(await change([after], { title: 'new' })).toMatchObject({ kind: 'happened' })
    expect(await change([after], { title: 'new', edited: 1 })).toMatchObject({ kind: 'otherwise' })
  })

  it('of the row away is something else', async () => {
    expect(await change([], { title: 'new' })).toEqual({ kind: 'otherwise', what: 'own is gone' })
  })
})

describe('a change of the key', () => {
  it('is found under the new key', async () => {
    expect(await change([{ ...before, id: 2 }], { id: 2 })).toMatchObject({ kind: 'happened', what: 'own.id: 1 → 2' })
  })

  it('did not happen because another row has the new key already', async () => {
    const other = { ...before, id: 2, title: 'another' }
    expect(await change([before, other], { id: 2 }, denied)).toEqual({ kind: 'nothing' })
    expect(await change([before, other], { id: 2 })).toEqual({ kind: 'nothing' })
  })

  it('that was left out of a change is no whole change', async () => {
    const part = [{ ...before, title: 'new' }]
    expect(await change(part, { id: 2, title: 'new' })).toMatchObject({ kind: 'otherwise' })
    const twin = { ...before, id: 2, title: 'new' }
    expect(await change([...part, twin], { id: 2, title: 'new' })).toMatchObject({ kind: 'otherwise' })
  })

  it('to an unexpected one is something else', async () => {
    expect(await change([{ ...before, id: 3 }], { id: 2 })).toEqual({ kind: 'otherwise', what: 'own is gone' })
  })
})

describe('a removal', () => {
  const writes: ResolvedWrite[] = [{ kind: 'remove', row: own }]
  it('happened, did not, or became another change', async () => {
    expect(await effect({}, writes, denied)).toEqual({ kind: 'happened', what: 'own was removed' })
    expect(await effect({ 'public.t': [before] }, writes)).toEqual({ kind: 'nothing' })
    expect(await effect({ 'public.t': [{ ...before, edited: 1 }] }, writes)).toMatchObject({ kind: 'otherwise' })
  })

  it('of one row and change of another are one effect', async () => {
    const two: ResolvedWrite[] = [...writes, { kind: 'change', row: reachRow('b', { id: 2, n: 1 }), set: { n: 2 } }]
    expect(await effect({ 'public.t': [{ id: 2, n: 2 }] }, two)).toMatchObject({ kind: 'happened' })
    expect(await effect({ 'public.t': [before, { id: 2, n: 2 }] }, two)).toMatchObject({ kind: 'otherwise' })
    expect(await effect({ 'public.t': [before, { id: 2, n: 1 }] }, two)).toEqual({ kind: 'nothing' })
  })
})

it('an effect that was read counts, even if the rest cannot be read', async () => {
  const same: ResolvedWrite = { kind: 'change', row: own, set: { title: 'mine' } }
  const writes: ResolvedWrite[] = [same, { kind: 'remove', row: reachRow('b', { id: 2 }) }]
  expect(await effect({ 'public.t': [before] }, writes)).toMatchObject({ kind: 'otherwise' })
  expect(await effect({ 'public.t': [before, { id: 2 }] }, writes)).toMatchObject({ kind: 'unread' })
})

describe('an addition', () => {
  const query = additionQuery('public.t', { title: 'new' })
  async function addition(
    { was = [], is }: { was?: JsonObject[]; is: JsonObject[] },
    more: { meaning?: Meaning; skippable?: boolean; rows?: readonly JsonObject[] } = {},
  ) {
    const { meaning = done, skippable = false, rows = [{ title: 'new' }] } = more
    const additions = new Additions()
    additions.remember(query, was)
    const write: ResolvedWrite = { kind: 'add', table: 'public.t', rows, skippable }
    return effectOf(witnessOf({ 'public.t': is }), additions, [write], [], meaning)
  }
  const one = { id: 8, title: 'new' }
  const two = { id: 9, title: 'new' }

  it('happened even if the service answered with an error', async () => {
    for (const meaning of [done, denied, unknown]) {
      expect(await addition({ is: [one] }, { meaning })).toEqual({ kind: 'happened', what: '1 new row in public.t' })
    }
    expect(await addition({ was: [one], is: [one, two] })).toMatchObject({ kind: 'happened' })
  })

  it('merged into a row that looked otherwise', async () => {
    expect(await addition({ was: [{ ...one, body: 'old' }], is: [{ ...one, body: 'new' }] })).toMatchObject({
      kind: 'happened',
    })
  })

  it('is distinguished from a row that existed before', async () => {
    expect(await addition({ was: [one], is: [one] }, { meaning: denied })).toEqual({ kind: 'nothing' })
    expect(await addition({ was: [], is: [] }, { meaning: unknown })).toEqual({ kind: 'nothing' })
  })

  it('of a row equal to an existing one is recognised by their number', async () => {
    const same = { title: 'new' }
    expect(await addition({ was: [same], is: [same, same] })).toMatchObject({ kind: 'happened' })
    expect(await addition({ was: [same, same], is: [same, same] }, { meaning: denied })).toEqual({ kind: 'nothing' })
  })

  it('that the service reports and the witness does not find is unknown, unless the row may be left out', async () => {
    expect(await addition({ is: [{ ...one, title: 'rewritten' }] })).toMatchObject({ kind: 'unread' })
    expect(await addition({ is: [] }, { skippable: true })).toEqual({ kind: 'nothing' })
  })

  it('of several rows happened as a whole or in part', async () => {
    const rows = [{ title: 'new' }, { title: 'new' }]
    expect(await addition({ is: [one, two] }, { rows })).toEqual({ kind: 'happened', what: '2 new rows in public.t' })
    expect(await addition({ is: [one] }, { rows })).toMatchObject({ kind: 'otherwise' })
  })
})

describe('an addition of which every value counts', () => {
  const given = { id: 8, title: 'new', body: 'whole' }
  const [write] = bindWrites(
    [{ kind: 'add', table: 'public.t', rows: [given], identify: ['id'], skippable: false, exact: true }],
    () => own,
  )
  const writes = write === undefined ? [] : [write]

  it('happened, came as something else, or did not happen', async () => {
    expect(await effect({ 'public.t': [given] }, writes, denied)).toEqual({
      kind: 'happened',
      what: '1 new row in public.t',
    })
    expect(await effect({ 'public.t': [{ ...given, body: 'half' }] }, writes, denied)).toEqual({
      kind: 'otherwise',
      what: '1 new row in public.t, with other body',
    })
    expect(await effect({}, writes, denied)).toEqual({ kind: 'nothing' })
  })

  it('is not kept from having happened by places where nothing went astray', async () => {
    const stray: ResolvedWrite = { kind: 'add', table: 'public.t', rows: [{ id: 9 }], skippable: true, stray: true }
    const both = [...writes, stray]
    expect(await effect({ 'public.t': [given] }, both)).toMatchObject({ kind: 'happened' })
    expect(await effect({}, both, denied)).toEqual({ kind: 'nothing' })
    const what = '1 new row in public.t, astray'
    expect(await effect({ 'public.t': [{ id: 9 }] }, both, denied)).toEqual({ kind: 'otherwise', what })
    expect(await effect({ 'public.t': [given, { id: 9 }] }, both)).toMatchObject({ kind: 'otherwise' })
  })
})

it('writes are bound to the rows they are about, and new rows to the columns that identify them', () => {
  const intents = [
    { kind: 'change', fixture: 'own', set: { a: 1 } },
    { kind: 'remove', fixture: 'own' },
    { kind: 'add', table: 'public.t', rows: [{ a: 1, b: 2 }], identify: ['b'], skippable: false },
    { kind: 'add', table: 'public.t', rows: [{ a: 1, b: 2 }], identify: null, skippable: true },
  ] as const
  expect(bindWrites(intents, () => own)).toEqual([
    { kind: 'change', row: own, set: { a: 1 } },
    { kind: 'remove', row: own },
    { kind: 'add', table: 'public.t', rows: [{ b: 2 }], skippable: false },
    { kind: 'add', table: 'public.t', rows: [{ a: 1, b: 2 }], skippable: true },
  ])
})
