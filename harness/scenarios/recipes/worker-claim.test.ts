import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { done, mark, read, refused, unanswered } from '../../../test/support/example-history.ts'
import { sentence, WorkspaceProblems } from '../../errors.ts'
import { loadRoster } from '../../matrix/load.ts'
import type { OperationEvent } from '../../model/scenario.ts'
import { paths } from '../../paths/registry.ts'
import { loadScenarioFile } from '../load.ts'
import { workerClaim } from './worker-claim.ts'

const actors = 'actors: { alice: { kind: authenticated }, clerk: { kind: worker, role: clerk } }'

const crash = `scenario: done once
recipe: worker-claim
resource: { database: public.tasks }
fixtures:
  task: { kind: "mail-$unique" }
operations:
  claim:  { sql: "select * from claim($1)", values: [$task.kind] }
  finish: { sql: "select finish($1, $2)", values: [$claim.id, $claim.fence] }
workers: [clerk, clerk]
task: task
crash: [in-claim, after-claim]
lease: 1s
recovered_within: 4s
expect:
  effects: { table: public.effects, where: { task_id: $task.id }, count: 1 }
`

const atOnce = `scenario: one for each
recipe: worker-claim
resource: { function: public.claim }
fixtures:
  first:  { table: public.tasks, values: { kind: "mail-$unique" } }
  second: { table: public.tasks, values: { kind: $first.kind } }
  third:  { table: public.tasks, values: { kind: $first.kind } }
operations:
  claim: { call: { kind: $first.kind } }
workers: [alice, alice]
task: [first, second, third]
`

const file = 'scenarios/a.scenario.yaml'
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-claims-'))
  for (const folder of ['matrices', 'scenarios']) mkdirSync(join(root, folder))
  writeFileSync(join(root, 'matrices/actors.yaml'), actors)
})

afterEach(() => rmSync(root, { recursive: true }))

async function problemsOf(text: string): Promise<string> {
  writeFileSync(join(root, file), text)
  const options = { root, paths, importModule: async () => undefined }
  const { roster } = await loadRoster(options)
  return loadScenarioFile({ ...options, roster }, file).then(
    () => '',
    (error: unknown) => {
      if (error instanceof WorkspaceProblems) return error.problems.map((problem) => sentence(problem)).join('\n')
      throw error
    },
  )
}

describe('a scenario', () => {
  test.each([
    ['of a crash', crash],
    ['of claims at once', atOnce],
  ])('%s is read', async (_, text) => {
    expect(await problemsOf(text)).toBe('')
  })

  test.each([
    ['a crash without a lease', crash, 'lease: 1s\n', '', /11:8: found no `lease`/],
    ['a crash without a limit', crash, 'recovered_within: 4s\n', '', /found no `recovered_within`/],
    ['a limit within the lease', crash, '4s', '1s', /13:19: found no more than the lease/],
    ['a time that is none', crash, '4s', '4 seconds', /a time such as `500ms`, `2s` or `1.5min`/],
    ['a crash without effects', crash, /expect:.*/s, '', /found no `effects` under `expect`/],
    ['a crash without a finish', crash, / {2}finish:.*\n/, '', /found operation `finish`, expected one of `claim`/],
    ['a crash among three', crash, '[clerk, clerk]', '[clerk, clerk, clerk]', /found 3 of them, expected two/],
    ['an unknown moment', crash, 'in-claim', 'in-between', /11:/],
    ['somebody who cannot ask', crash, '[clerk, clerk]', '[clerk, alice]', /9:18: found the actor `alice`/],
    ['an unknown fixture', crash, 'task: task\n', 'task: tusk\n', /found fixture `tusk`/],
    [
      'an operation that names its own answer',
      crash,
      '[$task.kind]',
      '[$claim.kind]',
      /an operation cannot know its own answer/,
    ],
    ['an operation that names nothing', crash, '$claim.fence', '$clam.fence', /found the reference `\$clam.fence`/],
    [
      'a statement that is given nothing',
      crash,
      ', values: [$task.kind]',
      '',
      /found a statement that may write and is given nothing/,
    ],
    [
      'too few tasks beside one that is held',
      atOnce,
      ', third]',
      ']',
      /found 2 of them, expected at least 3: .+ one that is held/,
    ],
    [
      'a claim that no transaction can hold open',
      atOnce,
      'task: [first, second, third]',
      'task: first\ncrash: in-claim\nlease: 1s\nrecovered_within: 4s',
      /found `in-claim`, though every operation of rpc is a transaction of its own/,
    ],
  ])('with %s is a problem', async (_, text, found, instead, expected) => {
    expect(await problemsOf(text.replace(found, instead))).toMatch(expected)
  })
})

describe('its judges', () => {
  const body = {
    workers: ['ann', 'bob'],
    task: 'task',
    crash: ['after-claim', 'in-claim'],
    lease: '1s',
    recovered_within: '4s',
    expect: { effects: { table: 'public.effects', where: {}, count: 1 } },
  }
  const task = { rows: [{ id: 7 }] }
  const finish = { operation: 'finish' }
  const held = [done('ann', 10, task), mark(150, 'cut', ['ann']), refused('bob', 160), done('bob', 1100, task)]
  const ended = [
    read(1500, 'when all was done', { rows: [1, 1] }),
    read(1501, 'afterwards', { status: ['done', 'done'] }),
  ]
  const judged = (events: Parameters<typeof workerClaim.judge>[1]) =>
    workerClaim.judge(body, events, 1).map(({ judge, verdict }) => `${judge}: ${verdict}`)

  test('report held for a crash without a fault', () => {
    expect(judged([...held, refused('ann', 1250, finish), done('bob', 1300, finish), ...ended])).toEqual([
      'claims are respected: held',
      'recovered within: held',
      'the zombie is refused: held',
      'done once: held',
      'the state afterwards: held',
    ])
  })

  test('do not judge a state that an unknown finish would have brought about', () => {
    const open = read(1501, 'afterwards', { status: ['done', 'running'] })
    const seen = [...held, done('bob', 1300, finish), open]
    const unseen = [...held, unanswered('bob', 1300, finish), open]
    expect(judged(seen)).toContain('the state afterwards: breach')
    expect(judged(unseen)).toContain('the state afterwards: inconclusive')
  })

  test('of concurrent claims do not judge a state that lacks the effect of an unknown claim', () => {
    const taken = read(900, 'afterwards', { 'rows of taken': [2, 1] })
    const judgedAtOnce = (claim: OperationEvent) =>
      workerClaim
        .judge({ workers: ['ann', 'bob'], task: 'task' }, [done('ann', 10, task), claim, taken], 1)
        .find(({ judge }) => judge === 'the state afterwards')?.verdict
    expect(judgedAtOnce(done('bob', 20, { rows: [{ id: 8 }] }))).toBe('breach')
    expect(judgedAtOnce(unanswered('bob', 20))).toBe('inconclusive')
  })

  test('prove nothing if no worker ever got a task', () => {
    const found = judged([refused('ann', 10), read(1500, 'afterwards', {})])
    expect(found).toContain('claims are respected: inconclusive')
  })
})
