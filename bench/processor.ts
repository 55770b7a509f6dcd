import { readdirSync, readFileSync } from 'node:fs'
import { groupBy } from '../harness/group.ts'

/** Clock ticks of a second in `/proc/<pid>/stat`: `USER_HZ`, which Linux fixes to 100 for programs. */
const ticks = 100

/** Which part of a run a process is. */
export type Part = 'engine' | 'gateway' | 'PostgreSQL' | 'PostgREST'

/** Milliseconds of the processor. */
export type ProcessorTime = Readonly<Record<Part, number>>

interface Stat {
  readonly id: string
  readonly parent: string
  readonly program: string
  readonly spent: number
}

/**
 * Adds up the processor time of this process and of all processes that it has started, including ended ones: the sandbox's
 * services work for the run and for the bare requests alike.
 *
 * @throws Error if there is no `/proc`.
 */
export function processorTime(): ProcessorTime {
  const times = { engine: 0, gateway: 0, PostgreSQL: 0, PostgREST: 0 }
  const stats = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? statOf(name) : []))
  const byParent = groupBy(stats, ({ parent }) => parent)
  const add = (id: string): void => {
    for (const child of byParent.get(id) ?? []) {
      times[partOf(child)] += child.spent
      add(child.id)
    }
  }
  for (const own of statOf(String(process.pid))) times.engine += own.spent
  add(String(process.pid))
  return times
}

/** The gateway and the services that Trespass has written itself are one process. */
function partOf({ program }: Stat): Part {
  if (program.startsWith('postgrest')) return 'PostgREST'
  return program.startsWith('postgres') ? 'PostgreSQL' : 'gateway'
}

/** @returns a process with its time and that of its ended children; none if it has ended. */
function statOf(id: string): readonly Stat[] {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8')
    // The program's name is in parentheses and may contain blanks. proc_pid_stat(5) counts fields from 1: 4 is the parent, 14
    // to 17 are utime, stime, cutime, cstime.
    const end = text.lastIndexOf(')')
    const fields = text.slice(end + 2).split(' ')
    const spent = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) * (1000 / ticks)
    return [{ id, parent: fields[1] ?? '', program: text.slice(text.indexOf('(') + 1, end), spent }]
  } catch {
    return []
  }
}
