import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { inProcess } from '../e2e/in-process.ts'
import { asStaging, type StandingSandbox, standingSandbox } from '../e2e/standing-sandbox.ts'
import { patience, temporaryFolder, writeFiles } from '../e2e/support.ts'
import { openFiles } from './workspace.ts'

interface Printed {
  readonly source: string
  readonly limits: readonly string[]
  readonly flags: readonly { readonly code: string; readonly objects: readonly string[] }[]
  readonly relations: readonly { readonly name: string; readonly columns: readonly string[] }[]
  readonly functions: readonly { readonly name: string }[]
  readonly buckets: readonly { readonly id: string }[] | null
}

const root = temporaryFolder()
let sandbox: StandingSandbox
let text = ''
let found: Printed

const inventory = (...flags: string[]) => inProcess(['inventory', '--target', 'staging', '--workspace', root, ...flags])

beforeAll(async () => {
  writeFiles(root, openFiles)
  sandbox = await standingSandbox(root)
  asStaging(root, sandbox)
  text = (await inventory()).out
  found = JSON.parse((await inventory('--json')).out)
}, patience)

const flagged = (code: string) => found.flags.find((flag) => flag.code === code)?.objects ?? []

describe('the flags of an inventory', { timeout: patience }, () => {
  test.each<[string, readonly string[]]>([
    [
      'row-security-off',
      [
        'table public.child (authenticated)',
        'table public.drafts (authenticated)',
        'partition public.events_2026 (authenticated)',
        'table public.memos (anon, authenticated)',
      ],
    ],
    ['policy-without-row-security', ['table public.drafts']],
    [
      'child-without-row-security',
      ['table public.child (authenticated)', 'partition public.events_2026 (authenticated)'],
    ],
    [
      'view-as-owner',
      [
        'view public.all_tickets (authenticated) reads public.tickets',
        'view public.over_view (authenticated) reads public.tickets',
      ],
    ],
    ['materialized-view', ['materialized view public.counts (anon)']],
    ['policy-true', ['policy "every "item"" on public."Order Items" for select to public']],
    ['policy-trusts-user-metadata', ['policy "trusts" on public.people']],
    [
      'definer-function',
      ['public.count_all() (anon, authenticated)', 'public.safe(ticket uuid, again boolean) (authenticated)'],
    ],
    ['definer-without-search-path', ['public.count_all() (anon, authenticated)']],
    ['public-bucket', ['bucket pics']],
    ['published-without-row-security', ['table public.memos (id, body)']],
    ['create-on-schema', ['schema extra (authenticated)']],
  ])('%s', (code, objects) => {
    expect(flagged(code)).toEqual(objects)
  })

  test('functions that PUBLIC may execute, in every exposed schema and under every name', () => {
    expect(flagged('executable-by-public')).toEqual(
      expect.arrayContaining(['extra."Ping it"()', 'public.count_all()', 'public.takes_json(jsonb)']),
    )
    expect(flagged('executable-by-public').join()).not.toMatch(/on_change|unnamed|peek|gone|safe/)
  })

  test('privileges that no request needs, and default privileges that expose new objects', () => {
    expect(flagged('needless-privilege')).toContain(
      'table public.memos: TRUNCATE, REFERENCES, TRIGGER to anon; TRUNCATE, REFERENCES, TRIGGER to authenticated',
    )
    expect(flagged('needless-privilege').join()).not.toContain('public.tickets')
    expect(flagged('default-privileges')).toContain('tables that postgres creates in schema extra: SELECT to anon')
  })

  test('cover no protected table, no view of the caller, and nothing in a schema that is not exposed', () => {
    const all = found.flags.flatMap(({ objects }) => objects)
    expect(all.filter((one) => /^(table public\.(tickets|sealed)|view public\.own_tickets) \(/.test(one))).toEqual([])
    expect(all.join()).not.toContain('private.')
  })
})

describe('the objects of an inventory', () => {
  test.each([
    ['a table with its rows by role', /table public\.memos: row security off\n {4}anon: select, insert: every row/],
    [
      'a table that is granted and shows no row',
      /table public\.sealed: row security on\n {4}anon: select: no row, since/,
    ],
    ['columns with grants of their own', /columns that authenticated may update: name, not id, owner_id, salary/],
    ['policies by command, restrictive ones as such', /restrictive policy "narrow" for select to authenticated using/],
    [
      'a view that runs as the caller',
      /view public\.own_tickets: runs as the caller, security barrier, reads public\.tickets/,
    ],
    [
      'a view of the caller over one of its owner',
      /view public\.over_view: runs as the caller, .*past their row security/,
    ],
    ['a partition', /partition public\.events_2026: row security off, of public\.events/],
    ['an inheriting table', /table public\.child: row security off, inherits public\.base/],
    [
      'a function with what it is',
      /function public\.safe\(ticket uuid, again boolean\): returns SETOF public\.tickets, stable, runs as its owner postgres, search_path = ""\n {4}called by authenticated\n/,
    ],
    [
      'a function that the API cannot call',
      /public\.on_change\(\).*\n {4}not callable by the API: it is the function of a trigger/,
    ],
    ['a sequence', /sequence public\.numbers: .*authenticated usage/],
    ['another exposed schema', /Schema extra: anon, authenticated may use it; authenticated may create objects in it/],
    ['a bucket with its limits', /bucket papers: private, at most 1000 bytes, text\/plain/],
    ['policies of Storage', /storage\.objects: policies\n {4}policy "papers are read" for select/],
    ['policies of Realtime', /realtime\.messages: policies\n {4}policy "rooms" for select to authenticated/],
    ['the columns that Realtime sends', /changes of public\.memos: id, body; replica identity default/],
    ['anonymous sign-ins', /anonymous sign-ins are on/],
    ['an Edge Function', /Edge Function open: verifies no JWT/],
    ['default privileges', /tables of postgres in schema extra: anon select/],
    ['what it could not see', /not seen: whether public channels are allowed/],
  ])('%s', (_, line) => {
    expect(text).toMatch(line)
  })

  test('writes nothing and prints no secret', () => {
    const { TRESPASS_URL = '', TRESPASS_DATABASE_URL = '', ...keys } = sandbox.variables
    for (const secret of [TRESPASS_URL, TRESPASS_DATABASE_URL, ...Object.values(keys)])
      expect(text).not.toContain(secret)
  })
})

describe('without a database URL', { timeout: patience }, () => {
  test("lists the objects of the API's description, and its limits", async () => {
    const lines = readFileSync(join(root, '.env.staging'), 'utf8').split('\n')
    const less = lines.filter((line) => !line.startsWith('TRESPASS_DATABASE_URL='))
    writeFiles(root, { '.env.less': less.join('\n') })
    const ended = await inProcess(['inventory', '--target', 'less', '--workspace', root, '--json'])
    const seen: Printed = JSON.parse(ended.out)
    expect(seen.source).toBe('data-api')
    expect(seen.limits.join('\n')).toMatch(/neither grants, policies, row security/)
    expect(seen.relations.map(({ name }) => name)).toEqual(expect.arrayContaining(['memos', 'counts', 'tickets']))
    expect(seen.functions.map(({ name }) => name)).toEqual(expect.arrayContaining(['count_all', 'Ping it']))
    expect(seen.buckets?.map(({ id }) => id)).toEqual(['papers', 'pics'])
    expect(seen.flags.map(({ code }) => code)).not.toContain('row-security-off')
    const shown = await inProcess(['inventory', '--target', 'less', '--workspace', root])
    // The gateway describes the API to a secret key alone.
    expect(shown.out).toMatch(/memos\n {4}described to service_role\n/)
  })
})

describe('a large schema', { timeout: patience }, () => {
  test('is listed whole', async () => {
    await sandbox.query(`do $$ begin
      for i in 1..1000 loop
        execute format('create table extra.t%s (id int primary key, owner_id uuid, a text, b text)', i);
        execute format('alter table extra.t%s enable row level security', i);
        execute format('grant select, insert (id, a) on extra.t%s to authenticated', i);
        execute format('create policy p on extra.t%s for select to authenticated using (owner_id = auth.uid())', i);
        execute format('create function extra.f%s(n int) returns int language sql as ''select n''', i);
        execute format('create function extra.g%s(n int) returns int language sql security definer as ''select n''', i);
      end loop; end $$`)
    const large: Printed = JSON.parse((await inventory('--json')).out)
    expect(large.relations.filter(({ name }) => /^t\d+$/.test(name))).toHaveLength(1000)
    expect(large.functions.filter(({ name }) => /^[fg]\d+$/.test(name))).toHaveLength(2000)
  })
})
