import { describe, expect, test } from 'vitest'
import { done, mark, refused, unanswered } from '../../../test/support/example-history.ts'
import type { HistoryEvent, OperationEvent } from '../../model/scenario.ts'
import { gotAccess, judgeAccess, lastedIn, type Revocation } from './access.ts'

const read = { operation: 'read' }
const revocation: Revocation = {
  member: 'eve',
  anew: 'eve anew',
  control: 'ann',
  within: new Map([['read', 0]]),
}
const slow: Revocation = { ...revocation, within: new Map([['read', 2000]]) }
const revokedAt = { ...mark(1000, 'happened'), text: 'membership is removed' }

/** A round in which access ends at once; the control keeps it. */
const before = [done('eve', 100, read), done('ann', 100, read)]
const kept = [done('ann', 1100, read), done('ann', 3000, read)]
const ended = [...before, revokedAt, refused('eve', 1100, read), refused('eve', 1300, read), ...kept]

const verdictsOf = (events: readonly HistoryEvent[], given = revocation) =>
  judgeAccess(given, events, 1).map(({ judge, verdict }) => `${judge}: ${verdict}`)

const held = ['access ended within: held', 'refusal is final: held', 'the control kept access: held']

describe('an operation gave access', () => {
  test.each([
    ['who sees what was asked for', { rows: [{ id: 1 }], seen: ['project'] }, true],
    ['nobody who sees something else', { rows: [{ id: 2 }], seen: [] }, false],
    ['nobody who sees nothing', { rows: [] }, false],
    ['who asked for nothing to see', {}, true],
    ['whose write changed a row', { changed: 1 }, true],
    ['nobody whose write changed no row', { changed: 0 }, false],
    ['nobody whose write is not known to have changed a row', { changed: null }, false],
  ] satisfies [string, Partial<OperationEvent>, boolean][])('%s', (_, changes, expected) => {
    expect(gotAccess(done('eve', 1, changes))).toBe(expected)
  })
})

describe('access that ended', () => {
  test('at once is held', () => {
    expect(verdictsOf(ended)).toEqual(held)
    expect(lastedIn(revocation, ended)).toEqual({ read: 0 })
  })

  test('counts no operation that was under way at the revocation', () => {
    expect(verdictsOf([done('eve', 990, read), ...ended])).toEqual(held)
  })

  test('within the stated time is held, and its length measured', () => {
    const events = [...ended, done('eve', 1050, read)]
    expect(verdictsOf(events, slow)).toEqual(held)
    expect(lastedIn(slow, events)).toEqual({ read: 0.1 })
  })

  test('too late is a breach with its time and the source of the access', () => {
    const late = [done('eve', 1100, read), done('eve', 1900, read)]
    const [found] = judgeAccess(revocation, [...before, revokedAt, ...late, ...kept], 1)
    expect(found?.verdict).toBe('breach')
    expect(found?.because).toMatch(
      /^At 1\.000 s membership is removed, and access by "read" has to end at once\. eve began "read" at 1\.100 s/,
    )
    expect(found?.because).toContain('It did not end while it was watched, for 0.9 s.')
    const because = (anew: OperationEvent) =>
      judgeAccess(revocation, [...before, revokedAt, ...late, ...kept, anew], 1)[0]?.because
    expect(because(refused('eve anew', 3100, read))).toContain('afterwards it is refused')
    expect(because(done('eve anew', 3100, read))).toContain('afterwards it works as well')
  })

  test('is inconclusive where an outcome is unknown, and where no operation was tried', () => {
    const doubt = ['access ended within: inconclusive', ...held.slice(1)]
    expect(verdictsOf([...ended, unanswered('eve', 1500, read)])).toEqual(doubt)
    expect(verdictsOf([...before, revokedAt, ...kept])).toEqual(doubt)
    expect(verdictsOf([...before, revokedAt, done('eve', 1100, read), ...kept], slow)).toEqual(doubt)
  })

  test('proves nothing where it was never there', () => {
    expect(verdictsOf([refused('eve', 100, read), done('ann', 100, read)])).toEqual([
      'access ended within: inconclusive',
    ])
  })
})

test('a refusal that is taken back is a breach, also within the stated time', () => {
  const events = [...ended, done('eve', 1600, read), refused('eve', 2500, read)]
  expect(verdictsOf(events, slow)).toContain('refusal is final: breach')
})

describe('a control', () => {
  const rest = held.slice(0, 2)
  test.each([
    ['that loses access', [...ended, refused('ann', 2000, read)]],
    ['of which nobody knows', [...ended, unanswered('ann', 2000, read)]],
    ['that was not there afterwards', ended.filter((event) => !kept.some((one) => one === event))],
  ])('%s proves nothing', (_, events) => {
    expect(verdictsOf(events)).toEqual([...rest, 'the control kept access: inconclusive'])
  })
})

describe('writes that are answered with an empty body', () => {
  const wrote = (session: string, at: number, changed: number | null) => done(session, at, { ...read, changed })
  const control = [wrote('ann', 100, 1), wrote('ann', 1100, 1), wrote('ann', 3000, 1)]

  test('end access when they change no row any more', () => {
    expect(verdictsOf([wrote('eve', 100, 1), revokedAt, wrote('eve', 1100, 0), ...control])).toEqual(held)
  })

  test('keep access while they change a row', () => {
    const [first] = verdictsOf([wrote('eve', 100, 1), revokedAt, wrote('eve', 1100, 1), ...control])
    expect(first).toBe('access ended within: breach')
  })

  test('neither end nor keep access where no declared effect shows a change', () => {
    const [first] = verdictsOf([wrote('eve', 100, 1), revokedAt, wrote('eve', 1100, null), ...control])
    expect(first).toBe('access ended within: inconclusive')
  })

  test('do not begin a watch, and the message names the way out', () => {
    const [finding] = judgeAccess(revocation, [wrote('eve', 100, null), wrote('ann', 100, null)], 1)
    expect(finding?.verdict).toBe('inconclusive')
    expect(finding?.because).toContain('Add `returning: representation` to the operation')
  })
})
