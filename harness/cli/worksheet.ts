import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { committedMigration } from '../deployments/migration.ts'
import { TrespassError } from '../errors.ts'
import { readMigration } from '../migrations/migration-file.ts'
import { worksheetOf } from '../migrations/worksheet.ts'
import { applierOf } from './applier.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { print } from './print.ts'

const flags = {
  ...workspaceFlag,
  target: { type: 'string', value: 'ALIAS', help: 'the environment that the migration is going to be applied to' },
  'applied-by': {
    type: 'string',
    value: 'TOOL',
    help: 'supabase-cli (default), sql-editor, psql or psql-single-transaction',
  },
} as const satisfies Readonly<Record<string, Flag>>

/** Prints the worksheet of a deployment. Sends nothing, and opens no target. */
export const worksheet: Command = {
  summary: 'writes the worksheet of a migration: header, checks before, SQL, checks after, rollback or forward fix',
  words: 'MIGRATION',
  flags,
  exits: {
    0: 'the worksheet was printed',
    2: 'bad usage or configuration, or a migration that is missing or cannot be read',
  },
  examples: [
    'npx trespass worksheet 20260301090000_polls.sql --target staging',
    'npx trespass worksheet supabase/migrations/20260301090000_polls.sql --applied-by sql-editor',
  ],
  async run(args) {
    const given = readArguments(args, flags)
    const [written, ...more] = given.words
    if (written === undefined || more.length > 0) {
      throw new TrespassError('usage', `found ${given.words.length} migrations, expected one, by its name or its path`)
    }
    const root = resolve(given.text('workspace') ?? '.')
    const { file, statements } = await readMigration(root, written)
    const found = await committedMigration(root, file).catch((error: unknown) => {
      if (error instanceof TrespassError && notCommitted.includes(error.code)) return error
      throw error
    })
    const isMissing = found instanceof TrespassError
    const sheet = worksheetOf({
      file,
      text: readFileSync(join(root, file), 'utf8').replace(/^\uFEFF/, ''),
      statements,
      applier: applierOf(given),
      committed: isMissing ? null : found,
      uncommitted: isMissing ? found.message : null,
      alias: given.text('target') ?? null,
    })
    for (const line of sheet.trimEnd().split('\n')) print(line)
    return 0
  },
}

/** A worksheet may be written before the migration is committed. */
const notCommitted: readonly string[] = ['not-in-git', 'not-committed', 'not-as-committed']
