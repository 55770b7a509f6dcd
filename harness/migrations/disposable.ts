import type { OpenTarget } from '../model/target.ts'
import type { Config } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { openTarget } from '../workspace/open-target.ts'
import { connected } from './session.ts'

/** The name of the template: a database without connections, in the state before the migration. */
const template = 'trespass_before'

/** A copy of a database. */
export interface DatabaseCopy {
  readonly databaseUrl: string
  drop(): Promise<void>
}

/** A sandbox in the state before a migration. Its services run, and copies of its database can be made. */
export interface Disposable {
  readonly opened: OpenTarget
  /** The project's own database, which the services use. */
  readonly databaseUrl: string
  /** The parts that are equal in two databases before the migration: everything, or everything except the contents of rows. */
  readonly alike: 'contents' | 'numbers'
  /** Makes a copy of the database before the migration. Services need not use the copy. */
  copy(): Promise<DatabaseCopy>
  /** Runs work with a copy that is dropped afterwards. */
  withFresh<T>(work: (databaseUrl: string) => Promise<T>): Promise<T>
  /** Restores the project's own database to the state before the migration. */
  reset(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts a sandbox with the workspace's migrations up to a file, in addition to any other.
 *
 * @param parts `file` of the migration, relative to the workspace; `shared` if it changes objects that all databases of a
 *   server share: then another database is changed too, and the whole server is built again each time.
 * @throws TrespassError with the sandbox's own reason.
 */
export async function openDisposable(parts: {
  readonly root: string
  readonly config: Config
  readonly file: string
  readonly shared: boolean
  readonly onProgress: (text: string) => void
}): Promise<Disposable> {
  const { root, config, file, shared, onProgress } = parts
  const environment = loadEnvironment(root, 'sandbox', process.env)
  const sandbox = { holes: [], until: file, ...(shared ? {} : { copy: template }) }
  const opened = await openTarget({ root, config, environment, sandbox, onProgress })
  void opened.lost.then(({ message }) => onProgress(message))
  const { databaseUrl } = opened.target
  const { reset } = opened
  if (databaseUrl === null || reset === null) {
    await opened.close()
    throw new Error('the sandbox has no database to dispose of')
  }
  let copies = 0
  const copy = async (): Promise<DatabaseCopy> => {
    if (shared) {
      await reset()
      return { databaseUrl, drop: async () => undefined }
    }
    copies += 1
    const name = `trespass_cut_${copies}`
    await administer(databaseUrl, `create database ${name} template ${template}`)
    return {
      databaseUrl: withDatabase(databaseUrl, name),
      drop: () => administer(databaseUrl, `drop database ${name} with (force)`),
    }
  }
  return {
    opened,
    databaseUrl,
    reset,
    alike: shared ? 'numbers' : 'contents',
    copy,
    async withFresh(work) {
      const fresh = await copy()
      try {
        return await work(fresh.databaseUrl)
      } finally {
        await fresh.drop()
      }
    },
    close: () => opened.close(),
  }
}

/** Opens a connection for each statement: a reset of the sandbox would break an open one. */
async function administer(databaseUrl: string, statement: string): Promise<void> {
  const client = await connected(databaseUrl, { application_name: 'trespass-disposable' })
  await client.query(statement).finally(() => client.end())
}

function withDatabase(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  return url.href
}
