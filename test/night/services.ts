import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { Process } from '../e2e/processes.ts'
import { Gateway } from './gateway.ts'

const command = fileURLToPath(new URL('../../bin/trespass.js', import.meta.url))

/** A command that has ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The text of both outputs. */
  readonly text: string
}

/** A running command. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** @returns the text of both outputs so far. */
  said(): string
}

/**
 * Starts `trespass` without a shell's variables about targets, so that only the files of the workspace count.
 *
 * @param temporary the folder for temporary files. It also marks the process and those that it starts.
 */
export function startTrespass(args: readonly string[], temporary: string): Running {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:TRESPASS_|GITHUB_|NODE_OPTIONS$|FORCE_COLOR$)/.test(name),
  )
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...Object.fromEntries(kept), NO_COLOR: '1', TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C in a terminal reaches a whole process group, and the sandbox has to outlive the last run.
    detached: true,
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, text }))
  })
  return { child, ended, said: () => text }
}

/** A standing sandbox with a gateway before it that can be taken away. */
export interface Services {
  readonly gateway: Gateway
  /** The lines of an `.env.<alias>` that lead to the gateway and to the sandbox's database. */
  readonly lines: string
  /** The sandbox's own temporary folder. */
  readonly folder: string
  /** Runs a statement as the role postgres. Connects again if PostgreSQL has ended the connection. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** The publishable key. */
  readonly key: string
  /** The process id of the sandbox's command. */
  readonly pid: number
  /** False once the sandbox has ended. */
  isUp(): boolean
  close(): Promise<void>
}

export async function startServices(workspace: string, temporary: string): Promise<Services> {
  const { child, ended, said } = startTrespass(['sandbox', 'start', '--workspace', workspace], temporary)
  let isUp = true
  void ended.then(() => {
    isUp = false
  })
  while (isUp && !said().includes('Ctrl-C stops it')) await new Promise((resolve) => setTimeout(resolve, 50))
  if (!isUp || child.pid === undefined) throw new Error(`the sandbox did not start:\n${said()}`)
  const lines = said()
    .split('\n')
    .filter((line) => line.startsWith('TRESPASS_'))
  const variable = (name: string) => lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
  const gateway = await Gateway.before(new URL(variable('TRESPASS_URL')))
  const [folder, ...others] = readdirSync(temporary).filter((name) => name.startsWith('trespass-sandbox-'))
  if (folder === undefined || others.length > 0) throw new Error(`found no sandbox of its own in ${temporary}`)
  // One connection per statement: a fault may end any connection at any time.
  const query = async (text: string, values: readonly unknown[] = []) => {
    const client = new pg.Client({ connectionString: variable('TRESPASS_DATABASE_URL'), application_name: 'night' })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query(text, [...values])).rows
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  return {
    gateway,
    lines: `${lines.map((line) => line.replace(variable('TRESPASS_URL'), gateway.url)).join('\n')}\n`,
    folder: join(temporary, folder),
    query,
    key: variable('TRESPASS_PUBLISHABLE_KEY'),
    pid: child.pid,
    isUp: () => isUp,
    async close() {
      gateway.close()
      if (!isUp) return
      child.kill('SIGINT')
      await once(child, 'close')
    },
  }
}

/** @returns whether a process is another one or below it. */
export function isBelow(all: readonly Process[], ancestor: number): (pid: number) => boolean {
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]))
  const reaches = (pid: number): boolean => pid === ancestor || (pid > 1 && reaches(parents.get(pid) ?? 0))
  return reaches
}
