import type { Recipe } from './recipe.ts'
import { contended } from './recipes/contended.ts'

/** Every recipe, by the word under `recipe:`. */
export const recipes: readonly Recipe[] = [contended]
