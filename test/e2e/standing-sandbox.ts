import pg from 'pg'
import { atEnd, type Started, start, writeFiles } from './support.ts'

/** A sandbox that outlives the runs against it. */
export interface StandingSandbox {
  readonly command: Started
  /** Its variables as the lines of an `.env.<alias>`. */
  readonly lines: string
  readonly variables: Readonly<Record<string, string>>
  /** Runs a statement as the role postgres. */
  query(text: string): Promise<Record<string, unknown>[]>
  /** Runs a statement that takes a lock. @returns a function that releases it. */
  hold(text: string): Promise<() => Promise<void>>
}

/** Starts `trespass sandbox start` with a workspace's migrations; it ends with the test file. */
export async function standingSandbox(
  workspace: string,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<StandingSandbox> {
  const command = start(['sandbox', 'start', '--workspace', workspace, ...flags], { env })
  // With SIGINT it stops its own children; the watchdog would take a little longer.
  atEnd(() => command.child.kill('SIGINT') && command.ended)
  const said = await command.says(/Ctrl-C stops it/)
  const lines = said.split('\n').filter((line) => line.startsWith('TRESPASS_'))
  const variables = Object.fromEntries(lines.map((line) => [line.split('=')[0] ?? '', line.replace(/^[^=]+=/, '')]))
  const pool = new pg.Pool({ connectionString: variables.TRESPASS_DATABASE_URL, max: 2 })
  pool.on('error', () => undefined)
  atEnd(() => pool.end())
  return {
    command,
    variables,
    lines: `${lines.join('\n')}\n`,
    query: async (text) => (await pool.query(text)).rows,
    hold: async (text) => {
      const client = new pg.Client({ connectionString: variables.TRESPASS_DATABASE_URL })
      await client.connect()
      atEnd(() => client.end())
      await client.query('begin')
      await client.query(text)
      return async () => {
        await client.query('rollback')
      }
    },
  }
}

/** Makes a standing sandbox the target `staging` of a workspace. */
export function asStaging(workspace: string, { lines }: Pick<StandingSandbox, 'lines'>): string {
  writeFiles(workspace, { '.env.staging': lines })
  return workspace
}

/** Every row of some tables as text, so that two states can be compared byte by byte. */
export async function rowsOf(
  { query }: Pick<StandingSandbox, 'query'>,
  tables: readonly string[],
): Promise<Record<string, readonly string[]>> {
  const read = async (table: string) => {
    const rows = await query(`select t::text as row from ${table} as t order by 1`)
    return [table, rows.map(({ row }) => String(row))] as const
  }
  return Object.fromEntries(await Promise.all(tables.map(read)))
}
