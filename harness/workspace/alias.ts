/** An alias names a file and a folder, so it is a plain word. */
export const aliasPattern = /^[a-z0-9][a-z0-9_-]{0,39}$/i

/** True for aliases that differ in upper and lower case at most. */
export function sameAlias(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
