import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks of a second in `/proc/<pid>/stat`: `USER_HZ`, which Linux fixes to 100 for programs. */
const ticks = 100

/**
 * Adds up the processor time of this process and of all processes that it has started, including ended ones: the sandbox's
 * services work for the run and for the bare requests alike.
 *
 * @returns milliseconds.
 * @throws Error if there is no `/proc`.
 */
export function processorTime(): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const byParent = new Map<string, { readonly id: string; readonly spent: number }[]>()
  for (const id of processes) {
    const stat = statOf(id)
    if (stat === null) continue
    byParent.set(stat.parent, [...(byParent.get(stat.parent) ?? []), { id, spent: stat.spent }])
  }
  const below = (id: string): number =>
    (byParent.get(id) ?? []).reduce((sum, child) => sum + child.spent + below(child.id), 0)
  const { spent = 0 } = statOf(String(process.pid)) ?? {}
  return ((spent + below(String(process.pid))) / ticks) * 1000
}

/** @returns a process's parent and its ticks, including those of its ended children; null if it has ended. */
function statOf(id: string): { readonly parent: string; readonly spent: number } | null {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8')
    // The program's name is in parentheses and may contain blanks. proc_pid_stat(5) counts fields from 1: 4 is the parent, 14
    // to 17 are utime, stime, cutime, cstime.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const spent = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return { parent: fields[1] ?? '', spent }
  } catch {
    return null
  }
}
