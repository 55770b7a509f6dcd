import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { messageOf, TrespassError } from '../errors.ts'

/**
 * Reads environment variables that operations name: from the process, then `.env.<alias>`, then `.env`. A sandbox gives
 * its Edge Functions those of `supabase/functions/.env`, so that what they know is known here too.
 *
 * @param root the workspace's folder.
 * @returns those that are set, by name.
 * @throws TrespassError `bad-variable` when a file is there and cannot be read.
 */
export function namedSecrets(
  root: string,
  alias: string,
  names: readonly string[],
  processEnv: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  if (names.length === 0) return {}
  const files = [`.env.${alias}`, '.env', ...(alias === 'sandbox' ? ['supabase/functions/.env'] : [])]
  const sources = [processEnv, ...files.map((file) => variablesIn(root, file))]
  return Object.fromEntries(
    [...new Set(names)].flatMap((name) => {
      const value = sources.map((source) => source[name]).find((found) => found !== undefined && found !== '')
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function variablesIn(root: string, file: string): Readonly<Record<string, string | undefined>> {
  try {
    return parse(readFileSync(join(root, file)))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return {}
    throw new TrespassError('bad-variable', `${file} cannot be read: ${messageOf(cause)}`, { cause })
  }
}
