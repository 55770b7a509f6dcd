import { beforeAll, describe, expect, test } from 'vitest'
import { demoWorkspace } from './demo-workspace.ts'
import { altered, grouped, twins } from './hole-files.ts'
import { evidenceOf } from './report.ts'
import { type Ended, patience, trespass } from './support.ts'

const root = demoWorkspace(undefined, true)
/** One would suffice. Several show that the gate finds it in every order of the queue. */
const rounds = 3

const byHole = new Map(twins.map((twin) => [twin.hole, twin]))

/** Groups of holes that are opened in one sandbox: those that alter different objects and that different scenarios find. */
const groups = grouped([...byHole.keys()], (hole) => {
  const scenario = byHole.get(hole)?.scenario ?? ''
  return new Set([`scenario ${scenario}`, ...altered(hole)])
})

test('there are at least five twins, and each names its scenario and the reason', () => {
  expect(twins.length).toBeGreaterThanOrEqual(5)
})

test('each is opened once', () => {
  expect(groups.flat().sort()).toEqual([...byHole.keys()].sort())
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

describe.each(groups.map((holes) => [holes.join(', '), holes] as const))('with %s', (_, holes) => {
  let ended: Ended

  beforeAll(async () => {
    const scenarios = holes.flatMap((hole) => ['--scenario', byHole.get(hole)?.scenario ?? ''])
    const flags = holes.flatMap((hole) => ['--with-hole', hole])
    ended = await trespass(['run', '--workspace', root, '--rounds', String(rounds), ...scenarios, ...flags])
  }, patience)

  test.each(holes)('its scenario finds %s in every round, and states the reason', async (hole) => {
    const { scenario, because } = byHole.get(hole) ?? {}
    const { scenarios } = await evidenceOf(ended)
    expect(scenarios.length).toBe(holes.length)
    const found = scenarios.find(({ record }) => record.id === scenario)?.record
    expect([ended.code, found?.verdict], ended.text).toEqual([1, 'breach'])
    expect(found?.because).toMatch(because ?? '')
    const breaches = found?.findings.filter(({ verdict }) => verdict === 'breach') ?? []
    expect(new Set(breaches.map(({ round }) => round)).size).toBe(rounds)
  })
})
