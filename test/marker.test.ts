import { afterEach, expect, test } from 'vitest'
import { requireMarker } from '../harness/run/marker.ts'
import { connectDataApi } from '../harness/witness/data-api/index.ts'
import { noWitness } from '../harness/witness/no-witness.ts'
import { connectWitness } from '../harness/witness/postgres.ts'
import { makeWorkspace, openWith } from './workspace.ts'

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

const migration = `create table public.settings (name text primary key, value text);
  grant select on public.settings to service_role;
  insert into public.settings values ('environment', 'staging');`

const of = (marker: object) => ({ targets: { hosted: { marker } } }) as Parameters<typeof requireMarker>[1]
const row = (value: string) => of({ table: 'public.settings', where: { name: 'environment', value } })
/** Only a superuser can give a database a setting of its own name; every database has this one. */
const setting = (is: string) => of({ setting: 'server_encoding', is })

test('a marker is found where it is, and nowhere else', async () => {
  const { root, remove } = makeWorkspace({ 'supabase/migrations/1_settings.sql': migration })
  ending.push(remove)
  const { target, close } = await openWith(root, {})
  ending.push(close)
  const byDatabase = await connectWitness(target.databaseUrl ?? '')
  ending.push(() => byDatabase.close())
  if (target.privileged === null) throw new Error('the sandbox has a secret key')
  const byDataApi = await connectDataApi(target.privileged)

  for (const witness of [byDatabase, byDataApi]) {
    await requireMarker('hosted', row('staging'), witness)
    await requireMarker('hosted', { targets: {} }, witness)
    await expect(requireMarker('hosted', row('production'), witness)).rejects.toMatchObject({
      code: 'marker-missing',
      message: expect.stringContaining('a row of public.settings with {"name":"environment","value":"production"}'),
    })
    const nowhere = of({ table: 'public.nowhere', where: { a: 1 } })
    await expect(requireMarker('hosted', nowhere, witness)).rejects.toMatchObject({ code: 'marker-unreadable' })
  }
  await requireMarker('hosted', setting('UTF8'), byDatabase)
  for (const other of [setting('LATIN1'), of({ setting: 'app.environment', is: 'staging' })]) {
    await expect(requireMarker('hosted', other, byDatabase)).rejects.toMatchObject({ code: 'marker-missing' })
  }
  await expect(requireMarker('hosted', setting('UTF8'), byDataApi)).rejects.toMatchObject({
    code: 'marker-unreadable',
    hint: expect.stringContaining('TRESPASS_DATABASE_URL'),
  })
})

test('a marker that cannot be read stops the run as well', async () => {
  await expect(requireMarker('hosted', row('staging'), noWitness())).rejects.toMatchObject({
    code: 'marker-unreadable',
  })
})
