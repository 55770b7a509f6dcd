import type { Recipe } from './recipe.ts'
import { contended } from './recipes/contended.ts'
import { interruptedMigration } from './recipes/interrupted-migration.ts'
import { replayed } from './recipes/replayed.ts'
import { revoked } from './recipes/revoked.ts'
import { workerClaim } from './recipes/worker-claim.ts'

/** Every recipe, by the word under `recipe:`. */
export const recipes: readonly Recipe[] = [contended, replayed, interruptedMigration, workerClaim, revoked]
