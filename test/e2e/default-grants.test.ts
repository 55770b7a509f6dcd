import { expect, test } from 'vitest'
import { documented } from '../documented.ts'
import { evidenceOf, notHeld } from './report.ts'
import { patience, temporaryFolder, trespass, writeFiles } from './support.ts'

/** Migrations of a project from the time when every table of the schema public was granted to the API roles. */
const files = {
  'supabase/migrations/1_shop.sql': `
    create table public.products (id text primary key, name text);
    alter table public.products enable row level security;
    create policy "products are public" on public.products for select using (true);
    create table public.orders (id uuid primary key default gen_random_uuid(), user_id uuid not null, note text);
    alter table public.orders enable row level security;
    create policy "own orders" on public.orders using (user_id = (select auth.uid()));`,
  'matrices/actors.yaml': `actors:
  visitor: { kind: anon }
  ann:     { kind: authenticated }
  ben:     { kind: authenticated }
`,
  'matrices/products.matrix.yaml': `matrix: products
resource: { table: public.products }
fixtures: { one: { id: "p-$unique", name: one } }
operations: { read: { select: one }, rename: { update: one, set: { name: other } } }
expect: { "*": { read: allow, rename: deny } }
`,
  'matrices/orders.matrix.yaml': `matrix: orders
resource: { table: public.orders }
fixtures: { mine: { user_id: $ann.id, note: "n $unique" } }
operations: { read: { select: mine }, change: { update: mine, set: { note: changed } }, remove: { delete: mine } }
expect:
  ann: { "*": allow }
  "*": { "*": deny }
`,
}

const message = 'no table of the schema public is granted to anon, authenticated or service_role'

function workspace(): string {
  const root = temporaryFolder()
  writeFiles(root, files)
  return root
}

test('a project without a grant is one message of the run, before its findings', { timeout: patience }, async () => {
  const ended = await trespass(['run', '--workspace', workspace()])
  const { run, cells } = await evidenceOf(ended)
  expect(ended.code).toBe(1)
  expect(cells.filter(({ verdict }) => verdict === 'lockout').length).toBeGreaterThan(0)
  expect(run.limits?.filter((limit) => limit.includes(message))).toHaveLength(1)
  expect(ended.text.split(message)).toHaveLength(2)
  expect(ended.out).toContain(`\n${documented('docs/older-projects.md', '12 findings')}`)
  const [before = '', after = ''] = ended.text.split(message)
  const finding = /^(?:LOCKOUT|INCONCLUSIVE) {2}/m
  expect(before).not.toMatch(finding)
  expect(before).toMatch(/^12 findings have one cause: $/m)
  expect(after).toMatch(/auto_expose_new_tables = true.*--old-default-grants/)
  expect(after).not.toMatch(finding)
})

test('with the switch the project is held', { timeout: patience }, async () => {
  const ended = await trespass(['run', '--workspace', workspace(), '--old-default-grants'])
  const { run, cells } = await evidenceOf(ended)
  expect(notHeld(cells)).toEqual([])
  expect(cells.length).toBe(15)
  expect(run.limits?.filter((limit) => limit.includes(message)) ?? []).toEqual([])
  expect(ended.code, ended.text).toBe(0)
})
