import { createRequire } from 'node:module'
import { join } from 'node:path'
import { TrespassError } from '../errors.ts'

const program = '@trespass/sandbox/main'

/**
 * Finds the program of the package `@trespass/sandbox`, which holds PostgreSQL and is an optional installation.
 *
 * @param workspace absolute path of the folder; its own package is used where none is installed beside Trespass.
 * @param beside URL or path of a module of Trespass.
 * @returns the absolute path of the program.
 * @throws TrespassError `sandbox-missing`
 */
export function sandboxProgram(workspace: string, beside: string = import.meta.url): string {
  const [found] = [beside, join(workspace, 'package.json')].flatMap(resolvedFrom)
  if (found !== undefined) return found
  throw new TrespassError('sandbox-missing', 'found no package @trespass/sandbox, expected it for the target sandbox', {
    hint: 'Run `npm i -D @trespass/sandbox`, or choose another target with --target.',
  })
}

function resolvedFrom(module: string): readonly string[] {
  try {
    return [createRequire(module).resolve(program)]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return []
    throw error
  }
}
