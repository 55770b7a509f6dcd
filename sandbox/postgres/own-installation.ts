import { execFile } from 'node:child_process'
import { access, constants, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf, SandboxError } from '../errors.ts'
import { type Account, canReach } from './account.ts'
import type { PostgresBinaries } from './binaries.ts'

const run = promisify(execFile)

/** The versions for which the platform's SQL is written. Hosted projects have 15 or 17. */
const VERSIONS = { least: 15, greatest: 18 } as const

const INSTALLATIONS = 'such as /usr/lib/postgresql/17/bin (Debian) or /opt/homebrew/opt/postgresql@17/bin (Homebrew)'

/**
 * Checks the PostgreSQL that `TRESPASS_POSTGRES_BIN` names. It is used where it lies: an installation finds its libraries
 * and extensions from the place of its programs.
 *
 * @param folder the value of the variable
 * @param account the account that will run the programs, `undefined` for the current one
 * @throws SandboxError `postgres-unusable`
 */
export async function ownInstallation(folder: string, account: Account | undefined): Promise<PostgresBinaries> {
  const [initdb, postgres] = [join(folder, 'initdb'), join(folder, 'postgres')]
  if (!isAbsolute(folder)) throw unusable(`is ${folder}, which is no absolute path`)
  for (const program of [initdb, postgres]) {
    if (!(await isExecutable(program))) throw unusable(`is ${folder}, and ${program} is no executable file`)
  }
  if (account !== undefined && !(await canReach(postgres, account))) {
    throw new SandboxError(
      'postgres-unusable',
      `TRESPASS_POSTGRES_BIN is ${folder}, which the account with the id ${account.uid} may not enter. PostgreSQL runs as ` +
        'that account, because it refuses to run as root.',
      'Run Trespass as an ordinary user, or let every account enter the folder and those above it.',
    )
  }
  const version = await versionOf(postgres)
  const major = Number(/^postgres \(PostgreSQL\) (\d+)/.exec(version)?.[1])
  // A comparison with NaN is false.
  if (!(major >= VERSIONS.least && major <= VERSIONS.greatest)) {
    throw unusable(
      `is ${folder}, whose version is "${version}"; expected PostgreSQL ${VERSIONS.least} to ${VERSIONS.greatest}`,
    )
  }
  return { initdb, postgres, origin: `${folder}: ${version}`, major }
}

async function versionOf(postgres: string): Promise<string> {
  try {
    return (await run(postgres, ['--version'], { timeout: 10_000 })).stdout.trim()
  } catch (error) {
    throw unusable(`names ${postgres}, which does not print its version: ${messageOf(error).trim()}`)
  }
}

async function isExecutable(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return (
    found?.isFile() === true &&
    (await access(path, constants.X_OK).then(
      () => true,
      () => false,
    ))
  )
}

function unusable(what: string): SandboxError {
  return new SandboxError(
    'postgres-unusable',
    `TRESPASS_POSTGRES_BIN ${what}.`,
    `Name the folder that holds initdb and postgres of one installation, ${INSTALLATIONS}, or unset the variable.`,
  )
}
