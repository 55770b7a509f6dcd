import { chown, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SandboxError } from './errors.ts'
import { type Account, canReach } from './postgres/account.ts'

/** The maximum length of a Unix socket's path in bytes; macOS allows 103, Linux a few more. */
const LONGEST_SOCKET_PATH = 103

/**
 * Makes the temporary folder of a sandbox, owned by the account that PostgreSQL runs as. The system's folder for temporary
 * files is not used if that account cannot reach it or if the paths of the sockets in it would be too long.
 *
 * @throws SandboxError `no-temporary-folder`
 */
export async function makeFolder(account: Account | undefined): Promise<string> {
  const candidates = [...new Set([tmpdir(), '/tmp'])]
  for (const parent of candidates) {
    const example = join(parent, 'trespass-sandbox-XXXXXX')
    if (Buffer.byteLength(join(example, '.s.PGSQL.65535')) > LONGEST_SOCKET_PATH) continue
    if (account !== undefined && !(await canReach(example, account))) continue
    const folder = await mkdtemp(join(parent, 'trespass-sandbox-'))
    if (account !== undefined) await chown(folder, account.uid, account.gid)
    return folder
  }
  throw new SandboxError(
    'no-temporary-folder',
    `None of ${candidates.join(', ')} suits: a path is too long for a socket, or PostgreSQL's account cannot enter it.`,
    'Set TMPDIR to a folder with a short path that every account may enter.',
  )
}
