import { describe, expect, it } from 'vitest'
import * as s from '../../test/support/observations.ts'
import type { Case, Expectation, Observation, Reading, Sighting } from '../model/verdict.ts'
import { judge } from './judge.ts'

const list: Reading = { reach: ['theirs'], seen: [], columns: ['id'], others: 0, strangers: 0 }
const place: Sighting = { fixture: 'theirs', column: 'title', at: 'value.items[0].t' }

function judged(expected: Expectation, attempt: Observation, more: Partial<Case> = {}) {
  return judge({ expected, credential: 'intact', control: s.readWorked, attempt, ...more })
}

function read(reading: Partial<Reading>, sightings?: readonly Sighting[]): Observation {
  const observed = s.saw(s.done, s.standing, { ...list, ...reading })
  return sightings === undefined ? observed : { ...observed, sightings }
}

describe('a value of a fixture in an answer', () => {
  it.each([s.done, s.unknown, s.unusable, s.refusedBy('application'), s.refusedBy('rls')])(
    'is a breach of a denial for every response of the service (%j)',
    (meaning) => {
      const { verdict, because } = judged(s.deny(), { meaning, effect: s.standing, sightings: [place] })
      expect(verdict).toBe('breach')
      expect(because).toContain('theirs.title in value.items[0].t')
    },
  )

  it('is a breach of `exactly` unless that names the fixture', () => {
    const shown = read({ reach: ['own', 'theirs'], seen: ['own'] }, [place])
    expect(judged(s.allow({ exactly: ['own'] }), shown).verdict).toBe('breach')
    const both = read({ reach: ['own', 'theirs'], seen: ['own', 'theirs'] }, [place])
    expect(judged(s.allow({ exactly: ['own', 'theirs'] }), both).verdict).toBe('held')
  })

  it('that may be there by chance leaves a denial unproven', () => {
    const { verdict, because } = judged(s.deny(), read({}, [{ ...place, weak: true }]))
    expect(verdict).toBe('inconclusive')
    expect(because).toContain('$unique')
  })
})

describe('rows of others', () => {
  const shown = read({ others: 20, strangers: 19, ofRun: ['own of bob'] })

  it('are a breach of a denial and of `exactly`', () => {
    const { verdict, because } = judged(s.deny(), shown)
    expect(verdict).toBe('breach')
    expect(because).toContain('19 rows of others, among them own of bob')
    expect(judged(s.allow({ exactly: [] }), shown).verdict).toBe('breach')
  })

  it('are no finding where the operation declares that they come along', () => {
    expect(judged(s.deny(), shown, { others: 'allow' }).verdict).toBe('held')
    expect(judged(s.allow({ exactly: [] }), shown, { others: 'allow' }).verdict).toBe('held')
  })

  it('that are the own ones are no breach of a denial', () => {
    expect(judged(s.deny(), read({ others: 3 })).verdict).toBe('held')
    expect(judged(s.allow({ exactly: [] }), read({ others: 3 })).verdict).toBe('breach')
  })

  it('are judged as before in an older report, which does not name their owners', () => {
    const before: Observation = s.saw(s.done, s.standing, { reach: ['own'], seen: ['own'], columns: [], others: 4 })
    expect(judged(s.allow({ exactly: ['own'] }), before).verdict).toBe('held')
  })
})

describe('fixtures beyond the requested ones', () => {
  it('are a breach of `exactly`, or the rows that it expects', () => {
    const came = read({ reach: ['own'], seen: ['own'], along: ['project'] })
    expect(judged(s.allow({ exactly: ['own'] }), came).verdict).toBe('breach')
    expect(judged(s.allow({ exactly: ['own', 'project'] }), came).verdict).toBe('held')
    expect(judged(s.allow(), came).verdict).toBe('held')
  })

  it('are a breach of a denial only as copies of the denied fixtures', () => {
    expect(judged(s.deny(), read({ along: ['own'] })).verdict).toBe('held')
    expect(judged(s.deny(), read({ along: ['theirs'] })).verdict).toBe('breach')
  })
})

describe('an answer that proves no absence', () => {
  it.each<[string, Partial<Reading>]>([
    ['was cut off', { cut: true }],
    ['holds rows that look alike', { alike: ['theirs'] }],
    ['holds rows that may be rows of others', { unexplained: 20 }],
  ])('because it %s is inconclusive, for a denial and for an allowance', (_, doubtful) => {
    expect(judged(s.deny(), read(doubtful)).verdict).toBe('inconclusive')
    expect(judged(s.allow(), read(doubtful)).verdict).toBe('inconclusive')
    expect(judged(s.allow({ exactly: [] }), read(doubtful)).verdict).toBe('inconclusive')
    const some = read({ ...doubtful, reach: ['own', 'theirs'], seen: ['own'] })
    expect(judged(s.allow(), some).verdict).toBe('inconclusive')
    expect(judged(s.allow({ exactly: ['own'] }), some).verdict).toBe('inconclusive')
  })

  it('proves the rows that it shows', () => {
    expect(judged(s.deny(), read({ cut: true, seen: ['theirs'] })).verdict).toBe('breach')
    expect(judged(s.allow(), read({ cut: true, seen: ['theirs'] })).verdict).toBe('held')
  })
})
