import type { Problem } from '../errors.ts'
export function checkAgainstCatalog(..._: unknown[]): Problem[] { return [] }
export function checkWorldAgainstCatalog(..._: unknown[]): Problem[] { return [] }
