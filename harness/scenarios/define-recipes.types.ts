/**
 * Checks that the TypeScript types of a scenario accept exactly what the schema of its recipe accepts: the same keys, and the
 * same values.
 */
import type { ReadonlyInput } from '../readonly-input.ts'
import type * as define from './define-recipes.ts'
import type { ContendedKeys } from './recipes/contended.ts'
import type { InterruptedMigrationKeys } from './recipes/interrupted-migration.ts'
import type { ReplayedKeys } from './recipes/replayed.ts'
import type { WorkerClaimKeys } from './recipes/worker-claim.ts'
import type { RevokedKeys } from './revoked/declared.ts'

type Different<One, Other> = Exclude<keyof One, keyof Other> | Exclude<keyof Other, keyof One>

/** The keys that only one of them has, and whether the first takes a value more. */
type Compared<Type, Schema> = readonly [
  Different<Type, Schema>,
  Type extends ReadonlyInput<Schema> ? never : 'another value',
]

/** Compiles where nothing is different. */
type Same<Difference extends readonly [never, never]> = Difference

export type Checked = [
  Same<Compared<define.Contended, ContendedKeys>>,
  Same<Compared<define.Contended['expect'], ContendedKeys['expect']>>,
  Same<Compared<define.Replayed, ReplayedKeys>>,
  Same<Compared<define.Replayed['expect'], ReplayedKeys['expect']>>,
  Same<Compared<define.InterruptedMigration, InterruptedMigrationKeys>>,
  Same<Compared<define.WorkerClaim, WorkerClaimKeys>>,
  Same<Compared<NonNullable<define.WorkerClaim['expect']>, NonNullable<WorkerClaimKeys['expect']>>>,
  Same<Compared<define.Revoked, RevokedKeys>>,
  Same<Compared<NonNullable<define.Revoked['write']>, NonNullable<RevokedKeys['write']>>>,
]
