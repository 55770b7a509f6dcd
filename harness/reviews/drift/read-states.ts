import { messageOf, TrespassError } from '../../errors.ts'
import { migrationsOf, readMigration } from '../../migrations/migration-file.ts'
import type { SchemaFact } from '../../model/record.ts'
import { type Database, openDatabase } from '../../witness/connection.ts'
import { readSchema } from '../../witness/fingerprint.ts'
import type { Config } from '../../workspace/config.ts'
import { loadEnvironment } from '../../workspace/environment.ts'
import { openTarget } from '../../workspace/open-target.ts'
import { objectsOf } from './objects.ts'
import { Timeline } from './timeline.ts'

/** The time limit of a statement of a migration, in milliseconds: a sandbox's tables are small. */
const hold = 60_000

/** The states between the migrations, and what could not be known of them. */
export interface States {
  /** Null where no state could be read. */
  readonly timeline: Timeline | null
  readonly limits: readonly string[]
}

/**
 * Applies the migrations of a workspace to sandboxes of their own, statement by statement, and reads the schema after each. A
 * migration that cannot be applied that way, such as one with a command that the platform executes itself, is one step: the
 * sandbox that is built with it gives the state after it.
 */
export async function readStates(root: string, config: Config, onProgress: (text: string) => void): Promise<States> {
  const files = migrationsOf(root)
  const timeline = new Timeline()
  const limits: string[] = []
  for (let next = 0; next < files.length; ) {
    const opened = await builtUpTo(root, config, files[next], onProgress).catch((error: unknown) => {
      if (error instanceof TrespassError) return error
      throw error
    })
    if (opened instanceof TrespassError) {
      return { timeline: null, limits: [`the states between the migrations: ${opened.message}`] }
    }
    try {
      timeline.add({
        migration: files[next - 1] === undefined ? null : fileOf(files[next - 1]),
        at: null,
        facts: await factsOf(opened.database),
      })
      while (next < files.length) {
        const file = files[next] ?? ''
        next += 1
        onProgress(`reading the states of ${file}`)
        const failure = await applyOne(root, file, opened.database, timeline)
        if (failure === null) continue
        limits.push(`the statements of ${fileOf(file)} are one step: ${failure}`)
        break
      }
    } finally {
      await opened.close()
    }
    // The last migration failed as single statements: the state after it is that of the whole sandbox.
    if (next === files.length && limits.at(-1)?.includes(fileOf(files.at(-1))) === true) {
      const whole = await builtUpTo(root, config, undefined, onProgress)
      try {
        timeline.add({ migration: fileOf(files.at(-1)), at: null, facts: await factsOf(whole.database) })
      } finally {
        await whole.close()
      }
    }
  }
  return { timeline, limits }
}

function fileOf(name: string | undefined): string {
  return `supabase/migrations/${name ?? ''}`
}

/** @returns why a statement failed; null when the whole migration is applied. */
async function applyOne(root: string, file: string, database: Database, timeline: Timeline): Promise<string | null> {
  try {
    const { statements } = await readMigration(root, file)
    for (const { text, at } of statements) {
      await database.query(text)
      timeline.add({ migration: fileOf(file), at, facts: await factsOf(database) })
    }
    return null
  } catch (error) {
    if (error instanceof TrespassError && error.code === 'migration-empty') return null
    return messageOf(error)
  }
}

async function builtUpTo(
  root: string,
  config: Config,
  file: string | undefined,
  onProgress: (text: string) => void,
): Promise<{ readonly database: Database; close(): Promise<void> }> {
  const environment = loadEnvironment(root, 'sandbox', process.env)
  const until = file === undefined ? {} : { until: fileOf(file) }
  const sandbox = { holes: [], withoutSeed: true, ...until }
  const opened = await openTarget({ root, config, environment, sandbox, onProgress })
  const { databaseUrl, databaseCa } = opened.target
  if (databaseUrl === null) throw new Error('a sandbox has a database')
  const database = openDatabase(databaseUrl, { connections: 1, ca: databaseCa, hold })
  return {
    database,
    close: async () => {
      await database.close()
      await opened.close()
    },
  }
}

async function factsOf(database: Database): Promise<readonly SchemaFact[]> {
  const { facts } = await readSchema(database)
  return [...objectsOf(facts).values()].flatMap((object) => object.facts)
}
