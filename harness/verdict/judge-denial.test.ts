import { describe, expect, it } from 'vitest'
import * as s from '../../test/support/observations.ts'
import {
  authorizingLayers,
  type Case,
  type ControlObservation,
  type Layer,
  layers,
  type Observation,
  type Verdict,
} from '../model/verdict.ts'
import { judge } from './judge.ts'

function judged(given: Partial<Case> & Pick<Case, 'attempt'>) {
  return judge({ expected: s.deny(), credential: 'attacked', control: s.writeWorked, ...given })
}

describe('a refusal', () => {
  it.each(layers)('by %s satisfies a bare deny only when the layer authorizes', (layer) => {
    const attempt = s.saw(s.refusedBy(layer), s.nothing)
    const verdict: Verdict = authorizingLayers.includes(layer) ? 'held' : 'wrong-layer'
    expect(judged({ attempt })).toMatchObject({ verdict, denial: layer })
  })

  it.each(layers)('by %s satisfies the deny that names it, and none that names another', (layer) => {
    const attempt = s.saw(s.refusedBy(layer), s.nothing)
    expect(judged({ expected: s.deny(layer), attempt })).toMatchObject({ verdict: 'held', denial: layer })
    const others = layers.filter((other) => other !== layer)
    expect(judged({ expected: s.deny(...others), attempt })).toMatchObject({ verdict: 'wrong-layer', denial: layer })
  })

  it('by a constraint shows that grants and policies had let the row through', () => {
    const { because } = judged({ attempt: s.saw(s.refusedBy('constraint'), s.nothing) })
    expect(because).toContain('grants and policies had let the row through')
  })

  it('of a sound credential proves nothing', () => {
    const attempt = s.saw(s.refusedBy('unauthenticated'), s.nothing)
    for (const expected of [s.deny(), s.deny('unauthenticated'), s.deny('rls')]) {
      expect(judged({ expected, attempt, credential: 'intact' }).verdict).toBe('inconclusive')
      expect(judged({ expected: s.deny(), attempt }).verdict).toBe('held')
    }
  })
})

describe('the control behind a denial', () => {
  const attempt = s.saw(s.refusedBy('rls'), s.nothing)
  it.each([
    ['wrote', s.writeWorked, 'held'],
    ['was shown the row', s.readWorked, 'held'],
    ['ran without rows to show', s.control(s.done, s.standing), 'held'],
    ['wrote and met an error', s.control(s.unknown, s.happened), 'held'],
    ['is not there', null, 'inconclusive'],
    ['wrote something else', s.control(s.done, s.otherwise), 'inconclusive'],
    ['left no trace', s.control(s.done, s.nothing), 'inconclusive'],
    ['left no trace though rows came back', s.control(s.done, s.nothing, s.full), 'inconclusive'],
    ['saw nothing', s.control(s.done, s.standing, s.empty), 'inconclusive'],
    ['was refused', s.control(s.refusedBy('rls'), s.nothing), 'inconclusive'],
    ['met a policy that recurses', s.control(s.broken, s.nothing), 'inconclusive'],
    ['sent a bad request', s.control(s.unusable, s.nothing), 'inconclusive'],
    ['met a 500', s.control(s.unknown, s.nothing), 'inconclusive'],
    ['missed a fixture', s.control(s.done, s.missing, s.full), 'inconclusive'],
    ['could not be read', s.control(s.done, s.unread), 'inconclusive'],
  ] as const)('that %s: %s', (_, control, verdict) => {
    expect(judged({ attempt, control }).verdict).toBe(verdict)
    // Without a sound control not even the layer is judged.
    const otherLayer = judged({ attempt, control, expected: s.deny('grant') }).verdict
    expect(otherLayer).toBe(verdict === 'held' ? 'wrong-layer' : 'inconclusive')
  })
})

describe('a denial that is none', () => {
  const shown = { ...s.empty, seen: ['own'] }
  it.each([
    ['the write happened', s.saw(s.done, s.happened)],
    ['the write happened behind a refusal', s.saw(s.refusedBy('rls'), s.happened)],
    ['the write happened behind a 500', s.saw(s.unknown, s.happened)],
    ['something else happened', s.saw(s.done, s.otherwise)],
    ['the row was shown', s.saw(s.done, s.standing, shown)],
    ['the row was counted', s.saw(s.done, s.standing, { ...s.empty, seen: null, count: 1 })],
    [
      'the count tells of a row that was not shown',
      s.saw(s.refusedBy('filtered'), s.standing, { ...s.empty, count: 1 }),
    ],
    ['the row came back from a write without effect', s.saw(s.done, s.nothing, shown)],
    ['a row that is no fixture came back from a write', s.saw(s.done, s.nothing, { ...s.empty, others: 1 })],
    ['the row was shown and another is gone', s.saw(s.done, s.missing, shown)],
    ['the row was shown and the witness is away', s.saw(s.done, s.unread, shown)],
    ['a function ran', s.saw(s.done, s.standing)],
    ['a function returned a value', s.saw(s.done, s.standing, { ...s.empty, reach: [], value: false })],
  ])('because %s', (_, attempt) => {
    for (const expected of [s.deny(), s.deny(...layers)]) {
      expect(judged({ attempt, expected })).toMatchObject({ verdict: 'breach', denial: null })
    }
  })

  it.each([
    ['a 500', s.saw(s.unknown, s.nothing)],
    ['a misspelt column', s.saw(s.unusable, s.nothing)],
    ['a policy that recurses, met by a write', s.saw(s.broken, s.nothing)],
    ['a policy that recurses, met by a read', s.saw(s.broken, s.standing)],
    ['a fixture that was gone', s.saw(s.refusedBy('filtered'), s.missing)],
    ['a witness that is away', s.saw(s.refusedBy('rls'), s.unread)],
    ['a HEAD without a count', s.saw(s.done, s.standing, { ...s.empty, seen: null })],
  ])('because the outcome is unknown: %s', (_, attempt) => {
    expect(judged({ attempt, expected: s.deny(...layers) }).verdict).toBe('inconclusive')
  })
})

