import type { Target } from '../model/target.ts'
import { paths } from '../paths/registry.ts'
import { connectDataApi } from '../witness/data-api/index.ts'
import { noWitness } from '../witness/no-witness.ts'
import { connectWitness } from '../witness/postgres.ts'
import { withStores } from '../witness/stores.ts'
import type { Witness } from '../witness/witness.ts'

/**
 * Opens the privileged reader of a target's effects: it reads rows by the target's database, else by the Data API with the secret
 * key, else not at all; and it reads object stores by their services.
 *
 * @throws TrespassError `database-unreachable`, `witness-filtered` and the like, of the room that connects.
 */
export async function openWitness(target: WitnessTarget): Promise<Witness> {
  const rows = await witnessOfRows(target)
  const { privileged } = target
  if (privileged === null) return rows
  const stores = paths.flatMap((path) => path.stores ?? [])
  return withStores(
    rows,
    stores.map((store) => ({ store, open: store.open(privileged) })),
  )
}

/** The part of a target that decides how its effects can be read. */
type WitnessTarget = Pick<Target, 'kind' | 'databaseUrl' | 'databaseCa' | 'privileged' | 'hold'>

function witnessOfRows({ kind, databaseUrl, databaseCa, privileged, hold }: WitnessTarget): Promise<Witness> {
  if (databaseUrl !== null) {
    return connectWitness(databaseUrl, { ca: databaseCa, hold, ownsSchema: kind === 'sandbox' })
  }
  return privileged === null ? Promise.resolve(noWitness()) : connectDataApi(privileged)
}
