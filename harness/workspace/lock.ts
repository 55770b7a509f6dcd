import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import { processStart } from './process-start.ts'

const ownerSchema = z.object({
  pid: z.int().positive(),
  startedAt: z.iso.datetime(),
  /** See {@link processStart}. Null where the system does not say. */
  process: z.string().nullable().prefault(null),
})

type Owner = z.output<typeof ownerSchema>

/** One part of a run that is spread over several machines or processes, counted from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

export interface WorkspaceLock {
  /** Releases the workspace; may be called more than once. Also happens when the process exits. */
  release(): void
}

/**
 * Allows one run at a time in a workspace, or in one shard of it, through `.trespass/run.lock` or `.trespass/run-1-of-3.lock`.
 * The lock of a process that is gone is taken over.
 *
 * @throws TrespassError `workspace-busy`, `workspace-not-writable`
 */
export async function lockWorkspace(root: string, shard: Shard | null): Promise<WorkspaceLock> {
  const folder = join(root, '.trespass')
  const name = shard === null ? 'run.lock' : `run-${shard.index}-of-${shard.count}.lock`
  const file = join(folder, name)
  const { pid } = process
  const mine = JSON.stringify({ pid, startedAt: new Date().toISOString(), process: processStart(pid) } satisfies Owner)
  makeFolder(folder)
  while (!create(file, mine)) {
    const text = await readSettled(file)
    // The owner released it in the meantime.
    if (text === null) continue
    const owner = parseOwner(text)
    if (owner !== null && isAlive(owner)) throw busy(owner, `.trespass/${name}`)
    remove(file, text)
  }
  return held(file, mine)
}

/**
 * Takes a workspace for work during which no run may go on, not even one of a shard.
 *
 * @throws TrespassError `workspace-busy`
 */
export async function lockWholeWorkspace(root: string): Promise<WorkspaceLock> {
  const lock = await lockWorkspace(root, null)
  for (const name of readdirSync(join(root, '.trespass')).filter((file) => /^run-\d+-of-\d+\.lock$/.test(file))) {
    const owner = parseOwner(read(join(root, '.trespass', name)) ?? '')
    if (owner === null || !isAlive(owner)) continue
    lock.release()
    throw busy(owner, `.trespass/${name}`)
  }
  return lock
}

function held(file: string, mine: string): WorkspaceLock {
  const release = () => {
    process.off('exit', release)
    if (read(file) === mine) unlinkSync(file)
  }
  process.on('exit', release)
  return { release }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw notWritable(error)
  }
}

function notWritable(error: unknown): unknown {
  const code = codeOf(error)
  if (code === undefined || !['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code)) return error
  return new TrespassError(
    'workspace-not-writable',
    `found a workspace in which this user cannot write \`.trespass\` (${code}), expected one that is writable`,
    {
      hint: 'A run keeps its lock and its journal in `.trespass` and its report in `reports`. Change their owner, or copy the workspace.',
      cause: error,
    },
  )
}

/** Creates the file with its content; false when it exists. */
function create(file: string, content: string): boolean {
  try {
    const descriptor = openSync(file, 'wx')
    writeSync(descriptor, content)
    closeSync(descriptor)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw notWritable(error)
  }
}

/** Reads a lock. One without content has only just been created, or its creator died in between: it is read again for a while. */
async function readSettled(file: string): Promise<string | null> {
  for (let tries = 0; tries < 10; tries += 1) {
    const text = read(file)
    if (text !== '') return text
    await wait(20)
  }
  return ''
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/**
 * Removes a stale lock. Two processes may find the same one: only one of them can rename it. A process that renamed another one's
 * new lock puts that one back.
 */
function remove(file: string, stale: string): void {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const taken = read(aside)
  if (taken !== null && taken !== stale) create(file, taken)
  unlinkSync(aside)
}

function parseOwner(text: string): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** Whether the owner still runs: a process of its number exists, and it is not a later one with the same number. */
function isAlive(owner: Owner): boolean {
  if (!exists(owner.pid)) return false
  const start = processStart(owner.pid)
  return owner.process === null || start === null || start === owner.process
}

/** Signal 0 is not delivered; it only checks that the process exists. EPERM: it does, and belongs to another user. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function busy(owner: Owner, file: string): TrespassError {
  const message = `process ${owner.pid} has been running in this workspace since ${owner.startedAt}`
  const hint = `Wait until it has finished. If that process is something else, remove ${file}.`
  return new TrespassError('workspace-busy', message, { hint })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