describe.each(['hidden', 'constraint', 'limit'] as const)('%s, which refuses every caller', (blind) => {
  const attempt = s.saw(s.refusedBy(blind), s.standing)
  const alike = s.control(s.refusedBy(blind), s.standing)
  const verdictOf = (expected: Case['expected'], control: Case['control']) =>
    judged({ attempt, expected, control }).verdict

  it('is held when named, also when the control met it too', () => {
    expect(verdictOf(s.deny(blind), alike)).toBe('held')
    expect(verdictOf(s.deny('grant', blind), alike)).toBe('held')
    expect(verdictOf(s.deny(blind), s.readWorked)).toBe('held')
  })

  it('is not held when not named, without a control, or when the control failed otherwise', () => {
    expect(verdictOf(s.deny(), alike)).toBe('inconclusive')
    expect(verdictOf(s.deny(blind), null)).toBe('inconclusive')
    for (const layer of layers.filter((other: Layer) => other !== blind)) {
      expect(verdictOf(s.deny(blind), s.control(s.refusedBy(layer), s.standing))).toBe('inconclusive')
    }
    expect(verdictOf(s.deny(blind), s.control(s.unknown, s.standing))).toBe('inconclusive')
  })
})

describe('two attempts that are compared', () => {
  const refused = s.refusedBy('rls')
  function compared(differences: string[], more: Partial<Case> = {}, meanings = [refused, refused] as const) {
    const comparison = { differences, meanings }
    return judged({ attempt: s.saw(refused, s.nothing), credential: 'intact', comparison, ...more }).verdict
  }

  it('hold a denial when they look the same and a control worked', () => {
    expect(compared([])).toBe('held')
    expect(compared([], { control: null })).toBe('inconclusive')
    expect(compared([], { control: s.control(refused, s.nothing) })).toBe('inconclusive')
  })

  it('break a denial when they differ, with any control', () => {
    for (const control of [null, s.writeWorked, s.control(refused, s.nothing)]) {
      expect(compared(['status is 409 and 201'], { control })).toBe('breach')
    }
  })

  it('prove nothing when one of them is unknown, unusable or met a broken identity', () => {
    for (const meaning of [s.unknown, s.unusable, s.broken, s.refusedBy('unauthenticated')]) {
      for (const meanings of [
        [meaning, refused],
        [refused, meaning],
      ] as const) {
        expect(compared([], {}, meanings)).toBe('inconclusive')
        expect(compared(['code is 1 and 2'], {}, meanings)).toBe('inconclusive')
      }
    }
    const unauthenticated = s.refusedBy('unauthenticated')
    expect(compared([], { credential: 'attacked' }, [unauthenticated, unauthenticated])).toBe('held')
  })

  it('hold an allowance when they differ', () => {
    expect(compared(['code is 1 and 2'], { expected: s.allow() })).toBe('held')
    expect(compared([], { expected: s.allow() })).toBe('lockout')
    expect(compared([], { expected: { decision: 'define' } })).toBe('undecided')
  })
})

describe('a control that the owner of the object makes', () => {
  const rule = { object: 'trigger keep on public.entries', alike: true }
  const owner = (meaning = s.done, effect = s.happened, more = {}) => ({
    ...s.control(meaning, effect),
    by: 'owner',
    ...more,
  })
  const refused = (layer: Layer) => s.saw(s.refusedBy(layer), s.nothing)
  const judgedBehind = (attempt: Observation, control: ControlObservation, ...accepted: readonly Layer[]) =>
    judge({ expected: s.deny(...accepted), attempt, control, credential: 'intact' })

  it('proves a denial, and the verdict names it', () => {
    const { verdict, because } = judgedBehind(refused('grant'), owner())
    expect(verdict).toBe('held')
    expect(because).toContain('the control is the owner of the object, in a transaction that was rolled back')
  })

  it('proves a denial where a rule that refuses every role refused the actor for the same reason', () => {
    const control = owner(s.refusedBy('application'), s.nothing, { rule })
    const { verdict, because } = judgedBehind(refused('application'), control, 'application')
    expect(verdict).toBe('held')
    expect(because).toContain('without the trigger keep on public.entries its statement works')
  })

  it('proves nothing where the same layer refused the two for other reasons', () => {
    const control = owner(s.refusedBy('application'), s.nothing, { rule: { ...rule, alike: false } })
    expect(judgedBehind(refused('application'), control, 'application').verdict).toBe('inconclusive')
  })

  it('proves a denial where another layer refused the actor', () => {
    const control = owner(s.refusedBy('application'), s.nothing, { rule: { ...rule, alike: false } })
    expect(judgedBehind(refused('filtered'), control).verdict).toBe('held')
  })

  it('proves nothing where the owner is refused and no rule is known', () => {
    expect(judgedBehind(refused('grant'), owner(s.refusedBy('application'), s.nothing)).verdict).toBe('inconclusive')
  })

  it('that could not be made is explained beside the refused secret key', () => {
    const control = { ...s.control(s.refusedBy('grant'), s.nothing), by: 'privileged', ownerless: 'the user may not' }
    const { verdict, because } = judgedBehind(refused('grant'), control)
    expect(verdict).toBe('inconclusive')
    expect(because).toContain('the owner of the object made no control: the user may not')
  })

  it('never hides an effect that happened', () => {
    expect(judgedBehind(s.saw(s.refusedBy('application'), s.happened), owner()).verdict).toBe('breach')
  })
})
