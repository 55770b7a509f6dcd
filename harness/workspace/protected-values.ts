import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { TrespassError } from '../errors.ts'
import { sameAlias } from './alias.ts'
import type { Config } from './config.ts'
import { identifyingValues } from './target-values.ts'

/**
 * Reads the `.env.<alias>` files of protected targets, so that their projects are recognised under any other alias and
 * address. Returns digests only.
 *
 * @throws TrespassError `bad-variable` if a file is there and cannot be read.
 */
export function protectedValues(root: string, { targets }: Pick<Config, 'targets'>): ReadonlySet<string> {
  const names = Object.keys(targets).filter((alias) => targets[alias]?.protected)
  if (names.length === 0) return new Set()
  const files = readdirSync(root).filter((file) => names.some((alias) => sameAlias(file, `.env.${alias}`)))
  return new Set(files.flatMap((file) => identifyingValues(read(root, file)).map(({ digest }) => digest)))
}

function read(root: string, file: string): Record<string, string> {
  try {
    return parse(readFileSync(join(root, file)))
  } catch (cause) {
    const message = `${file} of a protected target cannot be read, so its project cannot be recognised`
    throw new TrespassError('bad-variable', message, { hint: 'Make the file readable, or remove it.', cause })
  }
}
