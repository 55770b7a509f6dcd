import { z } from 'zod'
import { denyForm } from '../../matrix/matrix-schema.ts'
import { layersIn } from '../expected-denial.ts'
import { operationsIn } from '../history-text.ts'
import { sendTogether } from '../interleave.ts'
import { effectIn, judgeState } from '../judges/state.ts'
import { isSettled, isUnknownWrite, judgeRace, losingLayers, type Race } from '../judges/winners.ts'
import type { Names } from '../names.ts'
import { participantsOf } from '../participant.ts'
import { defineRecipe } from '../recipe.ts'
import { checkExpected, stateExpected } from '../state.ts'

const winners = z.union([
  z.int().min(1),
  z.strictObject({ at_least: z.int().min(1).optional(), at_most: z.int().min(1) }),
])

const schema = z.strictObject({
  contest: z
    .record(z.string(), z.array(z.string().min(1)).min(1))
    .describe('by operation: the actors who do it at once, a session for each'),
  gate: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .optional()
    .describe('the fixture whose row is locked until all of them wait for it'),
  expect: z.strictObject({
    winners: winners.describe('how many get what they want'),
    losers: z.string().regex(denyForm).optional().describe('how the others are refused: deny(application, filtered)'),
    final: stateExpected.optional().describe('what is true afterwards'),
  }),
})

type Body = z.output<typeof schema>

/** The points of the recipe at which the state is read. */
const before = 'before'
const afterwards = 'afterwards'

/** The recipe's own keys, as its schema takes them. */
export type ContendedKeys = z.input<typeof schema>

/** Several sessions race for something that only some of them may get. */
export const contended = defineRecipe({
  name: 'contended',
  summary: 'several sessions begin the same transition or claim at once; only as many win as may',
  schema,
  rounds: 5,
  roundMs: 300,
  overlap: ({ gate }) => (gate === undefined ? 2 : 3),
  check,
  participants: (body) => entriesOf(body).map(({ by }) => by),
  async round(body, round) {
    const final = body.expect.final ?? {}
    if (Object.keys(final).length > 0) await round.witness.state(before, final)
    await sendTogether(round, round.turned(entriesOf(body)), gateOf(body))
    await round.witness.state(afterwards, final)
  },
  judge(body, events, round) {
    const contest = raceOf(body)
    const operations = operationsIn(events)
    const effect = effectIn(events, before, afterwards)
    // Empty answers leave open which operation changed the state. If the state did change, one of them did.
    const isAnothers =
      effect === 'wrong' && operations.some(isUnknownWrite) && operations.every(({ fate }) => fate !== 'unknown')
    return [
      ...judgeRace(contest, operations, round, effect === 'there'),
      ...judgeState(events, afterwards, round, isSettled(contest, operations) || isAnothers),
    ]
  },
})

function check(body: Body, names: Names): void {
  for (const [operation, actors] of Object.entries(body.contest)) {
    names.operation(operation, ['contest', operation])
    for (const [index, actor] of actors.entries()) names.actor(actor, ['contest', operation, index], operation)
  }
  const count = entriesOf(body).length
  if (count < 2) names.refuse(['contest'], 'no-contest', 'one session', 'at least two, which contend')
  for (const name of gateOf(body) ?? []) names.row(name, ['gate'])
  checkExpected(body.expect.final ?? {}, ['expect', 'final'], names)
}

/** Sessions are numbered over all operations: an actor may perform two operations at once. */
function entriesOf({ contest }: Body) {
  const wanted = Object.entries(contest).flatMap(([operation, actors]) => actors.map((actor) => ({ operation, actor })))
  const participants = participantsOf(wanted.map(({ actor }) => actor))
  return wanted.flatMap(({ operation }, index) => {
    const by = participants[index]
    return by === undefined ? [] : [{ by, operation }]
  })
}

function gateOf({ gate }: Body): readonly string[] | null {
  if (gate === undefined) return null
  return typeof gate === 'string' ? [gate] : gate
}

function raceOf({ expect }: Body): Race {
  const most = typeof expect.winners === 'number' ? expect.winners : expect.winners.at_most
  const least = typeof expect.winners === 'number' ? expect.winners : (expect.winners.at_least ?? 1)
  return { winners: { least, most }, losers: expect.losers === undefined ? losingLayers : layersIn(expect.losers) }
}
