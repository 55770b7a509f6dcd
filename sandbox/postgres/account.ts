import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { SandboxError } from '../errors.ts'

const run = promisify(execFile)

/** The account that PostgreSQL runs as. */
export interface Account {
  uid: number
  gid: number
}

/** Accounts without privileges, in order of preference. The last exists on every Linux and macOS. */
const UNPRIVILEGED = ['postgres', '_postgres', 'nobody']

/**
 * The account to run PostgreSQL as: `undefined` means the current one. PostgreSQL refuses to run as root, so root uses an
 * existing unprivileged account; none is created.
 *
 * @throws SandboxError `no-postgres-account`
 */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const name of UNPRIVILEGED) {
    const ids = await Promise.all([idOf('-u', name), idOf('-g', name)])
    const [uid, gid] = ids
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  throw new SandboxError(
    'no-postgres-account',
    'PostgreSQL refuses to run as root, and this machine has none of the accounts postgres, _postgres and nobody.',
    'Create an account named postgres, or run the sandbox as an ordinary user.',
  )
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | undefined> {
  const output = await run('id', [flag, name]).catch(() => undefined)
  const id = Number(output?.stdout.trim())
  return output !== undefined && Number.isInteger(id) && id > 0 ? id : undefined
}

/**
 * Whether an account may enter every folder above a path, by owner, group and others. Access lists and further groups are not
 * considered: a wrong "no" costs one copy.
 */
export async function canReach(path: string, account: Account): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder)
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
