import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planRuns } from './plan.ts'

const faults = ['gateway', 'realtime']

describe('planRuns', () => {
  test('a seed plans the same disturbances, and another seed plans others', () => {
    expect(planRuns(50, 10, 1, faults)).toEqual(planRuns(50, 10, 1, faults))
    expect(planRuns(50, 10, 2, faults)).not.toEqual(planRuns(50, 10, 1, faults))
  })

  test('every plan has the requested number of kills, at moments within the run', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), fc.integer(), (kills, others, seed) => {
        const plan = planRuns(kills + others, kills, seed, faults)
        expect(plan.filter(({ kind }) => kind === 'kill')).toHaveLength(kills)
        for (const { moment } of plan) expect(moment >= 0 && moment < 1).toBe(true)
      }),
    )
  })

  test('runs that are not killed are undisturbed and get each fault in turn', () => {
    const kinds = planRuns(12, 3, 7, faults).map(({ kind }) => kind)
    const turns = ['none', 'gateway', 'realtime']
    expect(kinds.filter((kind) => kind !== 'kill')).toEqual([...turns, ...turns, ...turns])
  })
})
