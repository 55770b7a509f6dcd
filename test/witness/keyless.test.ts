import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ChangeLog } from '../../harness/witness/changes/change-log.ts'
import { type KeylessRow, keylessRow, type RemovedKeyless } from '../../harness/witness/keyless.ts'
import { startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
let log: ChangeLog
let client: pg.Client
let marks = 0

beforeAll(async () => {
  database = await startDatabase('keyless-tables.sql')
  log = await ChangeLog.open(database.url, null)
  client = new pg.Client(database.url)
  await client.connect()
})
afterAll(async () => {
  await Promise.all([log.close(), client.end()])
  await database.stop()
})
beforeEach(() => database.sql('truncate public.visits, public.stubborn, public.parts'))

/** Executes a statement as an attempt does. @returns the rows that it added. */
async function attempted(statement: string, values: readonly unknown[] = []): Promise<readonly KeylessRow[]> {
  const mark = `keyless ${++marks}`
  await client.query('begin')
  await client.query(`select pg_logical_emit_message(true, 'trespass', '${mark}')`)
  await client.query(statement, [...values])
  await client.query('commit')
  const transactions = await log.changesOf(mark)
  return transactions
    .flatMap(({ rows }) => rows)
    .flatMap(({ table, after }) => (after === null ? [] : [keylessRow(table, after)]))
}

async function removed(rows: readonly KeylessRow[]): Promise<RemovedKeyless | undefined> {
  return await database.witness.removeKeyless?.(rows)
}

const paths = () => database.sql('select path from public.visits order by path')

describe('removeKeyless', () => {
  it('removes a row of every type by the digest of its values, and no other row', async () => {
    await database.sql(`insert into public.visits (path) values ('theirs')`)
    const rows = await attempted(`insert into public.visits (path) values ('ours'), ('ours')`)
    expect(await removed(rows)).toEqual({ gone: 2, left: [] })
    expect(await paths()).toEqual([{ path: 'theirs' }])
  })

  it('removes rows with arbitrary texts and numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
        fc.double({ noDefaultInfinity: true }),
        fc.jsonValue(),
        async (text, number, value) => {
          const json = JSON.stringify(value).replaceAll('\\u0000', '')
          const statement = 'insert into public.visits (path, large, binary_json) values ($1, $2, $3)'
          expect(await removed(await attempted(statement, [text, number, json]))).toEqual({ gone: 1, left: [] })
        },
      ),
      { numRuns: 100 },
    )
    expect(await paths()).toEqual([])
  })

  it('removes none of several equal rows when one of them belongs to others', async () => {
    await database.sql(`insert into public.parts values ('same', 1)`)
    const rows = await attempted(`insert into public.parts values ('same', 1)`)
    expect(await removed(rows)).toEqual({
      gone: 0,
      left: [expect.stringMatching(/^public\.parts: .+ 2 rows hold its/)],
    })
    expect(await database.sql('select from public.parts')).toHaveLength(2)
  })

  it('removes rows of several partitions', async () => {
    const rows = await attempted(`insert into public.parts values ('a', 1), ('a', 11)`)
    expect(await removed(rows)).toEqual({ gone: 2, left: [] })
  })

  it('names a row that a trigger keeps', async () => {
    const rows = await attempted(`insert into public.stubborn values ('ours')`)
    expect(await removed(rows)).toEqual({ gone: 0, left: [expect.stringMatching(/^public\.stubborn: .+ kept it$/)] })
  })

  it('finds nothing of a row that is gone, and of a table that was dropped', async () => {
    const rows = await attempted(`insert into public.visits (path) values ('ours')`)
    await database.sql('truncate public.visits')
    expect(await removed([...rows, keylessRow('public.never', { a: '1' })])).toEqual({ gone: 0, left: [] })
  })

  it('holds no value of the row', () => {
    expect(JSON.stringify(keylessRow('public.visits', { path: 'a secret', nothing: null }))).not.toContain('a secret')
  })
})
