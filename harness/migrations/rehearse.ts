import { type Applier, refuseInapplicable, stepsOf } from '../cuts/application.ts'
import { concurrencyRange } from '../limits/concurrency-limit.ts'
import type { LoadedWorkspace } from '../matrix/load.ts'
import type { Config } from '../workspace/config.ts'
import { openDisposable } from './disposable.ts'
import { type MigrationFile, readMigration } from './migration-file.ts'
import { awaitSchemaCache } from './schema-cache.ts'
import { applySteps } from './session.ts'
import { type Tried, tryMatrices } from './try-matrices.ts'

/** The migration to rehearse, with the matrices to try. */
export interface RehearseOptions {
  /** Absolute path of the workspace. The caller holds its lock. */
  readonly root: string
  readonly config: Config
  /** The migration: its path, or its name. */
  readonly file: string
  readonly applier: Applier
  /** With the matrices to try before and after. */
  readonly workspace: LoadedWorkspace
  readonly onProgress: (text: string) => void
  readonly signal?: AbortSignal
}

/** The results of the matrices before and after a migration. */
export interface Rehearsal {
  readonly migration: MigrationFile
  readonly applier: Applier
  readonly before: Tried
  readonly after: Tried
}

/**
 * Tries matrices before and after a migration, on a sandbox of its own without later migrations.
 *
 * @throws TrespassError of the failing step; `migration-failed` if the migration cannot be applied.
 */
export async function rehearse(options: RehearseOptions): Promise<Rehearsal> {
  const { root, config, applier, workspace, onProgress, signal } = options
  const migration = await readMigration(root, options.file)
  const { file, statements } = migration
  refuseInapplicable(statements, applier)
  const shared = statements.some((statement) => statement.shared)
  const disposable = await openDisposable({ root, config, file, shared, onProgress })
  try {
    const { opened, databaseUrl } = disposable
    const concurrency = concurrencyRange(config.concurrency, 'sandbox')
    const given = { root, config, workspace, opened, concurrency, signal }
    const before = await tryMatrices({ ...given, onProgress: (text) => onProgress(`before the migration: ${text}`) })
    await disposable.reset()
    onProgress(`applying ${file}`)
    await applySteps(databaseUrl, stepsOf(statements, applier))
    if (opened.target.privileged !== null) await awaitSchemaCache(databaseUrl, opened.target.privileged)
    const after = await tryMatrices({ ...given, onProgress: (text) => onProgress(`after the migration: ${text}`) })
    return { migration, applier, before, after }
  } finally {
    await disposable.close()
  }
}
