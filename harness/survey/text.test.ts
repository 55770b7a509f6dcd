import { expect, it } from 'vitest'
import { documented } from '../../test/documented.ts'
import type { Flow, SurveyRecord } from './model.ts'
import { surveyText } from './text.ts'

const flow = (changes: Partial<Flow>): Flow => ({
  ...{ id: 'x', object: 'table public.notes', kind: 'shown', actor: 'mia', actorKind: 'authenticated' },
  ...{
    relation: 'another-tenant',
    whose: 'ann of red',
    door: 'a read',
    tables: [],
    columns: ['id', 'title'],
    hidden: [],
  },
  ...{ rules: ['policy "open" (true)'], matrix: 'survey', operation: 'read all', rows: [] },
  ...changes,
})
const record = (flows: readonly Flow[], more: Partial<SurveyRecord> = {}): SurveyRecord => ({
  ...{
    schema: 'trespass/survey@1',
    run: 'r',
    target: { alias: 'sandbox', kind: 'sandbox' },
    startedAt: '',
    finishedAt: '',
  },
  ...{ holes: [], limits: [], tried: { objects: 2, attempts: 30, unknown: 0 }, flows, unsurveyed: [], matrices: [] },
  ...more,
})

it('groups flows by object and rule, and actors by their common traits', () => {
  const flows = [
    flow({ actor: 'visitor', actorKind: 'anon' }),
    flow({}),
    flow({ actor: 'ben' }),
    flow({ actor: 'ben', door: 'a count', columns: [] }),
    flow({ relation: 'own', actor: 'ann' }),
    flow({ relation: 'own', actor: 'ann', kind: 'changed', door: 'an update of title', columns: ['title'], rules: [] }),
  ]
  expect(surveyText(record(flows))).toBe(`Survey of sandbox: 2 objects, 30 attempts, 6 flows

table public.notes: is shown: another tenant, to a visitor
  let through by policy "open" (true)
  visitor: a read of ann of red (id, title)  [1]

table public.notes: is shown: another tenant
  let through by policy "open" (true)
  mia, ben: a read of ann of red (id, title)  [2-3]
  ben: a count of ann of red  [4]

table public.notes: changes: own rows
  ann: an update of title (title)  [6]

Reads of own rows: 1 flow, which survey.json lists.`)
})

it('prints a flow as the documentation shows it', () => {
  const reads = { object: 'table public.documents', rules: ['policy "documents of any project"'] }
  const flows = [
    flow({ ...reads, actor: 'alice', relation: 'own' }),
    flow({ ...reads, actor: 'bob', relation: 'own' }),
    flow({
      ...reads,
      actor: 'mallory',
      whose: 'alice of acme',
      columns: ['body', 'id', 'owner_id', 'project_id', 'title'],
    }),
  ]
  expect(`${surveyText(record(flows))}\n`).toContain(documented('docs/survey.md', 'table public.documents'))
})

it('lists hidden columns, unknown outcomes and objects that were not surveyed', () => {
  const flows = [flow({ object: 'function public.find', hidden: ['public.notes.secret'], rules: [] })]
  const unsurveyed = [{ object: 'function public.draw', why: 'no value is known' }]
  const text = surveyText(
    record(flows, { unsurveyed, limits: ['a limit'], tried: { objects: 1, attempts: 9, unknown: 1 } }),
  )
  expect(text).toContain('  not seen: a limit\n')
  expect(text).toContain('(id, title); the grants hide public.notes.secret  [1]')
  expect(text).toContain('The outcome of 1 attempt is not known.')
  expect(text).toMatch(/Not surveyed\n {2}function public\.draw: no value is known$/)
})

it('lists flows that a matrix denies with the cells, and counts those that matrices allow', () => {
  const allowed = { decision: 'allow', cells: ['notes › mia › list'] } as const
  const flows = [
    flow({ expected: { decision: 'deny', cells: ['notes › mia › list'] } }),
    flow({ actor: 'ben', expected: allowed }),
    flow({ actor: 'ann', relation: 'own', expected: { ...allowed, alike: true } }),
  ]
  const denied = `table public.notes: is shown: another tenant, which a matrix denies
  let through by policy "open" (true)
  mia: a read of ann of red (id, title); denied by notes › mia › list  [1]
`
  expect(surveyText(record(flows))).toBe(`Survey of sandbox: 2 objects, 30 attempts, 3 flows

${denied}
2 flows are allowed by matrices, 1 of them to another user that stands as the actor does: --all lists them.`)
  const all = surveyText(record(flows), { all: true })
  expect(all).toContain('ben: a read of ann of red (id, title)  [2]')
  expect(all).toContain('ann: a read (id, title)  [3]')
  expect(all).not.toContain('--all')
})
