import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { exampleCell, exampleOutcome } from '../../test/support/example-records.ts'
import type { CellRecord } from '../model/record.ts'
import { authorizingLayers } from '../model/verdict.ts'
import { withQuestions } from './ask.ts'
import { askDecisions, denialsAsObserved } from './decide-questions.ts'

const open = { verdict: 'undecided', denial: null, expected: { decision: 'define' } } as const
const cells: readonly CellRecord[] = [
  exampleCell({
    ...open,
    actor: 'alice',
    operation: 'list',
    observed: { kind: 'access', what: 'these came back: own' },
    outcome: { ...exampleOutcome, reading: { reach: ['own', 'theirs'], seen: ['own'], columns: [], others: 0 } },
    effect: { kind: 'standing' },
  }),
  exampleCell({ ...open, operation: 'list', observed: { kind: 'refused', layer: 'filtered' } }),
  exampleCell({
    ...open,
    operation: 'drop',
    observed: { kind: 'refused', layer: 'rls' },
    outcome: { ...exampleOutcome, meaning: { kind: 'denied', layer: 'rls' } },
  }),
  exampleCell({
    ...open,
    actor: 'dora',
    operation: 'drop',
    observed: { kind: 'unknown', why: 'not run: no key' },
    outcome: null,
    effect: null,
    control: null,
  }),
]

const style = { color: false, unicode: true, width: 100 }

async function answering(...answers: readonly string[]) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.end(answers.map((answer) => `${answer}\n`).join(''))
  const printed: string[] = []
  let asked = ''
  output.setEncoding('utf8').on('data', (text: string) => {
    asked += text
  })
  const decisions = await withQuestions({ input, output }, (ask) =>
    askDecisions(cells, { ask, tell: (text) => printed.push(text), style }),
  )
  return { decisions, printed: printed.join('\n'), asked }
}

const own = { decision: 'allow', exactly: ['own'] }
const filtered = { decision: 'deny', layers: ['filtered'] }

describe('the questions of decide', () => {
  it('are about one cell each, in blocks of one operation, with the observations', async () => {
    const { decisions, printed, asked } = await answering('a', 'deny', '', 's')
    expect(decisions).toEqual([
      { actor: 'alice', operation: 'list', expected: own },
      { actor: 'mallory', operation: 'list', expected: filtered },
    ])
    expect(printed.match(/^UNDECIDED {2}.*$/gm)).toEqual(['UNDECIDED  documents › list', 'UNDECIDED  documents › drop'])
    expect(printed).toContain('  access      alice: these came back: own\n  refused     mallory: filtered')
    expect(asked).toContain(
      'alice › list: these came back: own\n  allow as { allow: { exactly: [own] } }, deny as deny, skip or stop: ',
    )
    expect(asked).toContain('dora › drop: not known: not run: no key\n')
  })

  it('stop where the user stops, and keep the earlier decisions', async () => {
    const { decisions } = await answering('d', 'q')
    expect(decisions).toEqual([
      { actor: 'alice', operation: 'list', expected: { decision: 'deny', layers: authorizingLayers } },
    ])
  })

  it('are repeated after an invalid answer, and warn of a decision against the observation', async () => {
    const { decisions, printed, asked } = await answering('yes', 'all', 'd', 'a', 'q')
    expect(decisions.map(({ expected }) => expected.decision)).toEqual(['deny', 'allow'])
    expect(asked).toContain('found "yes", expected allow, deny, skip or stop (a, d, s, q)')
    expect(printed).toContain('  deny; a run that shows the same again says breach: a denial was expected')
    expect(printed).toContain('  allow; a run that shows the same again says lockout: allowed was expected')
  })

  it('lead to no decision when the input ends', async () => {
    await expect(answering('a', 'a')).rejects.toThrow('the questions were not answered, and nothing was written')
  })
})

it('without questions, refused cells are denied by their layer, and nothing is allowed', () => {
  expect(denialsAsObserved(cells)).toEqual([
    { actor: 'mallory', operation: 'list', expected: filtered },
    { actor: 'mallory', operation: 'drop', expected: { decision: 'deny', layers: ['rls'] } },
  ])
})
