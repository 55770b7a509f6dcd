import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, chmod, constants, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ProcessSupervisor } from '../process-supervisor.ts'
import type { Account } from './account.ts'

/** The files of a bootstrapped cluster, as an archive beside the folders of the sandboxes that start from it. */
export interface Template {
  /** Unpacks it into a household's folder. @returns whether it succeeded; otherwise the folder is empty. */
  unpack(supervisor: ProcessSupervisor, account: Account | undefined): Promise<boolean>
  /** Packs a household's stopped cluster. Without disk space or `tar` there is no template, and no error. */
  pack(supervisor: ProcessSupervisor): Promise<void>
}

/** The data folder and the file with its superuser's password, which is valid until a sandbox sets its own. */
const LAST = 'password'
const CONTENTS = ['data', LAST] as const

/** The age at which archives of other versions are removed. */
const WEEK = 7 * 24 * 60 * 60 * 1000

/**
 * The archive for clusters from the same ingredients. It is one file, so that it exists completely or not at all: sandboxes
 * that start at the same time each rename a complete one into place, and a program that removes old temporary files cannot
 * remove a part of it.
 *
 * @param folder of a sandbox; the archive is in the folder above, on the same file system
 * @param ingredients everything that determines the files: versions, parameters and SQL
 */
export function templateFor(folder: string, ingredients: readonly string[]): Template {
  // Another account's archive is not trusted, so accounts do not share a name.
  const prefix = `trespass-postgres-${process.getuid?.() ?? ''}-`
  const digest = createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 16)
  const archive = join(dirname(folder), `${prefix}${digest}.tar`)
  return {
    unpack: async (supervisor, account) => {
      const file = await openOwn(archive)
      if (file === undefined) return false
      try {
        const unpacked = await tar(['-xf', '-'], supervisor.folder, file.fd, account)
        // An archive that is cut off between two files is valid for tar; then the last file is missing.
        if (unpacked && (await exists(join(supervisor.folder, LAST)))) return true
      } finally {
        await file.close()
      }
      await Promise.all(CONTENTS.map((name) => rm(join(supervisor.folder, name), { recursive: true, force: true })))
      return false
    },
    pack: async (supervisor) => {
      // The household removes it if the sandbox is interrupted.
      const packed = join(supervisor.folder, 'template.tar')
      try {
        if (!(await tar(['-cf', packed, ...CONTENTS], supervisor.folder, 'ignore', undefined))) return
        await chmod(packed, 0o600)
        await rename(packed, archive)
        await removeOld(dirname(archive), prefix)
      } catch {
        // Another account may have taken the name; then the next sandbox has no template.
      } finally {
        await rm(packed, { force: true })
      }
    },
  }
}

/** @returns a file of this account that no other may write; every account may write to a folder for temporary files. */
async function openOwn(path: string) {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined)
  if (file === undefined) return undefined
  const { uid, mode } = await file.stat()
  if (uid === process.getuid?.() && (mode & 0o077) === 0) return file
  await file.close()
  return undefined
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** The system's program: it unpacks a thousand files several times as fast as Node does. @returns whether it succeeded. */
function tar(
  parameters: readonly string[],
  cwd: string,
  input: number | 'ignore',
  account: Account | undefined,
): Promise<boolean> {
  const child = spawn('tar', parameters, { ...account, cwd, stdio: [input, 'ignore', 'ignore'] })
  return new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('close', (code) => resolve(code === 0))
  })
}

async function removeOld(folder: string, prefix: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name.endsWith('.tar'))
  for (const path of names.map((name) => join(folder, name))) {
    // Another sandbox may remove the same one.
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > WEEK) await rm(path, { force: true })
  }
}
