import { describe, expect, it } from 'vitest'
import * as s from '../../test/support/observations.ts'
import { type Case, type Expectation, layers, type Observation, type Reading, verdicts } from '../model/verdict.ts'
import { judge } from './judge.ts'

/** Every case that small sets of parts can make, held against what has to be true of all of them. */
const meanings = [s.done, s.unknown, s.unusable, s.broken, ...layers.map(s.refusedBy)]
const effects = [s.standing, s.missing, s.happened, s.nothing, s.otherwise, s.unread]
const readings: readonly (Reading | undefined)[] = [
  undefined,
  s.empty,
  s.full,
  { ...s.empty, reach: [] },
  { ...s.empty, others: 2 },
  { ...s.empty, reach: [], others: 1 },
  { ...s.empty, seen: null, count: 0 },
  { ...s.empty, seen: null, count: 1 },
  { ...s.empty, seen: null },
  { ...s.empty, reach: [], value: true },
  { ...s.empty, others: 2, strangers: 2 },
  { ...s.empty, others: 2, strangers: 0 },
  { ...s.empty, cut: true },
  { ...s.empty, alike: ['own'] },
]
const observations: readonly Observation[] = meanings.flatMap((meaning) =>
  effects.flatMap((effect) => readings.map((reading) => s.saw(meaning, effect, reading))),
)
const expectations: readonly Expectation[] = [
  s.allow(),
  s.allow({ exactly: [] }),
  s.allow({ exactly: ['own'] }),
  s.allow({ columns: ['id'] }),
  s.allow({ returns: 1 }),
  s.deny(),
  ...layers.map((layer) => s.deny(layer)),
  s.deny(...layers),
  { decision: 'define' },
  { decision: 'missing' },
]
/** Sound ones first. */
const sound = [s.writeWorked, s.readWorked, s.control(s.done, s.standing)]
const unsound = [
  null,
  s.control(s.done, s.nothing),
  s.control(s.done, s.otherwise),
  s.control(s.done, s.unread),
  s.control(s.done, s.missing, s.full),
  s.control(s.done, s.standing, s.empty),
  ...layers.map((layer) => s.control(s.refusedBy(layer), s.nothing)),
  s.control(s.unknown, s.nothing),
  s.control(s.unusable, s.standing),
  s.control(s.broken, s.nothing),
  s.control(s.broken, s.standing),
]
const cases = function* (): Generator<Case & { readonly attempt: Observation }> {
  for (const expected of expectations)
    for (const attempt of observations)
      for (const control of [...sound, ...unsound])
        for (const credential of ['intact', 'attacked'] as const) yield { expected, attempt, control, credential }
}

function didHappen(attempt: Observation): boolean {
  const { effect, reading } = attempt
  const written = effect.kind === 'nothing' && (reading?.others ?? 0) > 0
  const others = (reading?.strangers ?? 0) > 0
  return effect.kind === 'happened' || effect.kind === 'otherwise' || wasShown(attempt) || written || others
}

function wasShown({ reading }: Observation): boolean {
  return (reading?.seen?.length ?? 0) > 0 || (reading?.count ?? 0) > 0
}

function isHalf({ reading }: Observation): boolean {
  return reading?.cut === true || reading?.alike !== undefined
}

function hasTitle({ reading }: Observation): boolean {
  return reading?.columns.includes('title') ?? false
}

describe('any combination of observations', () => {
  it('keeps the rules', () => {
    const counted = new Map<string, number>()
    const broken: string[] = []
    for (const given of cases()) {
      const { verdict, denial, because } = judge(given)
      counted.set(verdict, (counted.get(verdict) ?? 0) + 1)
      const rule = (name: string, kept: boolean) => {
        if (!kept && broken.length < 20) broken.push(`${name}: ${verdict} (${because}) for ${JSON.stringify(given)}`)
      }
      const { expected, attempt, control, credential } = given
      const open = ['unknown', 'unusable', 'broken'].includes(attempt.meaning.kind)
      const noProof = unsound.includes(control)
      const met = control?.meaning.kind === 'denied' ? control.meaning.layer : null
      const alike = met === denial && ['hidden', 'constraint', 'limit'].includes(met ?? '')
      rule('a reason', because !== '' && verdicts.includes(verdict))
      rule('never an error', verdict !== 'error')
      if (expected.decision === 'define' || expected.decision === 'missing') {
        rule('undecided regardless of the rest', verdict === 'undecided')
      } else if (expected.decision === 'deny') {
        rule('what happened is a breach', !didHappen(attempt) || verdict === 'breach')
        rule('a layer behind what is held', verdict !== 'held' || (denial !== null && expected.layers.includes(denial)))
        rule('no proof without a control', verdict !== 'held' || !noProof || alike)
        rule('no proof from the unknown', verdict !== 'held' || !open)
        rule('an effect that was read', verdict !== 'held' || ['nothing', 'standing'].includes(attempt.effect.kind))
        rule('a layer is judged behind a control', verdict !== 'wrong-layer' || !noProof)
        rule('no lockout', verdict !== 'lockout')
        rule('no proof from half an answer', verdict !== 'held' || !isHalf(attempt))
      } else {
        rule('nothing happened', verdict !== 'held' || attempt.effect.kind !== 'nothing')
        rule(
          'a defect of the project is not left open',
          attempt.meaning.kind !== 'broken' ||
            ['unread', 'missing'].includes(attempt.effect.kind) ||
            isHalf(attempt) ||
            verdict !== 'inconclusive',
        )
        rule('never the wrong layer', verdict !== 'wrong-layer')
        rule('a row too many is a breach', expected.exactly?.length !== 0 || !wasShown(attempt) || verdict === 'breach')
        rule('so is a column', expected.columns === undefined || !hasTitle(attempt) || verdict === 'breach')
        rule(
          'an empty answer needs a control',
          verdict !== 'held' || attempt.effect.kind !== 'standing' || !noProof || attempt.meaning.kind === 'done',
        )
      }
      rule(
        'a sound identity that is refused proves nothing',
        !(denial === 'unauthenticated' && credential === 'intact') || verdict === 'inconclusive',
      )
    }
    expect(broken).toEqual([])
    expect([...counted.keys()].sort()).toEqual(verdicts.filter((name) => name !== 'error').toSorted())
  })
})
