import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parse } from 'dotenv'
import { TrespassError } from '../errors.ts'
import type { Environment, Variable } from './environment.ts'

const run = promisify(execFile)

/** The CLI's timeout in milliseconds: it waits for Docker, which may be busy. */
const patience = 60_000

/** The source of the values that the CLI printed. */
export const cliSource = '`supabase status`'

/** The names of our variables in `supabase status -o env`, the newer keys first. */
const names = {
  TRESPASS_URL: ['API_URL'],
  TRESPASS_PUBLISHABLE_KEY: ['PUBLISHABLE_KEY', 'ANON_KEY'],
  TRESPASS_SECRET_KEY: ['SECRET_KEY', 'SERVICE_ROLE_KEY'],
  TRESPASS_DATABASE_URL: ['DB_URL'],
  TRESPASS_JWT_SECRET: ['JWT_SECRET'],
} as const

/**
 * Fills in the variables of the stack that the Supabase CLI runs for this workspace, for the target `local` alone, and only when
 * no TRESPASS_URL names a stack. Variables that are set already stay.
 *
 * @param root the workspace's folder, in which the CLI looks for `supabase/config.toml`
 * @throws TrespassError `no-supabase-cli`, `local-stack-away`
 */
export async function withLocalStack(
  root: string,
  environment: Environment,
  processEnv: NodeJS.ProcessEnv,
): Promise<Environment> {
  if (environment.alias !== 'local' || environment.values.TRESPASS_URL !== undefined) return environment
  const told = parse(await status(root, processEnv))
  const filled: Record<string, Variable> = {}
  for (const [name, candidates] of Object.entries(names)) {
    const value = candidates.map((candidate) => told[candidate]).find((text) => text !== undefined && text !== '')
    if (value !== undefined) filled[name] = { value, from: cliSource }
  }
  return { ...environment, values: { ...filled, ...environment.values } }
}

/** The output holds keys, so nothing of it goes into a message. */
async function status(root: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await run('supabase', ['status', '-o', 'env'], { cwd: root, env, timeout: patience })).stdout
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw missing ? noCli() : stackAway()
  }
}

function noCli(): TrespassError {
  const message = 'the target local has no TRESPASS_URL, and there is no Supabase CLI on the PATH to ask for it'
  const hint = 'Install the CLI and run `supabase start`, or write the variables into .env.local.'
  return new TrespassError('no-supabase-cli', message, { hint })
}

function stackAway(): TrespassError {
  const message = 'the target local has no TRESPASS_URL, and `supabase status` knows of no stack that runs here'
  const hint = 'Run `supabase start` in the folder that holds supabase/config.toml, or name it after --workspace.'
  return new TrespassError('local-stack-away', message, { hint })
}
