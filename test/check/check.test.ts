import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { inProcess } from '../e2e/in-process.ts'
import { patience, temporaryFolder, writeFiles } from '../e2e/support.ts'

const files = {
  'supabase/migrations/1_notes.sql': `create table public.notes (id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users, title text not null default 'a default value');
alter table public.notes enable row level security;
grant select on public.notes to service_role, authenticated;
`,
  'matrices/actors.yaml': 'actors:\n  alice: { kind: authenticated }\n',
  'matrices/notes.matrix.yaml': `matrix: notes
resource: { table: public.notes }
fixtures:
  own: { owner_id: $alice.id, title: Mine }
operations:
  read: { select: own }
expect: { "*": { "*": deny } }
`,
}

const root = temporaryFolder()
const check = (...flags: string[]) => inProcess(['check', '--workspace', root, ...flags])
const change = (file: keyof typeof files, from: string, to: string) =>
  writeFiles(root, { ...files, [file]: files[file].replace(from, to) })

describe('trespass check', { timeout: patience }, () => {
  beforeAll(() => writeFiles(root, files))

  test('without a stored schema, names are not checked, and the output mentions it', async () => {
    const { code, out } = await check()
    expect(code).toBe(0)
    expect(out).toContain('not checked: no schema of sandbox is stored')
    const required = await check('--require-schema')
    expect(required.code).toBe(2)
    expect(required.err).toContain('errors.md#schema-not-stored')
  })

  test('after an inventory, a wrong column is found with its place and the nearest name', async () => {
    expect((await inProcess(['inventory', '--workspace', root])).code).toBe(0)
    expect(readFileSync(join(root, '.trespass/schemas/catalog.sandbox.json'), 'utf8')).not.toContain('a default value')
    expect(existsSync(join(root, '.trespass/schemas/notes.matrix.schema.json'))).toBe(true)
    expect((await check('--require-schema')).out).toContain('Names fit the schema of sandbox')
    change('matrices/notes.matrix.yaml', 'title: Mine', 'titel: Mine')
    const { code, err } = await check()
    expect(code).toBe(2)
    expect(err).toContain('matrices/notes.matrix.yaml:4:31: found the column `titel`')
    expect(err).toContain('did you mean `title`?')
  })

  test('a changed migration makes the stored schema stale', async () => {
    change('supabase/migrations/1_notes.sql', 'title text', 'heading text')
    const { code, out } = await check()
    expect(code).toBe(0)
    expect(out).toContain('supabase/ has changed since the schema of sandbox was read')
  })

  test('mistakes of several files are found in one pass', async () => {
    change('matrices/notes.matrix.yaml', 'deny', 'denied')
    writeFiles(root, {
      'accepted.yaml': '- { gap: x, owner: me }\n',
      'scenarios/odd.scenario.yaml': 'scenario: odd\nrecipe: unheard-of\n',
    })
    const { code, err } = await check()
    expect(code).toBe(2)
    for (const file of ['notes.matrix.yaml', 'odd.scenario.yaml', 'accepted.yaml']) expect(err).toContain(file)
  })
})
