import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Reads when a process started, as a text that two reads of one process have in common. A number of a process that has
 * ended is given to a new one; the two differ in this.
 *
 * @returns null if there is no such process, or the system does not say.
 */
export function processStart(pid: number): string | null {
  return fromProc(pid) ?? fromPs(pid)
}

/** Linux. Ticks since the machine's start, which have a meaning only together with that start (proc_pid_stat(5), field 22). */
function fromProc(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program, field 2, is in parentheses and may hold blanks and parentheses.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return ticks === undefined ? null : `${boot} ${ticks}`
  } catch {
    return null
  }
}

/** macOS and BSD. Seconds are enough: numbers are given again after many others. */
function fromPs(pid: number): string | null {
  if (process.platform === 'linux') return null
  try {
    const env = { ...process.env, LC_ALL: 'C' }
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env, stdio: [...stdio] }).trim()
  } catch {
    return null
  }
}
