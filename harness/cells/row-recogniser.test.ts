import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerWith } from '../../test/support/example-answers.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Answer } from '../paths/path.ts'
import { RowRecogniser } from './row-recogniser.ts'
import type { RunRow } from './run-rows.ts'

const mark = 'a1b2c3'

function runRow(fixture: string, row: JsonObject, declared: readonly string[] = Object.keys(row)): RunRow {
  const values = Object.fromEntries(declared.map((column) => [column, row[column] ?? null]))
  return { fixture, table: 'public.docs', baseKey: { id: row.id ?? null }, row, values, set: 'set', identity: null }
}

const own = runRow('own', { id: '6f1d8f9e-1111-4222-8333-94a5b6c7d8e9', title: `own ${mark}1`, status: 'open' })
const theirs = runRow('theirs', {
  id: '0b8e6f0a-2222-4333-8444-a5b6c7d8e9f0',
  title: `theirs ${mark}2`,
  status: 'open',
  code: 48213377,
  kind: 'special',
  meta: { note: `their note ${mark}2` },
})

function sightings(answer: Partial<Answer>, sent = '{}', rows = [own, theirs]) {
  const hidden = new Map([[theirs, 'theirs']])
  return new RowRecogniser(rows, [mark]).sightingsIn(answerWith({ status: 200, ...answer }), hidden, sent)
}

/** Ways in which a function may pack a text. */
const packings: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  upper: (text) => text.toUpperCase(),
  sentence: (text) => `it is ${text}, they say`,
  csv: (text) => `id,title\n1,${text}\n`,
  json: (text) => JSON.stringify({ t: text }),
  'json in json': (text) => JSON.stringify({ payload: JSON.stringify({ t: text }) }),
  base64: (text) => Buffer.from(`x${text}y`).toString('base64'),
  hex: (text) => Buffer.from(text).toString('hex'),
  url: (text) => `/q?t=${encodeURIComponent(text)}`,
}

/** Places of an answer that hold a text. */
const places: Readonly<Record<string, (text: string) => Partial<Answer>>> = {
  message: (message) => ({ message }),
  details: (details) => ({ details }),
  hint: (hint) => ({ hint }),
  header: (text) => ({ headers: { 'x-any': text } }),
  rows: (t) => ({ rows: [{ n: 1 }, { t }] }),
  'rows, deep': (t) => ({ rows: [{ a: [{ b: { t } }] }] }),
  value: (value) => ({ value }),
  'value, a key': (text) => ({ value: { [text]: 1 } }),
  'a body of another type': (body) => ({ body }),
  'a body that says more than its rows': (t) => ({
    rows: [{ id: 1 }],
    besides: [{ at: 'page 1', text: JSON.stringify([{ m: { t } }]) }],
  }),
  'a message that was not awaited': (t) => ({
    besides: [{ at: 'broadcasts[0]', text: JSON.stringify({ payload: { t } }) }],
  }),
  'an answer of an earlier step that is no JSON': (text) => ({ besides: [{ at: 'signing', text: `! ${text}` }] }),
  'a sentence beside a success': (message) => ({ body: JSON.stringify({ message }) }),
  'a body beside a refusal': (t) => ({ status: 404, body: JSON.stringify([{ t }]) }),
}

