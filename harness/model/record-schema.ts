import { z } from 'zod'
import type { Json } from '../json.ts'
import { actorKinds } from './matrix.ts'
import type { CellRecord, RunRecord } from './record.ts'
import { layers, verdicts } from './verdict.ts'

/** A value that was parsed from JSON is JSON, so it is not checked once more. */
const json = z.custom<Json>((value) => value !== undefined)
const text = z.string()
const texts = z.array(text)
const number = z.number()
const layer = z.enum(layers)
const verdict = z.enum(verdicts)

const meaning = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done') }),
  z.strictObject({ kind: z.literal('denied'), layer }),
  z.strictObject({ kind: z.literal('unusable'), why: text }),
  z.strictObject({ kind: z.literal('broken'), why: text }),
  z.strictObject({ kind: z.literal('unknown'), why: text }),
])

const reading = z.strictObject({
  reach: texts,
  world: texts.exactOptional(),
  seen: texts.nullable(),
  columns: texts,
  count: number.exactOptional(),
  others: number,
  strangers: number.exactOptional(),
  unexplained: number.exactOptional(),
  ofRun: texts.exactOptional(),
  along: texts.exactOptional(),
  alike: texts.exactOptional(),
  cut: z.literal(true).exactOptional(),
  value: json.exactOptional(),
  lasted: z.strictObject({ seconds: number, ended: z.boolean() }).exactOptional(),
})

const sighting = z.strictObject({ fixture: text, column: text, at: text, weak: z.literal(true).exactOptional() })

const effect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('standing') }),
  z.strictObject({ kind: z.literal('missing'), what: text }),
  z.strictObject({ kind: z.literal('happened'), what: text }),
  z.strictObject({ kind: z.literal('nothing') }),
  z.strictObject({ kind: z.literal('otherwise'), what: text }),
  z.strictObject({ kind: z.literal('unread'), why: text }),
])

const changes = z.strictObject({
  look: z.enum(['transaction', 'fixtures']),
  rows: z.array(
    z.strictObject({
      table: text,
      partition: text.exactOptional(),
      action: z.enum(['insert', 'update', 'delete', 'truncate']),
      fixture: text.exactOptional(),
      key: z.record(text, text).exactOptional(),
      columns: texts.exactOptional(),
      permitted: text.exactOptional(),
    }),
  ),
  more: number.exactOptional(),
  unread: text.exactOptional(),
})

const expectation = z.discriminatedUnion('decision', [
  z.strictObject({
    decision: z.literal('allow'),
    exactly: texts.exactOptional(),
    columns: texts.exactOptional(),
    returns: json.exactOptional(),
    endsWithin: number.exactOptional(),
  }),
  z.strictObject({ decision: z.literal('deny'), layers: z.array(layer) }),
  z.strictObject({ decision: z.literal('define') }),
  z.strictObject({ decision: z.literal('missing') }),
])

const observed = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('access'), what: text }),
  z.strictObject({ kind: z.literal('refused'), layer: layer.nullable() }),
  z.strictObject({ kind: z.literal('unknown'), why: text }),
])

const outcome = z.strictObject({
  as: text.exactOptional(),
  method: text,
  request: text,
  prefer: text.nullable(),
  headers: z.array(text).exactOptional(),
  body: json,
  status: number,
  code: text.nullable(),
  message: text.nullable(),
  face: text.nullable(),
  meaning,
  reading: reading.nullable(),
  sightings: z.array(sighting).exactOptional(),
  further: z.array(z.strictObject({ request: text, status: number, rows: number.nullable() })).exactOptional(),
  waits: number.exactOptional(),
})

/** A line of `schema.jsonl`. */
export const schemaFact = z.tuple([text, text, text])

export const cellSchema = z.strictObject({
  id: text,
  matrix: text,
  actor: text,
  actorKind: z.enum(actorKinds),
  credential: z.enum(['intact', 'attacked']),
  path: text,
  operation: text,
  resource: text,
  expected: expectation,
  verdict,
  denial: layer.nullable(),
  because: text,
  observed: observed.exactOptional(),
  cause: text.exactOptional(),
  likely: texts.exactOptional(),
  notRun: text.exactOptional(),
  others: z.literal('allow').exactOptional(),
  outcome: outcome.nullable(),
  effect: effect.nullable(),
  changes: changes.exactOptional(),
  control: z
    .strictObject({
      by: text,
      outcome,
      effect,
      changes: changes.exactOptional(),
      rule: z.strictObject({ object: text, alike: z.boolean() }).exactOptional(),
      ownerless: text.exactOptional(),
    })
    .nullable(),
  comparison: z.strictObject({ differences: texts, meanings: z.tuple([meaning, meaning]) }).nullable(),
  invariants: texts,
  at: z.strictObject({ file: text, line: number, column: number }),
  startedAt: text,
  durationMs: number,
})

export const runSchema = z.strictObject({
  schema: z.literal('trespass/run@1'),
  run: text,
  startedAt: text,
  finishedAt: text,
  complete: z.boolean(),
  target: z.strictObject({
    alias: text,
    kind: z.enum(['sandbox', 'local', 'hosted']),
    project: text.exactOptional(),
    versions: z.record(text, text),
  }),
  git: z.strictObject({ revision: text, dirty: z.boolean() }).nullable(),
  tool: z.strictObject({ name: z.literal('trespass'), version: text, node: text }),
  shard: text.nullable(),
  chosen: texts.exactOptional(),
  holes: texts,
  oldDefaultGrants: z.literal(true).exactOptional(),
  workspace: text.exactOptional(),
  layout: z
    .strictObject({ actors: texts, matrices: z.array(z.strictObject({ matrix: text, operations: texts })) })
    .exactOptional(),
  limits: texts,
  notRun: z.array(z.strictObject({ why: text, cells: number })),
  files: z.array(z.strictObject({ file: text, sha256: text, attempts: text.exactOptional() })),
  schemaFingerprint: text.nullable(),
  totals: z.record(verdict, number),
  scenarios: z.record(verdict, number),
  invariants: z.array(z.strictObject({ id: text, matrix: text, sentence: text, cells: texts, verdict })),
  cleanup: z.strictObject({
    made: number,
    swept: number,
    kept: number.exactOptional(),
    expiring: number.exactOptional(),
    left: texts,
    stays: texts.exactOptional(),
  }),
  coverage: z
    .strictObject({
      objects: number,
      untried: number,
      units: number,
      tried: number,
      required: texts,
      missing: number,
    })
    .exactOptional(),
})

type Fits<A extends B, B> = A
type Frozen<T> = Json extends T ? T : { readonly [K in keyof T]: Frozen<T[K]> }
/** Optional members are made required: a member that only one side has would otherwise fit unseen. */
type Full<T> = Json extends T ? T : { readonly [K in keyof T]-?: Full<T[K]> }
type Cell = z.infer<typeof cellSchema>
type Run = z.infer<typeof runSchema>

/**
 * Fails to compile when a schema and the type that it reads drift apart, in either direction.
 *
 * @public for the compiler, which reports a type that nothing uses
 */
export type SchemasAgree = [
  Fits<Cell, CellRecord>,
  Fits<CellRecord, Frozen<Cell>>,
  Fits<Full<CellRecord>, Full<Cell>>,
  Fits<Full<Cell>, Full<CellRecord>>,
  Fits<Run, RunRecord>,
  Fits<RunRecord, Frozen<Run>>,
  Fits<Full<RunRecord>, Full<Run>>,
  Fits<Full<Run>, Full<RunRecord>>,
]
