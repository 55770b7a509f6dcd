import { describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell } from '../../../test/support/example-records.ts'
import { exampleRace, exampleScenario } from '../../../test/support/example-scenarios.ts'
import { notHeldIn } from '../../evidence/not-held.ts'
import type { CellRecord } from '../../model/record.ts'
import type { ScenarioResult } from '../../model/scenario.ts'
import { annotations } from './annotations.ts'

const of = (cells: readonly CellRecord[], place = '', scenarios: readonly ScenarioResult[] = []) =>
  annotations(notHeldIn({ cells, scenarios }), place)

describe('annotations', () => {
  it('stand on the line of the matrix, from the root of the repository', () => {
    expect(of([exampleCell(), exampleBreach()], 'apps/api/')).toEqual([
      '::error file=apps/api/matrices/documents.matrix.yaml,line=31,col=12,' +
        'title=breach%3A documents › mallory › rename theirs::' +
        'a denial was expected, it happened: title theirs → defaced',
    ])
  })

  it('are errors, worst first, and warnings where nothing is proven', () => {
    const verdicts = ['inconclusive', 'error', 'undecided', 'wrong-layer', 'lockout', 'breach'] as const
    const lines = of(verdicts.map((verdict) => exampleCell({ operation: verdict, verdict })))
    expect(lines.map((line) => /^::(\w+) .*title=([\w-]+)/.exec(line)?.slice(1))).toEqual([
      ['error', 'breach'],
      ['error', 'lockout'],
      ['error', 'wrong-layer'],
      ['error', 'undecided'],
      ['error', 'error'],
      ['warning', 'inconclusive'],
    ])
  })

  it('show findings with one cause once', () => {
    const cells = Array.from({ length: 10 }, (_, n) => exampleBreach({ actor: `a${n}` }))
    expect(of(cells)).toEqual([expect.stringMatching(/%0Aalso as a1, a2, a3, a4, a5, a6, a7, a8 and 1 more$/)])
  })

  it('are as many as GitHub shows, and the rest is counted', () => {
    const broken = Array.from({ length: 14 }, (_, n) => exampleBreach({ operation: `o${n}` }))
    const alike = exampleBreach({ actor: 'bob', operation: 'o13' })
    const unproven = Array.from({ length: 11 }, (_, n) => exampleCell({ operation: `u${n}`, verdict: 'inconclusive' }))
    const lines = of([...unproven, ...broken, alike])
    const counted = (level: string) => lines.filter((line) => line.startsWith(`::${level} `)).length
    expect([counted('error'), counted('warning'), counted('notice')]).toEqual([10, 10, 1])
    expect(lines.at(-1)).toBe(
      '::notice title=and more::6 more did not hold: all of them are in the report, the first in the summary of this step',
    )
  })

  it('count cells that were not run by their reason', () => {
    const notRun = ['bob', 'carol'].map((actor) =>
      exampleCell({ actor, verdict: 'inconclusive', notRun: 'there is no secret key' }),
    )
    expect(of(notRun)).toEqual(['::warning title=not run::2 cells: there is no secret key'])
  })

  it('contain no text that ends or begins a command', () => {
    const at = { file: 'matrices/a,b:c%.matrix.yaml', line: 1, column: 1 }
    const [line, ...more] = of([
      exampleBreach({ at, operation: '50%, now: x', because: '100%\r\n::error::ha\u001b[2J' }),
    ])
    expect(more).toEqual([])
    expect(line).toBe(
      '::error file=matrices/a%2Cb%3Ac%25.matrix.yaml,line=1,col=1,' +
        'title=breach%3A documents › mallory › 50%25%2C now%3A x::100%25\\u000d\\n::error::ha\\u001b[2J',
    )
  })

  it('include scenarios beside cells', () => {
    const notRun = { verdict: 'inconclusive', notRun: 'there is no secret key' } as const
    const scenarios = [exampleRace(), exampleScenario({ id: 'another', ...notRun })]
    expect(of([exampleCell(notRun)], '', scenarios)).toEqual([
      '::error file=scenarios/place.scenario.yaml,line=2,col=1,' +
        'title=breach%3A one place each::alice and bob all won, and only 1 may. So it was in 1 of 2 rounds.',
      '::warning title=not run::1 cell and 1 scenario: there is no secret key',
    ])
  })

  it('are empty if every cell held', () => {
    expect(of([exampleCell()], '', [exampleScenario()])).toEqual([])
  })
})
