import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Problem, sentence, WorkspaceProblems } from '../errors.ts'
import { loadRoster } from '../matrix/load.ts'
import { paths } from '../paths/registry.ts'
import { loadScenarios } from './load.ts'

const actors = `
actors:
  alice: { kind: authenticated }
  bob:   { kind: authenticated }
  clerk: { kind: worker, role: clerk }
world:
  acme: { table: public.organizations, values: { name: "Acme $run" } }
`

const scenario = `scenario: one winner
recipe: contended
resource: { function: public.take }
invariants: { ONE: There is one. }
proves: [ONE]
fixtures:
  seat: { table: public.seats, values: { label: "$unique" } }
operations:
  take: { call: { seat: $seat.id } }
contest: { take: [alice, bob] }
gate: seat
expect:
  winners: 1
  final:
    seat: { taken: true }
    claims: { table: public.claims, where: { seat_id: $seat.id }, count: 1 }
`

let root: string
let modules: Record<string, unknown>

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-scenarios-'))
  modules = {}
  write('matrices/actors.yaml', actors)
})

afterEach(() => rmSync(root, { recursive: true }))

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

async function load(only?: string, matrices: readonly string[] = []) {
  const importModule = async (file: string) => modules[file.slice(root.length + 1)]
  const options = { root, paths, importModule }
  const { roster } = await loadRoster(options)
  return loadScenarios({ ...options, roster, matrices, ...(only === undefined ? {} : { only: [only] }) })
}

async function problemsOf(text: string, file = 'scenarios/a.scenario.yaml'): Promise<readonly string[]> {
  write(file, text)
  return load().then(
    () => [],
    (error: unknown) => {
      if (error instanceof WorkspaceProblems) return error.problems.map((problem: Problem) => sentence(problem))
      throw error
    },
  )
}

test('a scenario is read whole, with the defaults of its recipe', async () => {
  write('scenarios/a.scenario.yaml', scenario)
  const { scenarios, files } = await load()
  expect(files.map(({ file }) => file)).toEqual(['scenarios/a.scenario.yaml'])
  expect(scenarios.map((loaded) => loaded.scenario)).toMatchObject([
    {
      name: 'one winner',
      recipe: 'contended',
      proves: ['ONE'],
      overlap: 3,
      rounds: 5,
      fixtures: [{ name: 'seat', table: 'public.seats' }],
      operations: [{ resource: { kind: 'function', name: 'public.take' }, declaration: { path: 'rpc', verb: 'call' } }],
      body: { contest: { take: ['alice', 'bob'] }, gate: 'seat' },
      at: { file: 'scenarios/a.scenario.yaml', line: 1 },
    },
  ])
})

test('a scenario in TypeScript is read from its default export', async () => {
  write('scenarios/a.scenario.ts', 'export default {}')
  modules['scenarios/a.scenario.ts'] = {
    default: {
      scenario: 'in code',
      recipe: 'contended',
      operations: { take: { resource: { function: 'public.take' }, call: {} } },
      contest: { take: ['alice', 'bob'] },
      expect: { winners: 1 },
    },
  }
  const { scenarios } = await load()
  expect(scenarios[0]?.scenario).toMatchObject({ name: 'in code', overlap: 2, fixtures: [] })
})

test.each([
  ['by its name', 'one winner'],
  ['by its file', 'a'],
  ['by a pattern', 'scenarios/*'],
])('one is chosen %s', async (_, only) => {
  write('scenarios/a.scenario.yaml', scenario)
  write('scenarios/deep/other.scenario.yaml', scenario.replace('one winner', 'another'))
  expect((await load(only)).scenarios.map((loaded) => loaded.scenario.name)).toEqual(['one winner'])
})

test('a workspace without scenarios is one too', async () => {
  expect(await load()).toEqual({ scenarios: [], files: [] })
})

test.each([
  ['an unknown recipe', ['contended', 'contendet'], /2:9: found .+contendet.+ expected `contended`.*\n.+contended/s],
  ['no recipe', ['recipe: contended\n', ''], /found no `recipe`/],
  ['an unknown key', ['gate: seat', 'gates: seat'], /11:1: found the key `gates`, expected one of the keys .+`gate`/],
  ['an unknown operation', ['contest: { take', 'contest: { tak'], /found operation `tak`, expected one of `take`/],
  [
    'an unknown actor',
    ['[alice, bob]', '[alice, bub]'],
    /10:26: found actor `bub`, expected one of `alice`, `bob` or `clerk`/,
  ],
  [
    'an actor who cannot ask',
    ['[alice, bob]', '[alice, clerk]'],
    /10:26: found the actor `clerk` of kind `worker`, who cannot ask for a function/,
  ],
  ['a lonely contestant', ['[alice, bob]', '[alice]'], /found one session, expected at least two/],
  ['an unknown gate', ['gate: seat', 'gate: sit'], /11:7: found row `sit`/],
  ['an unknown row afterwards', ['    seat: { taken', '    sit: { taken'], /found row `sit`/],
  ['rows of nobody', ['{ seat_id: $seat.id }', '{ label: x }'], /found rows that nothing of the round identifies/],
  ['rows of which nothing is said', [', count: 1', ''], /found rows of which nothing is said, expected `count`/],
  ['an unknown reference', ['{ seat: $seat.id }', '{ seat: $sit.id }'], /found the reference `\$sit.id`/],
  [
    'fixtures of each actor',
    ['label: "$unique"', 'owner: $actor.id'],
    /found `\$actor` in `seat`, which all sessions share/,
  ],
  ['an invariant of nobody', ['proves: [ONE]', 'proves: [TWO]'], /found the invariant `TWO`/],
  [
    'no resource',
    ['resource: { function: public.take }\n', ''],
    /found no `resource`, expected `resource`, in the operation/,
  ],
  [
    'a comparison',
    ['{ call: { seat: $seat.id } }', '{ distinguish: [take, take] }'],
    /found `distinguish` in a scenario/,
  ],
  ['a verb of elsewhere', ['{ call: { seat: $seat.id } }', '{ upload: seat }'], /found the verb `upload`/],
  ['too many rounds', ['gate: seat', 'gate: seat\nrounds: 5000'], /rounds|at most 1000/],
])('%s is a problem with a place', async (_, [found, instead], expected) => {
  const problems = await problemsOf(scenario.replace(found ?? '', instead ?? ''))
  expect(problems[0]).toMatch(/^scenarios\/a\.scenario\.yaml:\d+:\d+: /)
  expect(problems.join('\n')).toMatch(expected)
})

test('a file that is named otherwise would not run, and is reported', async () => {
  const [problem] = await problemsOf(scenario, 'scenarios/a.yaml')
  expect(problem).toMatch(/found a scenario in this file, expected a name that ends in `\.scenario\.yaml`/)
})

test.each([
  ['another scenario', []],
  ['a matrix', ['one winner']],
])('a name that %s has is refused', async (_, matrices) => {
  write('scenarios/a.scenario.yaml', scenario)
  write('scenarios/b.scenario.yaml', scenario.replace('one winner', matrices.length > 0 ? 'two' : 'one-winner'))
  await expect(load(undefined, matrices)).rejects.toThrow(
    /found the scenario `one.winner`, beside the (?:scenario|matrix)/,
  )
})

test('a pattern that fits none is a mistake', async () => {
  write('scenarios/a.scenario.yaml', scenario)
  await expect(load('nothing')).rejects.toThrow(/found no scenario that fits `nothing`/)
})
