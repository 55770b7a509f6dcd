import type { Json } from '../json.ts'
import type { Fact, Scalar, Side, TypeInfo } from './model.ts'
import { asJavaScript, textMatching } from './pattern.ts'

/** Sample values of `$unique`: six hexadecimal digits, a number in base 32, and perhaps `z` and the place in its set. */
export const uniqueSamples = { short: '0a1b2c0', long: '0a1b2cvvz12' } as const

/** The current time lies between them. */
const [past, future] = ['2001-01-01', '2099-01-01']

/** The column, and the facts that its value has to satisfy. */
export interface Wanted {
  readonly column: string
  /** As `format_type` prints it. */
  readonly type: string
  readonly facts: readonly Fact[]
  /** The owner of the row: the first user of a tenant owns it. */
  readonly side: Side
  /** Only a value that is different in every row will do: a text that holds `$unique`, `$uuid`, `$number` or `$date`. */
  readonly unique: boolean
  /** Values that come before the usual ones of the type, where the facts allow them. */
  readonly preferred?: readonly Json[]
}

/**
 * Chooses a value for a column.
 *
 * @returns undefined where none is known that satisfies all facts, or the type is not known.
 */
export function valueFor(wanted: Wanted, types: Readonly<Record<string, TypeInfo>>): Json | undefined {
  return valuesFor(wanted, types)[0]
}

/** @returns all values that are known to satisfy the facts, the best first. */
export function valuesFor(wanted: Wanted, types: Readonly<Record<string, TypeInfo>>): readonly Json[] {
  const type = resolved(wanted.type, wanted.column, types)
  if (type === null) return []
  const facts = [...wanted.facts, ...type.facts].filter(({ column }) => column === wanted.column)
  const known = [...(wanted.preferred ?? []), ...candidates(type, { ...wanted, facts })]
  if (!wanted.unique) return known.filter((value) => facts.every((fact) => holds(fact, value)))
  return [...known.filter(isUnique), ...(uniqueReferences[type.family] ?? [])].filter((value) =>
    facts.every((fact) => holds(fact, value)),
  )
}

/** @returns true when a value holds a text that is different in every row, by which the row can be recognised. */
export function isUnique(value: Json): boolean {
  return /\$unique|\$\{unique\}/.test(JSON.stringify(value))
}

/** @returns whether a value is different in every row, by a text or otherwise. */
export function isDistinct(value: Json): boolean {
  return isUnique(value) || (typeof value === 'string' && freshSamples[value] !== undefined)
}

interface Resolved {
  readonly family: Family
  readonly facts: readonly Fact[]
  readonly labels: readonly string[]
  /** The dimensions of a vector. */
  readonly size: number
  readonly element: Resolved | null
}

type Family = (typeof families)[number][0] | 'enum' | 'array'

const families = [
  ['text', /^(text|character varying|character|"char"|name|.*citext|bpchar)$/],
  ['integer', /^(integer|bigint|smallint|oid)$/],
  ['number', /^(numeric|real|double precision|money)$/],
  ['boolean', /^boolean$/],
  ['uuid', /^uuid$/],
  ['json', /^jsonb?$/],
  ['timestamp', /^timestamp( with(out)? time zone)?$/],
  ['date', /^date$/],
  ['time', /^time( with(out)? time zone)?$/],
  ['interval', /^interval$/],
  ['bytes', /^bytea$/],
  ['inet', /^(inet|cidr)$/],
  ['macaddr', /^macaddr8?$/],
  ['tsvector', /^tsvector$/],
  ['bits', /^bit( varying)?$/],
  ['xml', /^xml$/],
  ['range', /^(ts(tz)?|date|int[48]|num)range$/],
  ['point', /^point$/],
  ['geometry', /^(.*\.)?(geometry|geography)$/],
  ['vector', /^(.*\.)?(half)?vec(tor)?$/],
  ['sparse vector', /^(.*\.)?sparsevec$/],
  ['ltree', /^(.*\.)?ltree$/],
  ['hstore', /^(.*\.)?hstore$/],
] as const

