import { messageOf } from '../errors.ts'
import type { Inventory } from '../inventory/model.ts'
import type { KnownSchema } from '../matrix/editor-schema.ts'
import { type LoadedWorkspace, readWorkspace } from '../matrix/load.ts'
import type { Target } from '../model/target.ts'
import { paths } from '../paths/registry.ts'
import { withStoreRelations } from '../witness/stores.ts'
import { importModule } from './import-module.ts'
import { keepSchema } from './keep-schema.ts'
import { openWitness } from './open-witness.ts'

/**
 * Stores the schema of a target that was listed, as {@link keepSchema} does. A target whose catalog cannot be read keeps what is
 * stored of it.
 *
 * @returns a sentence when it was not stored; null when it was.
 */
export async function keepTargetSchema(
  root: string,
  target: Target,
  { digest, found }: { readonly digest: string; readonly found: Inventory },
): Promise<string | null> {
  try {
    const witness = await openWitness(target)
    try {
      if (witness.sees === 'nothing')
        return 'the schema was not stored: neither a database URL nor a secret key shows it'
      const buckets = found.buckets?.map(({ id }) => id) ?? null
      const known = { catalog: await witness.catalog(), complete: witness.sees === 'database', buckets }
      return keepSchema({ root, alias: target.alias, digest, known, workspace: await namesIn(root) })
    } finally {
      await witness.close()
    }
  } catch (error) {
    return `the schema was not stored: ${messageOf(error)}`
  }
}

/** Stores a schema that was read from a database, with the names of the files that are there by now. */
export async function keepSchemaAndNames(
  root: string,
  { alias, digest, known }: { readonly alias: string; readonly digest: string; readonly known: KnownSchema },
): Promise<string | null> {
  const stores = paths.flatMap((path) => path.stores ?? [])
  const catalog = withStoreRelations(known.catalog, stores)
  return keepSchema({ root, alias, digest, known: { ...known, catalog }, workspace: await namesIn(root) })
}

/** @returns the names of a workspace; null where it has no actors file yet, or one with a mistake. */
async function namesIn(root: string): Promise<LoadedWorkspace | null> {
  const { workspace, complete } = await readWorkspace({ root, paths, importModule, mayBeEmpty: true })
  return complete ? workspace : null
}
