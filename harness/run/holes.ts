import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { TrespassError } from '../errors.ts'
import { didYouMeanOneOf, oneOfMany } from '../message-text.ts'

/** The folder of a workspace's holes: one small SQL file each, opened on purpose in a sandbox. */
const folder = 'holes'

/** @returns the names of a workspace's holes, sorted. */
function holesOf(root: string): readonly string[] {
  try {
    return readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.sql'))
      .map((name) => name.slice(0, -'.sql'.length))
      .sort()
  } catch {
    return []
  }
}

/**
 * @returns the absolute path of a hole's SQL file.
 * @throws TrespassError `no-such-hole` with the nearest names.
 */
export function holeFile(root: string, name: string): string {
  const known = holesOf(root)
  if (known.includes(name)) return join(root, folder, `${name}.sql`)
  const listed = known.length === 0 ? `a workspace with ${folder}/*.sql` : `${oneOfMany(known)} in ${folder}/`
  throw new TrespassError('no-such-hole', `found the hole ${name}, expected ${listed}`, {
    hint: didYouMeanOneOf(name, known) ?? `A hole is a file ${folder}/<name>.sql that is applied after the migrations.`,
  })
}
