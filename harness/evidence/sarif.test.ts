import { appendFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell, exampleRun } from '../../test/support/example-records.ts'
import { exampleRace, exampleScenario } from '../../test/support/example-scenarios.ts'
import type { CellRecord, RunRecord } from '../model/record.ts'
import type { ScenarioResult } from '../model/scenario.ts'
import { reportFolder } from './evidence.ts'
import { sarifShape } from './sarif-shape.ts'
import { writeEvidence } from './write.ts'

let repository = ''
beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), 'trespass-sarif-'))
  await mkdir(join(repository, '.git'))
})
afterEach(() => rm(repository, { recursive: true, force: true }))

/** Writes a report, and parses its SARIF file with the schema of the standard. */
async function written(
  cells: readonly CellRecord[],
  changes: Partial<RunRecord> = {},
  workspace = repository,
  scenarios: readonly ScenarioResult[] = [],
) {
  const run = exampleRun(cells, changes)
  await writeEvidence(workspace, { run, cells, schema: null, scenarios })
  const text = await readFile(join(workspace, reportFolder(run), 'results.sarif'), 'utf8')
  const [only] = sarifShape.parse(JSON.parse(text)).runs
  if (only === undefined) throw new Error('there is a run')
  return only
}

const night = (day: number): Partial<RunRecord> => ({
  run: `r2026030${day}-020000`,
  startedAt: `2026-03-0${day}T02:00:00.000Z`,
})
const notRun = { verdict: 'inconclusive', denial: null, outcome: null, effect: null, control: null } as const

describe('the results', () => {
  it('are the cells that did not hold, each by its verdict', async () => {
    const others = ['lockout', 'wrong-layer', 'undecided', 'error', 'inconclusive'] as const
    const cells = [
      exampleCell(),
      exampleBreach({ actor: 'bob' }),
      ...others.map((verdict) => exampleCell({ actor: verdict, verdict })),
      exampleCell({ ...notRun, actor: 'zoe', notRun: 'without a secret key' }),
    ]
    const { results, tool } = await written(cells)
    expect(results.map(({ properties, ruleId, level }) => [properties.actor, ruleId, level])).toEqual([
      ['bob', 'breach', 'error'],
      ['error', 'error', 'error'],
      ['inconclusive', 'inconclusive', 'warning'],
      ['lockout', 'lockout', 'error'],
      ['undecided', 'undecided', 'error'],
      ['wrong-layer', 'wrong-layer', 'error'],
      ['zoe', 'inconclusive', 'note'],
    ])
    for (const { id, help } of tool.driver.rules) expect(help.text).toContain(`docs/verdicts/${id}.md`)
  })

  it('are scenarios as well, compared like cells', async () => {
    const first = exampleRace({ history: null })
    const second = exampleScenario({ id: 'another', verdict: 'inconclusive', history: null })
    await written([exampleCell()], night(1), repository, [first])
    const { results } = await written([exampleCell()], night(2), repository, [
      exampleRace({ overlap: { ...first.record.overlap, reached: 4 }, history: null }),
      second,
      exampleScenario({ id: 'a third', history: null }),
    ])
    expect(results.map(({ properties, ruleId, baselineState }) => [properties.id, ruleId, baselineState])).toEqual([
      ['another', 'inconclusive', 'new'],
      ['one place each', 'breach', 'updated'],
    ])
    expect(results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe('scenarios/place.scenario.yaml')
  })

  it('of a run that held are none', async () => {
    expect((await written([exampleCell()])).results).toEqual([])
  })

  it('stand where the matrix has them, from the root of the repository', async () => {
    const at = { file: 'matrices/my documents.matrix.yaml', line: 31, column: 12 }
    const { results } = await written([exampleBreach({ at })], {}, join(repository, 'apps', 'a:b'))
    expect(results[0]?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: 'apps/a%3Ab/matrices/my%20documents.matrix.yaml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 31, startColumn: 12 },
    })
  })

  it('are known again by the id of the cell, wherever it stands', async () => {
    const [first, second] = [exampleBreach({ actor: 'bob' }), exampleBreach({ actor: 'carol' })]
    const before = await written([first, second], night(1))
    const moved = { ...second, at: { ...second.at, line: 99 } }
    const after = await written([moved], night(2))
    const prints = before.results.map((one) => one.partialFingerprints)
    expect(after.results[0]?.partialFingerprints).toEqual(prints[1])
    expect(new Set(prints.map((print) => print.primaryLocationLineHash)).size).toBe(2)
  })

  it('hold no text that a reader would take for a placeholder, a link or an escape', async () => {
    const because = 'it happened: {0} [here](1)\n\u202egnp'
    const { results } = await written([exampleBreach({ because })])
    expect(results[0]?.message.text).toBe('documents › mallory › rename theirs: it happened: {{0}} [here] (1) gnp')
  })
})