const packing = fc.constantFrom(...Object.values(packings))
const place = fc.constantFrom(...Object.values(places))
const around = fc.string({ maxLength: 12 }).map((text) => text.replace(/[\w"\\]/g, ' '))

describe('a value of a hidden row', () => {
  it('is found at any place and in any encoding', () => {
    const value = fc.constantFrom('title', 'meta.note', 'id')
    const texts: Readonly<Record<string, string>> = {
      title: `theirs ${mark}2`,
      'meta.note': `their note ${mark}2`,
      id: '0b8e6f0a-2222-4333-8444-a5b6c7d8e9f0',
    }
    fc.assert(
      fc.property(value, packing, place, around, around, (column, pack, at, before, after) => {
        const text = `${before} ${pack(texts[column] ?? '')} ${after}`
        expect(sightings(at(text))).toMatchObject([{ fixture: 'theirs', column }])
      }),
      { numRuns: 400 },
    )
  })

  it('is no finding where the request holds it, or where it is not hidden', () => {
    fc.assert(
      fc.property(packing, place, fc.boolean(), (pack, at, echoed) => {
        const text = echoed ? `theirs ${mark}2` : `own ${mark}1`
        expect(sightings(at(pack(text)), JSON.stringify({ t: echoed ? text : 'x' }))).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  it('is named by its place, and nothing of it is repeated', () => {
    const [found] = sightings({ value: { items: [{ t: `theirs ${mark}2` }] } })
    expect(found).toEqual({ fixture: 'theirs', column: 'title', at: 'value.items[0].t' })
    expect(sightings({ value: { [`theirs ${mark}2`]: 1 } })).toEqual([
      { fixture: 'theirs', column: 'title', at: 'value.{key 1}' },
    ])
  })

  it('is not met by a kind of file, a cache directive or a size, which many objects have in common', () => {
    const object = runRow('theirs', {
      name: `theirs ${mark}2`,
      content_type: 'application/json; charset=utf-8',
      cache_control: 'public, max-age=3600',
      file_size_limit: 10485760,
    })
    const hidden = new Map([[object, 'theirs']])
    const common = {
      headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'public, max-age=3600' },
    }
    const answer = answerWith({ status: 400, ...common, body: JSON.stringify({ limit: 10485760 }) })
    expect(new RowRecogniser([object], [mark]).sightingsIn(answer, hidden, '{}')).toEqual([])
  })

  it('is not met by a longer value that begins alike, nor by a longer number', () => {
    const longer = runRow('other', { id: 3, title: `theirs ${mark}25` })
    expect(sightings({ message: `theirs ${mark}25` }, '{}', [own, theirs, longer])).toEqual([])
    expect(sightings({ value: '482133770' })).toEqual([])
    expect(sightings({ value: 48213377 })).toMatchObject([{ column: 'code' }])
  })

  it('proves nothing where it is a word that occurs by chance', () => {
    expect(sightings({ value: { t: 'special' } })).toEqual([
      { fixture: 'theirs', column: 'kind', at: 'value.t', weak: true },
    ])
    expect(sightings({ message: 'a special error' })).toEqual([])
    expect(sightings({ value: { status: 'open' } })).toEqual([])
  })
})

describe('answers that reveal nothing', () => {
  it.each<[string, Json]>([
    ['a count of 0', 0],
    ['no value', null],
    ['a truth value', false],
    ['a refusal', { ok: false, message: 'not allowed' }],
    ['an empty list', []],
    ['the nil uuid', '00000000-0000-0000-0000-000000000000'],
    ['a time of another row', '2026-01-01T00:00:00+00:00'],
  ])('%s', (_, value) => {
    expect(sightings({ value })).toEqual([])
  })
})

describe('a number or a date of the matrix', () => {
  const invoice = runRow('theirs', { id: 7, amount: 7351.25, due: '2031-07-19', year: 2031, count: 50000 })
  const inDetails = (details: string, row = invoice) =>
    new RowRecogniser([own, row], [mark]).sightingsIn(
      answerWith({ status: 403, details }),
      new Map([[row, 'theirs']]),
      '{}',
    )

  it.each([
    ['an amount', 'the amount is 7351.25.', 'amount'],
    ['a date', 'due on 2031-07-19T00:00:00', 'due'],
  ])('makes a doubt where it stands in an error: %s', (_, details, column) => {
    expect(inDetails(details)).toEqual([{ fixture: 'theirs', column, at: 'details', weak: true }])
  })

  it.each(['in 2031', 'of 50000 rows', 'id 17351.25', 'at 7351.255', '12031-07-19'])('is not seen in %s', (details) => {
    expect(inDetails(details)).toEqual([])
  })

  it('proves nothing where a default chose it', () => {
    const row = runRow('theirs', { id: 7, amount: 7351.25, due: '2031-07-19' }, ['id'])
    expect(inDetails('7351.25 on 2031-07-19', row)).toEqual([])
  })
})
