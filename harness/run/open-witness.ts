import { paths } from '../paths/registry.ts'
import { connectWitness } from '../witness/postgres.ts'
import { withStores } from '../witness/stores.ts'
import type { Witness } from '../witness/witness.ts'
import type { Target } from '../workspace/target.ts'

/**
 * Opens the privileged reader of a target's effects: rows by its database, and what access paths keep by their services.
 *
 * @throws TrespassError `database-unreachable`, `witness-filtered`
 */
export async function openWitness(target: Pick<Target, 'databaseUrl' | 'privileged'>): Promise<Witness> {
  const rows = await connectWitness(target.databaseUrl)
  const stores = paths.flatMap((path) => path.stores ?? [])
  return withStores(
    rows,
    stores.map((store) => ({ store, open: store.open(target.privileged) })),
  )
}
