import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './support.ts'

const folder = join(repository, 'holes')

/** A hole that only shows when several things happen at once, as its file describes it. */
export interface Twin {
  /** The hole's name. */
  readonly hole: string
  /** The scenario that finds it. */
  readonly scenario: string
  /** What its explanation has to say. */
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

function linesOf(hole: string): readonly string[] {
  return readFileSync(join(folder, `${hole}.sql`), 'utf8').split('\n')
}
