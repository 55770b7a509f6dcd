import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { checkedFiles } from '../init/check-files.ts'
import type { Plan } from '../init/model.ts'
import { readSchema } from '../init/read-schema.ts'
import { type TriedPlan, tryPlans, untried } from '../init/try-plan.ts'
import { refuseExisting, writeFiles } from '../init/write-files.ts'
import type { Target } from '../model/target.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import { importModule } from '../run/import-module.ts'
import { keepSchemaAndNames } from '../run/keep-target-schema.ts'
import { openDatabaseProof, withTiedConnections } from '../run/prove-database.ts'
import { openDatabase } from '../witness/connection.ts'
import { type Config, loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { openReadOnly } from '../workspace/open-target.ts'
import { schemaDigest } from '../workspace/schema-sources.ts'
import { secretsOf } from '../workspace/secrets.ts'
import { type Flag, noWords, readArguments } from './arguments.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { print, printError } from './print.ts'
import { initLines } from './terminal/init.ts'

const flags = {
  ...targetFlag,
  ...workspaceFlag,
  'old-default-grants': {
    type: 'boolean',
    help: 'new tables of the sandbox are granted to the API roles, as on projects made before 2026',
  },
} as const satisfies Readonly<Record<string, Flag>>

/** The maximum duration of a transaction in milliseconds, in a database without other users. */
const sandboxHold = 120_000

/** Writes the first files of a workspace from the catalog of its database. */
export const init: Command = {
  summary: 'writes the first actors, world and matrices of a project from the catalog of its database',
  flags,
  exits: {
    0: 'the files were written',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
  },
  examples: ['npx trespass init', 'npx trespass init --workspace ../your-project'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    const root = resolve(given.text('workspace') ?? '.')
    const config = await loadConfig(root, importModule)
    refuseExisting(root, ['trespass.config.ts', 'matrices/actors.yaml', 'matrices/actors.ts'])
    const environment = loadEnvironment(root, given.text('target') ?? null, process.env)
    const isSandbox = environment.alias === 'sandbox'
    if (isSandbox && !existsSync(join(root, 'supabase'))) {
      throw new TrespassError(
        'no-supabase-folder',
        `found no folder supabase/ in ${root}, expected the migrations of a project`,
        {
          hint: 'Name the folder that holds supabase/ after --workspace, or a target with a database URL after --target.',
        },
      )
    }
    const oldDefaultGrants = given.on('old-default-grants')
    if (oldDefaultGrants && !isSandbox) {
      throw new TrespassError('usage', 'found --old-default-grants beside a target, expected it with the sandbox alone')
    }
    const sandbox = { holes: [], oldDefaultGrants }
    const digest = await schemaDigest(root)
    const opened = await openReadOnly({ root, config, environment, sandbox, onProgress: printError })
    try {
      const target = withTiedConnections(opened.target)
      const { databaseUrl, databaseCa } = target
      if (databaseUrl === null) {
        throw new TrespassError(
          'no-database-url',
          `found no database URL of ${target.alias} that leads to its project, expected one`,
          {
            hint: 'Set TRESPASS_DATABASE_URL, or leave --target out to start a sandbox with the migrations of supabase/.',
          },
        )
      }
      const hold = isSandbox ? sandboxHold : (target.hold ?? config.hold * 1000)
      const database = openDatabase(databaseUrl, { connections: 1, ca: databaseCa, hold })
      try {
        const schema = await readSchema(root, target, database)
        const refusal = (await opened.writesRefused?.(null)) ?? null
        if (refusal === null) await proveDatabase(target, config)
        printError(refusal === null ? 'trying fixtures, which are rolled back' : 'planning fixtures')
        const tried: TriedPlan =
          refusal === null ? await tryPlans({ schema, database, hold, disposable: isSandbox }) : untried(schema)
        const redacted = withoutSecrets(tried.plan, redactor(secretsOf(target, [])))
        const { plan, files } = await checkedFiles(redacted, schema.catalog, paths)
        const written = writeFiles(root, files)
        const known = { ...schema, complete: true, buckets: schema.inventory.buckets?.map(({ id }) => id) ?? null }
        const unwritten = await keepSchemaAndNames(root, { alias: target.alias, digest, known })
        if (unwritten !== null) printError(unwritten)
        for (const line of initLines({ ...tried, plan }, written, refusal?.message ?? null)) print(line)
        return 0
      } finally {
        await database.close()
      }
    } finally {
      await opened.close()
    }
  },
}

/** Checks that the database belongs to the target's API, before a row is made in it. @throws TrespassError */
async function proveDatabase(target: Target, config: Config): Promise<void> {
  const proof = openDatabaseProof(target, config)
  try {
    await proof?.compareUsers()
  } finally {
    await proof?.close()
  }
}

/** Messages of the database may contain values of rows, so they are redacted. The plan's own rows are made up. */
function withoutSecrets(plan: Plan, redact: ReturnType<typeof redactor>): Plan {
  const { actorNotes, worldNotes, left } = plan
  const matrices = plan.matrices.map((matrix) => ({ ...matrix, notes: redact(matrix.notes) }))
  return { ...plan, ...redact({ actorNotes, worldNotes, left }), matrices }
}
