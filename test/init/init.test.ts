import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { inProcess } from '../e2e/in-process.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from '../e2e/standing-sandbox.ts'
import { type Ended, patience, temporaryFolder, writeFiles } from '../e2e/support.ts'
import { projectFiles } from './workspace.ts'

const root = temporaryFolder()
let sandbox: StandingSandbox
let first: Ended
let before: Readonly<Record<string, readonly string[]>>
const tables = ['auth.users', 'public.profiles', 'public.teams', 'public.projects', 'public.feelings']

const text = (path: string) => readFileSync(join(root, path), 'utf8')
const matrix = (name: string): { fixtures: object; operations: object; resource: object } =>
  parse(text(`matrices/${name}.matrix.yaml`))

beforeAll(async () => {
  writeFiles(root, projectFiles)
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
  before = await rowsOf(sandbox, tables)
  first = await inProcess(['init', '--target', 'staging', '--workspace', root])
}, patience)

describe('trespass init', { timeout: patience }, () => {
  test('makes working fixtures for every table and view that takes rows', () => {
    expect(first.code).toBe(0)
    expect(first.out).toContain('11 of 13 reachable tables and views have fixtures that the database takes')
    expect(first.out).toMatch(/table public\.sealed: no matrix: no row of public\.sealed can be made: .*sealed_check/)
    expect(first.out).toMatch(/view public\.totals: no matrix: it shows no column by which a row/)
  })

  test('leaves no row behind', async () => {
    expect(await rowsOf(sandbox, tables)).toEqual(before)
  })

  test('names the actors, two tenants and the rows of triggers', () => {
    const actors = parse(text('matrices/actors.yaml'))
    expect(Object.keys(actors.actors)).toEqual(['visitor', 'alice', 'bob', 'mallory', 'guest'])
    expect(actors.world['alice in acme'].values).toEqual({ team_id: '$acme.id', user_id: '$alice.id', role: 'owner' })
    expect(actors.world['mallory in globex'].values).toMatchObject({ team_id: '$globex.id' })
    expect(matrix('profiles').fixtures).toEqual({ "alice's": { find: { id: '$alice.id' } } })
    expect(text('matrices/profiles.matrix.yaml')).toContain('# delete is not tried')
  })

  test('writes an operation for each granted command, undecided', () => {
    expect(matrix('projects').operations).toEqual({
      read: { select: "alice's" },
      add: { insert: { team_id: '$acme.id', name: 'Trespass $unique' } },
      change: { update: "alice's", set: { name: 'Changed $unique' } },
      'hear a change': { subscribe: "alice's", on: 'update', set: { name: 'Changed $unique' } },
      remove: { delete: "alice's" },
    })
    expect(parse(text('matrices/projects.matrix.yaml')).expect).toEqual({ '*': { '*': 'define' } })
    expect(text('matrices/projects.matrix.yaml')).toMatch(/^# yaml-language-server: \$schema=.*matrix\.schema\.json\n/)
  })

  test('calls functions with rows of the run, and names those that it cannot call', () => {
    expect(matrix('rename_project').operations).toEqual({
      call: { call: { p_project_id: `\${alice's projects.id}`, p_name: 'Trespass $unique' } },
    })
    expect(matrix('my_projects').operations).toEqual({ call: { call: {}, reads: "alice's projects" } })
    expect(first.out).toMatch(/function public\.purge\(\): no matrix: it may write/)
    expect(first.out).toMatch(/function public\.lookup\(thing uuid\): no matrix: what the argument thing/)
    expect(text('matrices/actors.yaml')).toContain('# function public.purge() has no matrix')
  })

  test('uploads files that the bucket accepts', () => {
    expect(matrix('bucket-pictures').fixtures).toMatchObject({ "alice's": { content_type: 'image/png' } })
  })

  test('names nothing that clients cannot reach', () => {
    expect(readdirSync(join(root, 'matrices')).join()).not.toContain('hidden')
    expect(first.out).not.toContain('hidden')
  })

  test('appends to .gitignore and writes the examples', () => {
    expect(text('.gitignore')).toBe('node_modules/\n.env\n.trespass/\nreports/*\n.env.*\n!.env.example\n')
    expect(text('trespass.config.ts')).toContain('defineConfig')
    expect(text('.env.example')).toContain('TRESPASS_DATABASE_URL=')
  })

  test('overwrites nothing', async () => {
    const again = await inProcess(['init', '--target', 'staging', '--workspace', root])
    expect(again.code).toBe(2)
    expect(again.err).toMatch(/found trespass\.config\.ts, matrices\/actors\.yaml/)
  })

  test('the next run makes the fixtures and tries the cells, for any name of the table', async () => {
    const run = await inProcess(['run', '--target', 'staging', '--workspace', root, '--matrix', 'order-items'])
    expect(run.out).toMatch(/20 cells: 20 undecided/)
    expect(run.out).toMatch(/alice.*carried out/)
    expect(run.code).toBe(1)
  })
})

test.each<[string, readonly string[], RegExp]>([
  ['a folder without supabase/', [], /found no folder supabase\//],
  ['a target without a database URL', ['--target', 'plain'], /found no database URL of plain/],
  ['the flag of the sandbox beside a target', ['--old-default-grants', '--target', 'staging'], /--old-default-grants/],
])('%s is refused', async (_, flags, message) => {
  const folder = temporaryFolder()
  asStaging(folder, sandbox)
  const withoutDatabase = sandbox.lines.split('\n').filter((line) => !line.startsWith('TRESPASS_DATABASE_URL'))
  writeFiles(folder, { '.env.plain': withoutDatabase.join('\n') })
  const refused = await inProcess(['init', '--workspace', folder, ...flags])
  expect(refused.code).toBe(2)
  expect(refused.err).toMatch(message)
  expect(readdirSync(folder)).toEqual(['.env.plain', '.env.staging'])
})