describe('the state of a result since the previous run', () => {
  const states = ({ results }: Awaited<ReturnType<typeof written>>) =>
    Object.fromEntries(results.map(({ properties, baselineState }) => [properties.actor, baselineState]))
  const broken = ['bob', 'carol', 'dora', 'eve'].map((actor) => exampleBreach({ actor }))
  const second = [
    exampleBreach({ actor: 'bob', because: 'the same, with another id in it' }),
    exampleCell({ actor: 'carol', verdict: 'inconclusive' }),
    exampleCell({ actor: 'dora' }),
    exampleBreach({ actor: 'frank' }),
  ]

  const onProject = (project: string): RunRecord['target'] => ({
    alias: 'staging',
    kind: 'hosted',
    project,
    versions: {},
  })

  it('exists for each result, and for those that are gone', async () => {
    expect(states(await written(broken, night(1)))).toEqual({
      bob: undefined,
      carol: undefined,
      dora: undefined,
      eve: undefined,
    })
    const after = await written(second, night(2))
    expect(states(after)).toEqual({ bob: 'unchanged', carol: 'updated', frank: 'new', dora: 'absent', eve: 'absent' })
    expect(after.properties.baseline).toBe('r20260301-020000')
  })

  it('is not `absent` for a cell that the run did not try', async () => {
    await written(broken, night(1))
    const after = await written(second, { ...night(2), chosen: ['--matrix documents'] })
    expect(states(after)).toEqual({ bob: 'unchanged', carol: 'updated', frank: 'new', dora: 'absent' })
  })

  it.each<[string, Partial<RunRecord>]>([
    ['was broken off', { complete: false }],
    ['was a shard', { shard: '1/2' }],
    ['tried some cells only', { chosen: ['--cell x'] }],
    ['had holes', { holes: ['rls-off'] }],
    ['was on another project', { target: onProject('bb') }],
  ])('is held against a whole run, and not one that %s', async (_, changes) => {
    const target = onProject('aa')
    await written(broken, { ...night(1), target })
    await written([exampleCell()], { ...night(2), target, ...changes })
    expect((await written(second, { ...night(3), target })).properties.baseline).toBe('r20260301-020000')
  })

  it('does not exist for a shard', async () => {
    await written(broken, night(1))
    expect(new Set(Object.values(states(await written(second, { ...night(2), shard: '1/2' }))))).toEqual(
      new Set([undefined]),
    )
  })

  it('is left out where the previous report was changed, and the run prints a note', async () => {
    const first = exampleRun(broken, night(1))
    await written(broken, night(1))
    await appendFile(join(repository, reportFolder(first), 'cells.jsonl'), ' ')
    const after = await written(second, night(2))
    expect(new Set(Object.values(states(after)))).toEqual(new Set([undefined]))
    expect(after.invocations[0]?.toolExecutionNotifications.map(({ message }) => message.text)).toEqual([
      expect.stringMatching(/^No result says whether it is new\. r20260301-020000\/cells\.jsonl/),
    ])
  })
})

it('names the cells that were not tried, and states that a run was cancelled', async () => {
  const [about] = (
    await written([exampleCell()], {
      complete: false,
      notRun: [{ why: 'without a {secret} key', cells: 7 }],
      limits: ['No database URL.'],
    })
  ).invocations
  expect(about).toMatchObject({ executionSuccessful: false })
  expect(about?.toolExecutionNotifications.map(({ message }) => message.text)).toEqual([
    'The run was broken off: what is here is true, but it is not all.',
    'Not run, cells: 7. without a {{secret}} key',
    'No database URL.',
  ])
})
