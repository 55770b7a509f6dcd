import { z } from 'zod'
import type { Json, JsonObject } from '../json.ts'
import { actorKinds } from './matrix.ts'
import { type HistoryEvent, overlapLevels, type ScenarioRecord } from './scenario.ts'
import { layers, verdicts } from './verdict.ts'

/** A value that was parsed from JSON is JSON, so it is not checked once more. */
const json = z.custom<Json>((value) => value !== undefined)
const object = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
const text = z.string()
const texts = z.array(text)
const number = z.number()
const verdict = z.enum(verdicts)
const level = z.union(overlapLevels.map((each) => z.literal(each)))

/** A line of `scenarios.jsonl`. */
export const scenarioSchema: z.ZodType<ScenarioRecord> = z.strictObject({
  id: text,
  recipe: text,
  verdict,
  because: text,
  notRun: text.exactOptional(),
  paths: texts,
  sessions: z.array(z.strictObject({ name: text, actor: text, actorKind: z.enum(actorKinds) })),
  declared: object,
  rounds: number,
  overlap: z.strictObject({
    asked: level,
    reached: level,
    rounds: z.array(z.strictObject({ round: number, level, skewMs: number.nullable() })),
  }),
  findings: z.array(z.strictObject({ judge: text, round: number.nullable(), verdict, because: text })),
  measured: z.record(text, number).exactOptional(),
  telling: number.nullable(),
  again: text,
  invariants: texts,
  at: z.strictObject({ file: text, line: number, column: number }),
  startedAt: text,
  durationMs: number,
  // A history lies in its own folder and nowhere else.
  history: z
    .string()
    .regex(/^[^/\\]+\.jsonl$/)
    .nullable(),
})

const marks = [
  'gate closed',
  'waiting',
  'met',
  'gate opened',
  'released',
  'cut',
  'happened',
  'snapshot',
  'note',
] as const

/** A line of a history. */
export const historySchema: z.ZodType<HistoryEvent> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('operation'),
    round: number,
    session: text,
    actor: text,
    path: text,
    operation: text,
    request: text,
    body: json,
    invokedAt: number,
    returnedAt: number,
    fate: z.enum(['ok', 'failed', 'unknown']),
    denial: z.enum(layers).nullable(),
    face: text.nullable(),
    why: text.nullable(),
    status: number,
    code: text.nullable(),
    message: text.nullable(),
    rows: z.array(object).nullable(),
    value: json,
    seen: texts.exactOptional(),
    changed: number.nullable().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('mark'), round: number, at: number, what: z.enum(marks), text, sessions: texts }),
  z.strictObject({
    kind: z.literal('state'),
    round: number,
    at: number,
    moment: text,
    checks: z.array(z.strictObject({ name: text, expected: json, found: json, holds: z.boolean() })),
  }),
])
