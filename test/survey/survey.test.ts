import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Flow, SurveyRecord } from '../../harness/survey/model.ts'
import { inProcess } from '../e2e/in-process.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from '../e2e/standing-sandbox.ts'
import { patience, temporaryFolder, writeFiles } from '../e2e/support.ts'
import { surveyFiles } from './workspace.ts'

const root = temporaryFolder()
const tables = [
  'auth.users',
  'storage.objects',
  'public.teams',
  'public.members',
  'public.notes',
  'public."Order Items"',
]
let sandbox: StandingSandbox
let correct: SurveyRecord

async function survey(...flags: string[]): Promise<SurveyRecord> {
  const ended = await inProcess(['survey', '--workspace', root, '--target', 'staging', '--json', ...flags])
  expect(ended.code, ended.text).toBe(0)
  return JSON.parse(ended.out)
}

/** Statements that each open the schema in one way. */
const holes = [
  'grant select (id, title) on public.notes to anon',
  'create policy "oops" on public.notes for select to anon using (true)',
  'alter view public.titles set (security_invoker = false)',
  'alter function public.note_titles security definer',
  'alter function public.rename_note security definer',
  'alter policy "team writes" on public.notes with check (owner_id = (select auth.uid()))',
  'grant select on public.profiles to authenticated',
  `alter policy "own folder" on storage.objects using (bucket_id = 'files')`,
]

const briefly = ({ object, actor, kind, relation, whose }: Flow) => `${object}: ${actor} ${kind} ${relation} ${whose}`

beforeAll(async () => {
  writeFiles(root, surveyFiles)
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
}, patience)

describe('a schema that is protected', { timeout: patience }, () => {
  test('shows no flow to another tenant, and leaves nothing behind', async () => {
    const before = await rowsOf(sandbox, tables)
    correct = await survey()
    expect(await rowsOf(sandbox, tables)).toEqual(before)
    expect(correct.flows.filter(({ relation }) => relation === 'another-tenant').map(briefly)).toEqual([])
    expect(correct.tried.unknown).toBe(0)
  })

  test('shows the rows that colleagues share, with the policy that allows it', () => {
    const shared = correct.flows.find(({ object, actor, kind }) => {
      return object === 'table public.notes' && actor === 'ben' && kind === 'shown'
    })
    expect(shared).toMatchObject({ relation: 'same-tenant', whose: 'ann of red', rules: ['policy "team reads"'] })
    expect(shared?.columns).toEqual(['id', 'mood', 'owner_id', 'rating', 'team_id', 'title'])
  })

  test('fills columns with checks, enums and spaces, and finds rows that a trigger makes', () => {
    const objects = new Set(correct.flows.map(({ object }) => object))
    expect([...objects].sort()).toEqual(
      expect.arrayContaining([
        'function public.rename_note',
        'table public.Order Items',
        'table public.notes',
        'table public.profiles',
        'view public.titles',
      ]),
    )
    const own = correct.flows.filter(({ object }) => object === 'table public.settings').map(briefly)
    expect(own).toContain('table public.settings: ann changed own ann')
    expect(own).toContain('table public.settings: mia added own mia')
  })

  test('lists the untried objects, with the reasons', () => {
    expect(correct.unsurveyed).toEqual([
      {
        object: 'view public.labels',
        why: 'it has no column of the tables that it reads, by which a row could be named',
      },
      { object: 'function public.draw', why: 'no value is known for the argument shape of type path' },
    ])
  })

  test('is written for its user alone', () => {
    const folder = join(root, 'reports', 'staging')
    const run = readdirSync(folder).find((name) => name === correct.run) ?? ''
    const file = join(folder, run, 'survey.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(correct)
  })
})

describe('open doors', { timeout: patience }, () => {
  let opened: SurveyRecord
  let found: readonly string[]

  beforeAll(async () => {
    for (const statement of holes) await sandbox.query(statement)
    opened = await survey()
    found = opened.flows.map(briefly)
  }, patience)

  test('a policy for visitors shows both tenants to them, before anything else', () => {
    expect(opened.flows[0]).toMatchObject({ actor: 'visitor', relation: 'another-tenant', kind: 'shown' })
    const first = opened.flows.find(({ object }) => object === 'table public.notes')
    expect(first).toMatchObject({ actor: 'visitor', columns: ['id', 'title'], rules: ['policy "oops" (true)'] })
    expect(found).toContain('table public.notes: visitor shown another-tenant mia of blue')
  })

  test('a view with the rights of its owner shows rows to another tenant', () => {
    const flow = opened.flows.find((one) => briefly(one) === 'view public.titles: mia shown another-tenant ann of red')
    expect(flow?.rules).toEqual(['it runs as its owner, past the row security of public.notes'])
  })

  test('a function with the rights of its owner shows and changes rows of another tenant', () => {
    expect(found).toContain('function public.note_titles: mia shown another-tenant ann of red')
    const doors = opened.flows.filter(({ object }) => object === 'function public.note_titles').map(({ door }) => door)
    expect(doors).toContain('a call with the rows of red')
    expect(found).toContain('function public.rename_note: mia changed another-tenant ann of red')
  })

  test('a check that is missing lets a user add rows to another tenant', () => {
    expect(found).toContain('table public.notes: mia added another-tenant red')
  })

  test('a column that is granted to all comes with its name', () => {
    const profiles = opened.flows.filter(({ object, kind }) => object === 'table public.profiles' && kind === 'shown')
    expect(profiles.map(({ columns }) => columns.join())).toContain('nick,phone,user_id')
  })

  test('a bucket without folders shows files of other users', () => {
    expect(found).toContain('bucket files: mia shown another-tenant ann')
  })

  test('a flow becomes a denied cell that a run finds broken, and an allowed one that holds', async () => {
    const number =
      1 +
      opened.flows.findIndex(({ actor, relation, door }) => {
        return actor === 'visitor' && relation === 'another-tenant' && door === 'a read'
      })
    const at = ['--workspace', root, '--target', 'staging']
    const run = () => inProcess(['run', ...at, '--test-name', 'visitor read'])
    expect(await inProcess(['survey', ...at, '--deny', String(number)])).toMatchObject({ code: 0, err: '' })
    expect((await run()).out).toMatch(/breach/)
    expect(await inProcess(['survey', ...at, '--allow', String(number)])).toMatchObject({ code: 0, err: '' })
    expect(await run()).toMatchObject({ code: 0 })
  })
})
