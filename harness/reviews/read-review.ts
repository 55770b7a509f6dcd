import { trialsOf } from '../coverage/trials.ts'
import { TrespassError } from '../errors.ts'
import { newestReport, reportsOf } from '../evidence/find-report.ts'
import { readEvidence } from '../evidence/read.ts'
import type { Inventory } from '../inventory/model.ts'
import { readInventory } from '../inventory/read-inventory.ts'
import type { LoadedWorkspace } from '../matrix/load.ts'
import type { SchemaFact } from '../model/record.ts'
import type { Target } from '../model/target.ts'
import { paths } from '../paths/registry.ts'
import { openDatabase } from '../witness/connection.ts'
import { readSchema } from '../witness/fingerprint.ts'
import { type ReviewCatalog, readReviewCatalog } from './catalog.ts'
import { nothingTried, type TriedCells, triedCells } from './tried.ts'

/** Everything that the reviews of a target are made of. */
export interface ReviewFacts {
  readonly inventory: Inventory
  readonly catalog: ReviewCatalog
  readonly facts: readonly SchemaFact[]
}

/**
 * Reads the catalog of a target. Nothing is written, and no row of the project's tables is read.
 *
 * @throws TrespassError `review-needs-database` without a database URL, and those of the connection.
 */
export async function readReviewFacts(root: string, target: Target): Promise<ReviewFacts> {
  const { databaseUrl, databaseCa, hold = 10_000, alias } = target
  if (databaseUrl === null) {
    throw new TrespassError(
      'review-needs-database',
      `found no database URL for ${alias}, expected one: a review reads the catalog`,
      {
        hint: 'Set TRESPASS_DATABASE_URL for this target, or leave --target out to review the sandbox.',
      },
    )
  }
  const inventory = await readInventory(root, target)
  const database = openDatabase(databaseUrl, { connections: 1, ca: databaseCa, hold })
  try {
    const exposed = inventory.schemas.map(({ name }) => name)
    const catalog = await readReviewCatalog(database, exposed)
    const { facts } = await readSchema(database)
    return { inventory, catalog, facts }
  } finally {
    await database.close()
  }
}

/**
 * Reads the newest report about a target, and where there is none, the newest of the workspace.
 *
 * @throws TrespassError of a report that is damaged or changed.
 */
export async function readTried(
  root: string,
  alias: string,
  { matrices, roster }: Pick<LoadedWorkspace, 'matrices' | 'roster'>,
  facts: readonly SchemaFact[],
): Promise<TriedCells> {
  const [own] = await reportsOf(root, [alias])
  const folder = own?.folder ?? (await newestOf(root))
  return folder === null ? nothingTried : await triedIn(folder, { matrices, roster }, facts)
}

/**
 * Reads the newest report about a target, and no other.
 *
 * @throws TrespassError of a report that is damaged or changed.
 */
export async function readOwnTried(
  root: string,
  alias: string,
  workspace: Pick<LoadedWorkspace, 'matrices' | 'roster'>,
  facts: readonly SchemaFact[],
): Promise<TriedCells> {
  const [own] = await reportsOf(root, [alias])
  return own === undefined ? nothingTried : await triedIn(own.folder, workspace, facts)
}

async function triedIn(
  folder: string,
  { matrices, roster }: Pick<LoadedWorkspace, 'matrices' | 'roster'>,
  facts: readonly SchemaFact[],
): Promise<TriedCells> {
  const trials = trialsOf(
    matrices.map(({ matrix }) => matrix),
    roster,
    paths,
    () => true,
  )
  return triedCells(await readEvidence(folder), trials, facts)
}

async function newestOf(root: string): Promise<string | null> {
  return newestReport(root).catch((error: unknown) => {
    if (error instanceof TrespassError && error.code === 'no-report') return null
    throw error
  })
}
