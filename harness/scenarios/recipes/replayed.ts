import { z } from 'zod'
import { denyForm } from '../../matrix/matrix-schema.ts'
import type { KeyPath } from '../../model/matrix.ts'
import { layersIn } from '../expected-denial.ts'
import { sendTogether } from '../interleave.ts'
import { moments } from '../judges/deliveries.ts'
import { judgeDifferentEvent } from '../judges/different-event.ts'
import { judgeEffectOnce } from '../judges/effect-once.ts'
import { judgeReplayAnswers, type ReplayAnswer } from '../judges/replay-answers.ts'
import type { Names } from '../names.ts'
import { type Participant, participantsOf } from '../participant.ts'
import { defineRecipe } from '../recipe.ts'
import { checkExpected, stateExpected } from '../state.ts'

const deliveries = z.record(z.string(), z.array(z.string().min(1)).min(1))

const schema = z.strictObject({
  deliver: z.strictObject({
    together: deliveries.describe('by operation: the actors who deliver the event at once, a session for each'),
    again: deliveries
      .optional()
      .describe('the same event later, as it was or with an altered body: one delivery after the other'),
    different: deliveries.describe('another event, last of all: it has an effect of its own'),
  }),
  gate: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .optional()
    .describe('the fixture whose row is locked until all of those at once wait for it'),
  expect: z.strictObject({
    answers: z
      .record(z.string(), z.union([z.literal('accepted'), z.string().regex(denyForm)]))
      .optional()
      .describe('by operation, how a delivery is answered that comes too late: accepted, or deny(constraint)'),
    effect: stateExpected.describe('what is true after the first delivery, and still after every other'),
    different: stateExpected.describe('what is true after the different event'),
  }),
})

type Body = z.output<typeof schema>

/** The recipe's own keys, as its schema takes them. */
export type ReplayedKeys = z.input<typeof schema>
type Deliveries = z.output<typeof deliveries>

/** One event is delivered again and again, and counts once. */
export const replayed = defineRecipe({
  name: 'replayed',
  summary:
    'one event is delivered several times at once and again later; it counts once, and a different one counts too',
  schema,
  rounds: 5,
  roundMs: 400,
  overlap: ({ gate }) => (gate === undefined ? 2 : 3),
  check,
  participants,
  async round({ deliver, gate, expect }, round) {
    const rows = typeof gate === 'string' ? [gate] : (gate ?? null)
    await round.witness.state(moments.before, expect.effect)
    await sendTogether(round, round.turned(actsOf(deliver.together)), rows)
    await round.witness.state(moments.together, expect.effect)
    for (const act of actsOf(deliver.again)) {
      await round.perform(act)
      await round.witness.state(moments.again, expect.effect)
    }
    for (const act of actsOf(deliver.different)) await round.perform(act)
    await round.witness.state(moments.different, expect.different)
  },
  judge: ({ expect }, events, round) => [
    ...judgeEffectOnce(events, round),
    ...judgeReplayAnswers(answersOf(expect.answers ?? {}), events, round),
    ...judgeDifferentEvent(events, round),
  ],
})

/** Sessions are numbered in each step: a session of the concurrent step delivers again in a later one. */
function actsOf(step: Deliveries = {}) {
  const wanted = Object.entries(step).flatMap(([operation, actors]) => actors.map((actor) => ({ operation, actor })))
  const by = participantsOf(wanted.map(({ actor }) => actor))
  return wanted.flatMap(({ operation }, index) => {
    const one = by[index]
    return one === undefined ? [] : [{ by: one, operation }]
  })
}

function participants({ deliver }: Body): readonly Participant[] {
  const { together, again, different } = deliver
  const all = [together, again, different].flatMap((step) => actsOf(step).map(({ by }) => by))
  return [...new Map(all.map((by) => [by.session, by])).values()]
}

function answersOf(answers: Readonly<Record<string, string>>): ReadonlyMap<string, ReplayAnswer> {
  return new Map(
    Object.entries(answers).map(([name, answer]) => [name, answer === 'accepted' ? answer : layersIn(answer)] as const),
  )
}

function check({ deliver, gate = [], expect }: Body, names: Names): void {
  for (const [step, byOperation] of Object.entries(deliver)) {
    for (const [operation, actors] of Object.entries(byOperation ?? {})) {
      names.operation(operation, ['deliver', step, operation])
      for (const [index, actor] of actors.entries()) names.actor(actor, ['deliver', step, operation, index], operation)
    }
  }
  const { together, again = {}, different } = deliver
  if (actsOf(together).length < 2) {
    names.refuse(['deliver', 'together'], 'no-contest', 'one delivery', 'at least two, which come at once')
  }
  const replays = Object.keys({ ...together, ...again })
  for (const name of Object.keys(different).filter((one) => replays.includes(one))) {
    const found = `"${name}", which is the replayed event`
    names.refuse(['deliver', 'different', name], 'same-event', found, 'an operation with another event')
  }
  if (actsOf(different).length === 0) {
    names.refuse(['deliver', 'different'], 'no-control', 'no delivery', 'a different event, which has an effect')
  }
  for (const name of Object.keys(expect.answers ?? {}).filter((one) => !replays.includes(one))) {
    const expected = 'an operation under `together` or `again`'
    names.refuse(['expect', 'answers', name], 'not-delivered', `"${name}", which is not delivered`, expected)
  }
  for (const name of typeof gate === 'string' ? [gate] : gate) names.row(name, ['gate'])
  checkState(expect.effect, ['expect', 'effect'], names)
  checkState(expect.different, ['expect', 'different'], names)
}

function checkState(expected: Body['expect']['effect'], path: KeyPath, names: Names): void {
  if (Object.keys(expected).length === 0)
    names.refuse(path, 'no-state', 'nothing', 'a fixture or rows, and what is true of them')
  checkExpected(expected, path, names)
}
