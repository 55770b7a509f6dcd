import pg from 'pg'
import { expect, test } from 'vitest'
import { chosenWork, execute } from '../../harness/engine/execute.ts'
import { RunRecords } from '../../harness/engine/run-records.ts'
import type { CellRecord, CleanupRecord } from '../../harness/model/record.ts'
import { openRun } from '../../harness/run/open-run.ts'
import { makeWorkspace } from '../workspace.ts'
import { brokenFiles, rightFiles } from './workspace.ts'

interface Tried {
  readonly records: readonly CellRecord[]
  readonly cleanup: CleanupRecord
  /** The profiles after the cells have run. */
  readonly profiles: readonly { readonly display_name: string; readonly is_admin: boolean }[]
}

/** Tries every cell of a workspace. */
async function tried(files: Readonly<Record<string, string>>): Promise<Tried> {
  const { root, remove } = makeWorkspace(files)
  try {
    const run = await openRun({ root, onProgress: () => undefined })
    const records = new RunRecords()
    await execute({ run, listener: records })
    const client = new pg.Client({ connectionString: run.context.target.databaseUrl ?? '' })
    await client.connect()
    const { rows } = await client.query<Tried['profiles'][number]>('select display_name, is_admin from profiles')
    await client.end()
    const cleanup = await run.close('whole')
    expect(records.failures).toEqual([])
    expect(records.cells).toHaveLength(chosenWork(run, {}).reduce((sum, { count }) => sum + count, 0))
    return { records: records.cells, cleanup, profiles: rows }
  } finally {
    remove()
  }
}

function notHeld(records: readonly CellRecord[]): readonly string[] {
  return records
    .filter(({ verdict }) => verdict !== 'held')
    .map(({ verdict, id }) => `${verdict}: ${id}`)
    .sort()
}

const asMade = { display_name: expect.stringMatching(/^user /), is_admin: false }

test('a profile that a trigger makes for every user is found, changed, and is as it was afterwards', async () => {
  const { records, cleanup, profiles } = await tried(rightFiles)
  expect(notHeld(records)).toEqual([])
  expect(records).toHaveLength(55)
  expect(profiles).toEqual([asMade, asMade, asMade])
  // Three users, and no row: a found row is removed with the user that caused it.
  expect(cleanup).toEqual({ made: 3, swept: 3, left: [] })
  const renamed = records.find(({ id }) => id === 'profiles › alice › rename own')
  expect(renamed?.effect).toMatchObject({
    kind: 'happened',
    what: expect.stringMatching(/^own.display_name: "user .+" → "renamed"/),
  })
})

test('if every user may update every profile, exactly the cells that show it are breaches', async () => {
  const { records, cleanup, profiles } = await tried(brokenFiles)
  expect(notHeld(records)).toEqual([
    "breach: profiles › alice › rename bob's",
    "breach: profiles › guest › rename bob's",
    'error: nowhere › alice › read',
  ])
  expect(profiles).toEqual([asMade, asMade, asMade])
  expect(cleanup.left).toEqual([])
  const missing = records.find(({ verdict }) => verdict === 'error')
  expect(missing?.because).toMatch(/^matrices\/nowhere\.matrix\.yaml:5:3: admin as alice: found no row of public\.prof/)
  expect(missing?.because).toMatch(/ with id = ".+" and is_admin = true, expected exactly one; It has to be there/)
})
