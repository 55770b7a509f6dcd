import { setTimeout as wait } from 'node:timers/promises'
import { processes } from '../e2e/processes.ts'
import { isBelow, type Services } from './services.ts'

/** A fault that ends by itself, so that the services are there again for the next run. */
type Fault = (services: Services, milliseconds: number) => Promise<void>

const clients = `backend_type in ('client backend', 'walsender') and pid <> pg_backend_pid()`

/** The faults that the runs get in turn. */
export const faults: Readonly<Record<string, Fault>> = {
  /** Ends every connection to the database, those of the run's witness among them. */
  connections: async (services) => {
    for (const pid of await backends(services, clients)) signal(pid, 'SIGTERM')
  },
  /**
   * A restart of PostgREST, as its clients and the database see it: the gateway has no upstream, its connections end. The process
   * itself has to live, because the sandbox ends with it.
   */
  'postgrest restarts': async (services, milliseconds) => {
    services.gateway.lose('/rest/')
    for (const pid of await backends(services, `application_name = 'postgrest'`)) signal(pid, 'SIGTERM')
    await wait(milliseconds)
    services.gateway.restore()
  },
  'postgrest hangs': async (services, milliseconds) => {
    const pid = postgrestOf(services.pid)
    process.kill(pid, 'SIGSTOP')
    await wait(milliseconds)
    process.kill(pid, 'SIGCONT')
  },
  gateway: async ({ gateway }, milliseconds) => {
    gateway.lose('')
    await wait(milliseconds)
    gateway.restore()
  },
  realtime: async (services, milliseconds) => {
    services.gateway.lose('/realtime/')
    for (const pid of await backends(services, `backend_type = 'walsender'`)) signal(pid, 'SIGTERM')
    await wait(milliseconds)
    services.gateway.restore()
  },
  /** A backend that crashes makes PostgreSQL end all of them, recover from its log and start again. */
  'postgresql crashes': async (services) => {
    const [pid] = await backends(services, clients)
    if (pid !== undefined) signal(pid, 'SIGKILL')
  },
}

async function backends({ query }: Services, condition: string): Promise<number[]> {
  return (await query(`select pid from pg_stat_activity where ${condition} order by pid`)).map(({ pid }) => Number(pid))
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // The connection has ended in the meantime.
  }
}

function postgrestOf(sandbox: number): number {
  const all = processes()
  const isSandbox = isBelow(all, sandbox)
  const server = all.find(({ pid, command }) => /postgrest\S* \S*postgrest\.conf/.test(command) && isSandbox(pid))
  if (server === undefined) throw new Error('the sandbox has no PostgREST')
  return server.pid
}

/** Waits until PostgreSQL takes connections and PostgREST and Auth answer. @throws Error after a minute. */
export async function untilUp({ gateway, key, query, isUp }: Services): Promise<void> {
  const answers = async (path: string) => {
    const { status } = await fetch(`${gateway.url}${path}`, { headers: { apikey: key } })
    if (status >= 500) throw new Error(`${path} answers ${status}`)
  }
  for (const deadline = Date.now() + 60_000; ; await wait(100)) {
    if (!isUp()) throw new Error('the sandbox has ended')
    try {
      await query('select 1')
      await answers('/rest/v1/notes')
      await answers('/auth/v1/health')
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}