function resolved(written: string, column: string, types: Readonly<Record<string, TypeInfo>>): Resolved | null {
  const item = /^(.*)\[\]$/.exec(written)?.[1]
  if (item !== undefined) {
    const element = resolved(item, column, types)
    return {
      family: 'array',
      facts: [],
      labels: [],
      size: 0,
      element: element === null ? null : { ...element, facts: [] },
    }
  }
  const known = types[written]
  if (known?.kind === 'enum') return { family: 'enum', facts: [], labels: known.labels, size: 0, element: null }
  if (known?.kind === 'domain') {
    const base = resolved(known.base, column, types)
    const facts = known.checks.flatMap(({ ways }) => (ways[0] ?? []).map((fact) => ({ ...fact, column })))
    return base === null ? null : { ...base, facts: [...base.facts, ...facts] }
  }
  const [, name = written, first, rest = ''] = /^([^(]*[^( ])\s*\((\d+)(?:,[^)]*)?\)(.*)$/.exec(written) ?? []
  const family = families.find(([, pattern]) => pattern.test(`${name}${rest}`))?.[0]
  if (family === undefined) return null
  const size = first === undefined ? 0 : Number(first)
  const limited = family === 'text' && size > 0
  const facts: readonly Fact[] = limited ? [{ column, kind: 'max length', value: size }] : []
  return { family, facts, labels: [], size, element: null }
}

function candidates(type: Resolved, wanted: Wanted): readonly Json[] {
  const { facts, column, side } = wanted
  const named = facts.flatMap((fact) => (fact.kind === 'one of' ? fact.values : []))
  const bounds = facts.flatMap((fact) => (fact.kind === 'min' || fact.kind === 'max' ? [fact.value] : []))
  switch (type.family) {
    case 'enum':
      return ranked(type.labels, side)
    case 'text':
      return [...ranked(named.map(String), side), ...texts(column, facts)]
    case 'boolean':
      return named.length > 0
        ? named.map((value) => value === true || value === 'true' || value === 't')
        : [false, true]
    case 'integer':
      return numbers(named, bounds, 1)
    case 'number':
      return [...numbers(named, bounds, 1), 0.5]
    case 'json':
      return jsons(facts)
    case 'array':
      return arrays(type.element, wanted)
    case 'date':
    case 'timestamp':
      return moments(type.family, named, bounds)
    default:
      return [...named.map(String), ...(fixed[type.family] ?? []), ...vectors(type)]
  }
}

const fixed: Readonly<Partial<Record<Family, readonly string[]>>> = {
  uuid: ['5f0c1a52-6a1e-4d0b-9d3c-7b1f5a2e8c41'],
  time: ['12:00:00', '00:00:00', '23:00:00'],
  interval: ['1 day', '1 hour'],
  bytes: ['\\x74726573'],
  inet: ['192.0.2.1'],
  macaddr: ['02:00:5e:10:00:01'],
  tsvector: ['trespass'],
  bits: ['1'],
  xml: ['<trespass/>'],
  range: ['empty'],
  point: ['(1,2)'],
  geometry: ['SRID=4326;POINT(1 2)', 'POINT(1 2)'],
  ltree: ['trespass'],
  hstore: ['trespass=>1'],
}

/** References that stand for a value which no other row of the run has, in columns that take no text. */
const uniqueReferences: Readonly<Partial<Record<Family, readonly string[]>>> = {
  uuid: ['$uuid'],
  integer: ['$number'],
  number: ['$number'],
  date: ['$date'],
  timestamp: ['$date'],
}

/** What the words become, at most and at least. */
const freshSamples: Readonly<Record<string, readonly Json[]>> = {
  $uuid: ['5f0c1a52-6a1e-4d0b-9d3c-7b1f5a2e8c41'],
  $number: [1_000_000_000, 2_100_000_000],
  $date: ['2001-01-01'],
}

function vectors({ family, size }: Resolved): readonly string[] {
  if (family === 'sparse vector') return [`{1:1}/${Math.max(size, 1)}`]
  if (family !== 'vector') return []
  return [`[${Array.from({ length: Math.max(size, 1) }, (_, n) => (n === 0 ? 1 : 0)).join(',')}]`]
}

/** An owner's row has the role of an owner, where roles are named. */
function ranked(labels: readonly string[], side: Side): readonly string[] {
  const high = /^(owner|super_?admin|admin(istrator)?|manager|creator)$/i
  const low = /^(member|user|viewer|editor|guest|reader|employee|staff)$/i
  if (!labels.some((label) => high.test(label))) return labels
  const preferred = side === 'bob' || side === 'guest' ? low : high
  return [...labels.filter((label) => preferred.test(label)), ...labels.filter((label) => !preferred.test(label))]
}

/** Texts by the name of a column. */
const byName: readonly (readonly [RegExp, readonly string[]])[] = [
  [/e_?mail/i, ['trespass-$unique@example.com']],
  [/(url|link|website|href|image|avatar|photo|logo)/i, ['https://example.com/$unique']],
  [/(slug|handle|subdomain|username|nickname)/i, ['trespass-$unique', 'trespass_$unique', 'trespass$unique']],
  [/(phone|mobile|tel)/i, ['+12025550100']],
  [/colou?r/i, ['#1a2b3c']],
  [/currency/i, ['USD', 'usd']],
  [/country/i, ['US', 'USA']],
  [/(locale|lang)/i, ['en', 'en-US']],
  [/(timezone|time_zone)/i, ['UTC']],
  [/(date|_at$|_on$)/i, ['2030-01-01']],
  [/(^|_)time/i, ['12:00']],
  [/(^|_)(uuid|guid)/i, ['5f0c1a52-6a1e-4d0b-9d3c-7b1f5a2e8c41']],
]

function texts(column: string, facts: readonly Fact[]): readonly string[] {
  const least = Math.max(0, ...facts.flatMap((fact) => (fact.kind === 'min length' ? [fact.value] : [])))
  const greatest = Math.min(10_000, ...facts.flatMap((fact) => (fact.kind === 'max length' ? [fact.value] : [])))
  const patterns = facts.flatMap((fact) => (fact.kind === 'matches' ? [fact.pattern] : []))
  const plain = ['Trespass $unique', 'trespass-$unique', 'trespass_$unique', 't-$unique', '$unique', 't$unique']
  const short = ['Trespass', 'trespass', 'TRESPASS', 'abc', 'ABC', 'ab', 'AB', 'a', 'A', '1', '12', '123', '1234']
  const named = byName.flatMap(([pattern, values]) => (pattern.test(column) ? values : []))
  // Tried before the general texts, since a pattern is more specific than a name: prefixes of patterns, with a unique end.
  const matching = patterns.flatMap((pattern) => {
    const written = textMatching(pattern)
    if (written === null) return []
    const plain = written.replaceAll('$', '$$$$')
    return [`${plain}$unique`, `${plain}-$unique`, `\${unique}${plain}`, plain]
  })
  const all = [...named, ...plain, ...matching, ...short, 'abcdefghijklmnopqrstuvwxyz'.slice(0, greatest)]
  return all.flatMap((text) => {
    const missing = least - sampled(text, uniqueSamples.short).length
    return missing > 0 ? [`${'x'.repeat(missing)}${text}`, `${'1'.repeat(missing)}${text}`] : [text]
  })
}

function numbers(named: readonly Scalar[], bounds: readonly Scalar[], usual: number): readonly number[] {
  const numeric = (values: readonly Scalar[]) => values.map(Number).filter((value) => Number.isFinite(value))
  const near = numeric(bounds).flatMap((bound) => [bound, bound + 1, bound - 1])
  return [...numeric(named), usual, 10, 0, 100, ...near, -1]
}

function moments(family: 'date' | 'timestamp', named: readonly Scalar[], bounds: readonly Scalar[]): readonly string[] {
  const written = (day: string) => (family === 'date' ? day : `${day}T00:00:00Z`)
  const near = bounds.flatMap((bound) => {
    const time = Date.parse(String(bound))
    return Number.isNaN(time) ? [] : [time, time + 86_400_000, time - 86_400_000]
  })
  const days = near.map((time) => new Date(time).toISOString().slice(0, 10))
  return [...named.map(String), ...['2030-01-01', past, future, ...days].map(written)]
}

function jsons(facts: readonly Fact[]): readonly Json[] {
  const least = Math.max(0, ...facts.flatMap((fact) => (fact.kind === 'min items' ? [fact.value] : [])))
  const items = Array.from({ length: least }, () => 'trespass')
  return least > 0 ? [items] : [{}, [], 'trespass', 1, true]
}

function arrays(element: Resolved | null, wanted: Wanted): readonly Json[] {
  const one = element === null ? undefined : candidates(element, { ...wanted, facts: [] })[0]
  if (one === undefined) return [[]]
  const least = Math.max(0, ...wanted.facts.flatMap((fact) => (fact.kind === 'min items' ? [fact.value] : [])))
  return [...(least === 0 ? [[]] : []), Array.from({ length: Math.max(1, least) }, () => one)]
}

/** `$alice.email` becomes an address such as this one. */
const addressOfUser = /^\$(?:[\p{L}_][\p{L}\p{N}_]*\.email|\{[^{}]+\.email\})$/u
const sampleAddress = 'alice.0a1b2cz@trespass.invalid'

function sampled(text: string, sample: string): string {
  return text.replace(/\$unique|\$\{unique\}/g, sample).replaceAll('$$', '$')
}

/** @returns true when a value satisfies a fact, as far as that is known without a database. */
export function holds(fact: Fact, value: Json): boolean {
  if (typeof value !== 'string') return holdsFor(fact, value, value)
  if (addressOfUser.test(value)) return holdsFor(fact, value, sampleAddress)
  const samples = freshSamples[value]
  if (samples !== undefined) return samples.every((sample) => holdsFor(fact, sample, sample))
  if (!isUnique(value)) return holdsFor(fact, value, value)
  return Object.values(uniqueSamples).every((sample) => holdsFor(fact, value, sampled(value, sample)))
}

function holdsFor(fact: Fact, value: Json, sample: Json): boolean {
  const text = typeof sample === 'string' ? sample : null
  switch (fact.kind) {
    case 'one of':
      return fact.values.some((one) => String(one) === String(value) || (one === 't' && value === true))
    case 'none of':
      return !fact.values.some((one) => String(one) === String(value))
    case 'min':
    case 'max':
      return compares(fact, value)
    case 'min length':
      return text === null || text.length >= fact.value
    case 'max length':
      return text === null || text.length <= fact.value
    case 'min items':
      return !Array.isArray(value) || value.length >= fact.value
    case 'max items':
      return !Array.isArray(value) || value.length <= fact.value
    case 'matches':
    case 'mismatches': {
      const isMatch = text === null ? null : matches(fact, text)
      return isMatch === null || isMatch === (fact.kind === 'matches')
    }
    case 'lower case':
      return text === null || text === text.toLowerCase()
    case 'upper case':
      // The value of `$unique` holds small letters.
      return text === null || text === text.toUpperCase()
    case 'trimmed':
      return text === null || text === text.trim()
    case 'json type':
      return fact.type === jsonType(value)
    default:
      return true
  }
}

function compares(fact: Extract<Fact, { readonly kind: 'min' | 'max' }>, value: Json): boolean {
  const [given, bound] = [measure(value), fact.value === 'now' ? Date.parse('2030-01-01') - 1 : measure(fact.value)]
  // The current time is unknown: a value that lies decades away from it is on one side of it.
  if (fact.value === 'now') {
    return given === null || (fact.kind === 'min' ? given >= Date.parse(future) : given <= Date.parse(past))
  }
  if (given === null || bound === null) return true
  if (given === bound) return !fact.exclusive
  return fact.kind === 'min' ? given > bound : given < bound
}

function measure(value: Json): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return null
  const number = Number(value)
  if (value.trim() !== '' && Number.isFinite(number)) return number
  const time = Date.parse(value)
  return Number.isNaN(time) ? null : time
}

function matches({ pattern, insensitive }: { readonly pattern: string; readonly insensitive: boolean }, text: string) {
  try {
    return new RegExp(asJavaScript(pattern), insensitive ? 'i' : '').test(text)
  } catch {
    return null
  }
}

function jsonType(value: Json): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
