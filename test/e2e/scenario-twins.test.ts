import { beforeAll, describe, expect, test } from 'vitest'
import { demoWorkspace } from './demo-workspace.ts'
import { twins } from './hole-files.ts'
import { evidenceOf } from './report.ts'
import { type Ended, patience, trespass } from './support.ts'

const root = demoWorkspace(undefined, true)
/** One would do. More of them show that the gate finds it in every order in which they queue, and not by luck. */
const rounds = 3

test('there are at least five, and each says which scenario finds it and why', () => {
  expect(twins.length).toBeGreaterThanOrEqual(5)
})

describe('where no hole is open', () => {
  let ended: Ended

  beforeAll(async () => {
    ended = await trespass(['run', '--workspace', root, '--scenario', '*', '--rounds', '1'])
  }, patience)

  test('every scenario holds, and those that find a hole are among them', async () => {
    expect(ended.code, ended.text).toBe(0)
    const { scenarios } = await evidenceOf(ended)
    const names = scenarios.map(({ record }) => record.id)
    expect(scenarios.filter(({ record }) => record.verdict !== 'held')).toEqual([])
    expect(twins.filter(({ scenario }) => !names.includes(scenario))).toEqual([])
  })
})

describe('its scenario finds the hole in every round, and says why', { timeout: patience }, () => {
  test.each(twins)('$hole', async ({ hole, scenario, because }) => {
    const asked = ['--scenario', scenario, '--rounds', String(rounds), '--with-hole', hole]
    const ended = await trespass(['run', '--workspace', root, ...asked])
    const { scenarios } = await evidenceOf(ended)
    const [only] = scenarios.map(({ record }) => record)
    expect([ended.code, only?.verdict], ended.text).toEqual([1, 'breach'])
    expect(only?.because).toMatch(because)
    const found = only?.findings.filter(({ verdict }) => verdict === 'breach') ?? []
    expect(new Set(found.map(({ round }) => round)).size).toBe(rounds)
  })
})
