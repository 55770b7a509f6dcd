import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const memory = '/dev/shm'
const prefix = 'trespass-tests-'
/** Ten times the size of two sandboxes, their template and the folders of two test files. */
const wanted = 2 * 1024 ** 3

const HOUR = 60 * 60 * 1000

/**
 * Vitest's global setup. Moves temporary files into memory if the machine has a folder for that: a sandbox makes a thousand
 * small files, which cost a journaling file system more processor time than PostgreSQL's own start.
 */
export default function setup(): (() => void) | undefined {
  const folder = join(memory, `${prefix}${process.pid}`)
  // Each project of the configuration calls this; the first one's folder serves all of them.
  if (!existsSync(memory) || existsSync(folder)) return undefined
  removeLeftBehind()
  const { bavail, bsize } = statfsSync(memory)
  if (bavail * bsize < wanted) return undefined
  mkdirSync(folder)
  // PostgreSQL does not run as root, and its own account needs access.
  chmodSync(folder, 0o755)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  if (!runsPrograms(folder)) {
    remove()
    return undefined
  }
  process.env.TMPDIR = folder
  return remove
}

/** Tests write programs and start them, which some containers forbid in this folder. */
function runsPrograms(folder: string): boolean {
  const program = join(folder, 'program')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
  const { status } = spawnSync(program)
  rmSync(program)
  return status === 0
}

/**
 * A killed test run cannot remove its folder, which keeps its memory. A container that shares the memory has process ids of its
 * own, so a folder that changed within the last hour stays.
 */
function removeLeftBehind(): void {
  for (const name of readdirSync(memory).filter((entry) => entry.startsWith(prefix))) {
    const path = join(memory, name)
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (Date.now() - changed < HOUR || isRunning(Number(name.slice(prefix.length)))) continue
    rmSync(path, { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // `EPERM` means that the process runs under another account.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
