import { access, constants } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

/** Why Edge Functions are not served, with what would change it. */
export const NO_DENO = 'Edge Functions run in Deno, and there is none: run `npm install --save-dev deno`'

/**
 * Finds the Deno to run: the one of the npm package `deno` of the workspace or of the sandbox, else the first `deno` on
 * the PATH; undefined when there is none.
 */
export async function denoBinary(
  workspace: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const packaged = [join(workspace, 'package.json'), import.meta.url].map(packagedFrom)
  const onPath = (environment.PATH ?? '').split(delimiter).map((folder) => join(folder, 'deno'))
  for (const candidate of [...packaged, ...onPath]) {
    if (candidate !== undefined && (await isExecutable(candidate))) return candidate
  }
  return undefined
}

/** The program itself, not the script of the package that starts it: a signal to a script would not reach Deno. */
function packagedFrom(module: string): string | undefined {
  const platform = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`
  try {
    const fromPackage = createRequire(createRequire(module).resolve('deno/package.json'))
    return join(dirname(fromPackage.resolve(`@deno/${platform}/package.json`)), 'deno')
  } catch {
    return undefined
  }
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
