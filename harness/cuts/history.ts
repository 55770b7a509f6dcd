import { z } from 'zod'
import type { Json } from '../json.ts'
import type { HistoryEvent } from '../model/scenario.ts'
import { appliers } from './application.ts'
import { forwardInWords } from './judge-cuts.ts'
import { type CutRecord, type CutShort, cutWays } from './model.ts'

const text = z.string()
const number = z.number()

const access = z.discriminatedUnion('way', [
  z.strictObject({ way: z.literal(['open', 'wide open', 'unproven']) }),
  z.strictObject({ way: z.literal('closed'), proven: z.boolean() }),
])

const cell = z.strictObject({ id: text, actor: text, operation: text, resource: text, access, because: text })

const stateSchema = z.strictObject({ name: text, cells: z.array(cell), missing: z.array(text), durationMs: number })

const cutSchema = z.strictObject({
  done: number,
  way: z.enum(cutWays),
  statement: text.nullable(),
  place: z.literal(['in its middle', 'in its place']),
  said: text.nullable(),
  standing: z.literal(['before', 'after', 'between']),
  remained: z.array(text),
  again: z.strictObject({ how: z.literal(['completes', 'differs', 'refused']), why: text.nullable() }),
  forward: z
    .strictObject({
      from: number.nullable(),
      how: z.literal(['completes', 'differs', 'refused']),
      why: text.nullable(),
    })
    .exactOptional(),
  tried: text,
  durationMs: number,
})

const fileSchema = z.strictObject({
  file: text,
  applier: z.enum(appliers),
  oneTransaction: z.boolean(),
  leftOut: z.array(text),
  statements: z.array(
    z.strictObject({
      number,
      line: number,
      kind: text,
      runs: z.literal(['inside', 'alone', 'control']),
      note: text.nullable(),
      words: text,
    }),
  ),
})

/** The names of the facts in a history. */
const facts = { file: 'the migration', state: 'the matrices', cut: 'what the cut left' } as const

/** Converts an interrupted migration into the history of one round, in the order of the events. */
export function historyOf({ cuts, states, ...rest }: CutShort, round: number): readonly HistoryEvent[] {
  const { file, applier, oneTransaction, leftOut, statements } = rest
  const migration = { file, applier, oneTransaction, leftOut, statements }
  let at = 0
  const fact = (moment: string, name: string, found: unknown): HistoryEvent => {
    // Records are plain data.
    const json = z.json().parse(JSON.parse(JSON.stringify(found)))
    return { kind: 'state', round, at, moment, checks: [{ name, expected: null, found: json, holds: true }] }
  }
  const mark = (what: 'cut' | 'note', words: string): HistoryEvent => {
    return { kind: 'mark', round, at, what, text: words, sessions: [] }
  }
  const took = (milliseconds: number) => {
    at += milliseconds
  }
  const events: HistoryEvent[] = [fact(facts.file, facts.file, migration)]
  const told = new Set<string>()
  const tell = (name: string) => {
    const state = states.find((one) => one.name === name)
    if (state === undefined || told.has(name)) return
    told.add(name)
    took(state.durationMs)
    const when = ['before', 'after'].includes(name) ? `${name} the migration` : `as the cut ${name} left it`
    events.push(mark('note', `${state.cells.length} cells tried ${when}, ${state.missing.length} not there`))
    events.push(fact(name, facts.state, state))
  }
  tell('before')
  tell('after')
  for (const cut of cuts) {
    took(cut.durationMs)
    events.push(
      mark('cut', cutInWords(cut, statements.length)),
      fact(`cut after ${cut.done} by ${cut.way}`, facts.cut, cut),
    )
    tell(cut.tried)
  }
  return events
}

function cutInWords({ done, way, standing, remained, again, forward }: CutRecord, of: number): string {
  const left = { before: 'nothing remained', after: 'all of it remained', between: remained.join('; ') }[standing]
  return `after ${done} of ${of} statements, ${way}: ${left}; run again, it ${again.how === 'completes' ? 'completes' : `does not complete: ${again.why}`}${forward === undefined ? '' : `; ${forwardInWords(forward)}`}`
}

/** @returns the interrupted migration that a history records. */
export function cutShortOf(events: readonly HistoryEvent[]): CutShort {
  const found = (name: string): readonly Json[] =>
    events.flatMap((event) =>
      event.kind === 'state' ? event.checks.filter((check) => check.name === name).map((check) => check.found) : [],
    )
  const [file] = found(facts.file)
  return {
    ...fileSchema.parse(file),
    states: z.array(stateSchema).parse(found(facts.state)),
    cuts: z.array(cutSchema).parse(found(facts.cut)),
  }
}
