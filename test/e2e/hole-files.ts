import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './support.ts'

const folder = join(repository, 'holes')

/** A hole that only shows under concurrency, as its file describes it. */
export interface Twin {
  /** The hole's name. */
  readonly hole: string
  /** The scenario that finds it. */
  readonly scenario: string
  /** A text in the scenario's explanation. */
  readonly because: RegExp
}

/** The names of all holes of the demo. */
export const holes: readonly string[] = readdirSync(folder).map((file) => file.replace(/\.sql$/, ''))

/** The holes that a scenario finds; the others are found by cells. */
export const twins: readonly Twin[] = holes.flatMap((hole) => {
  const [first = '', second = ''] = linesOf(hole)
  const [, scenario] = /^-- Found by: (.+)$/.exec(first) ?? []
  const [, because] = /^-- Because: (.+)$/.exec(second) ?? []
  if (scenario === undefined) return []
  if (because === undefined) throw new Error(`${hole}: the second line has to be \`-- Because: …\``)
  return [{ hole, scenario, because: new RegExp(because) }]
})

/** The cells that a hole's file says it changes: `--   breach  projects › bob › rename ours`, below `-- Found as:`. */
export function announced(hole: string): string[] {
  const lines = linesOf(hole)
  const from = lines.indexOf('-- Found as:') + 1
  if (from === 0) return []
  const list = lines.slice(
    from,
    lines.findIndex((line, index) => index >= from && !line.startsWith('--   ')),
  )
  return list.map((line) => line.replace(/^--\s+(\S+)\s+/, '$1  ')).sort()
}

const object = /\b(?:function|table|view|trigger \w+(?: [\w ]+?)? on|policy "[^"]*" on)\s+(?:public\.|private\.)(\w+)/gi

/** The tables and functions that a hole's statements alter or replace. */
export function altered(hole: string): readonly string[] {
  const statements = linesOf(hole).filter((line) => /^(?:create|alter|drop|grant)\b/i.test(line))
  return statements.flatMap((line) => [...line.matchAll(object)].map(([, name = '']) => name))
}

function linesOf(hole: string): readonly string[] {
  return readFileSync(join(folder, `${hole}.sql`), 'utf8').split('\n')
}

/**
 * Divides holes into few groups, so that no two holes of a group touch the same object.
 *
 * @param touched the objects that a hole touches.
 */
export function grouped(
  some: readonly string[],
  touched: (hole: string) => ReadonlySet<string>,
): readonly (readonly string[])[] {
  const groups: { readonly holes: string[]; readonly taken: Set<string> }[] = []
  for (const hole of some.toSorted((one, other) => touched(other).size - touched(one).size)) {
    const touches = touched(hole)
    const free = groups.find(({ taken }) => [...touches].every((thing) => !taken.has(thing)))
    const group = free ?? { holes: [], taken: new Set<string>() }
    if (free === undefined) groups.push(group)
    group.holes.push(hole)
    for (const thing of touches) group.taken.add(thing)
  }
  return groups.map((group) => group.holes)
}
