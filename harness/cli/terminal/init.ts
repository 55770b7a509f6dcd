import type { PlannedMatrix } from '../../init/model.ts'
import type { TriedPlan } from '../../init/try-plan.ts'
import type { Written } from '../../init/write-files.ts'
import { bounded } from '../../inventory/names.ts'
import { plain } from './text.ts'

/**
 * Describes the files that `trespass init` has written and the parts that it could not work out.
 *
 * @param untried why no fixture was tried; null if they were.
 */
export function initLines({ plan, worked }: TriedPlan, files: Written, untried: string | null): readonly string[] {
  const { matrices, left, actorNotes, worldNotes } = plan
  const count = (kind: string) => matrices.filter(({ resource }) => kind in resource)
  const rows = [...count('table'), ...count('view')]
  const leftRows = left.filter(({ title }) => !/^(function|channels|bucket|grants|schema)/.test(title))
  const leftFunctions = left.filter(({ title }) => title.startsWith('function'))
  const working = rows.filter(({ title }) => worked.has(title)).length
  const reachable = rows.length + leftRows.length
  const fixtures =
    untried === null
      ? `${working} of ${reachable} reachable tables and views have fixtures that the database takes`
      : `${rows.length} of ${reachable} reachable tables and views have fixtures, which were not tried: ${untried}`
  const open = [
    ...actorNotes.map((note) => `matrices/actors.yaml: ${note}`),
    ...worldNotes.map((note) => `matrices/actors.yaml: ${note}`),
    ...grouped(left.map(({ title, reason }) => ({ title, notes: [`no matrix: ${reason}`] }))),
    ...grouped(matrices),
  ]
  return [
    `Written: ${files.written.length} files`,
    ...folded(files.written).map((path) => `  ${path}`),
    ...(files.kept.length === 0 ? [] : [`Kept as they were: ${files.kept.join(', ')}`]),
    '',
    fixtures,
    ...(count('function').length + leftFunctions.length === 0
      ? []
      : [
          `${count('function').length} of ${count('function').length + leftFunctions.length} callable functions have a call`,
        ]),
    ...(count('bucket').length === 0 ? [] : [`${count('bucket').length} buckets have an object`]),
    `${cells(matrices)} operations are undecided: \`trespass run\` tries them, \`trespass decide\` writes decisions`,
    ...(open.length === 0 ? [] : ['', 'Not worked out']),
    ...open.map((line) => `  ${line}`),
  ].map(plain)
}

/** Lists objects with the same note on one line. */
function grouped(matrices: readonly Pick<PlannedMatrix, 'title' | 'notes'>[]): readonly string[] {
  const titles = new Map<string, string[]>()
  for (const { title, notes } of matrices)
    for (const note of notes) titles.set(note, [...(titles.get(note) ?? []), title])
  return [...titles].map(([note, all]) => `${bounded(all, 10)}: ${note}`)
}

function cells(matrices: readonly PlannedMatrix[]): number {
  return matrices.reduce((sum, { operations }) => sum + operations.length, 0)
}

/** Lists the matrices on one line. */
function folded(paths: readonly string[]): readonly string[] {
  const matrices = paths.filter((path) => path.endsWith('.matrix.yaml'))
  const others = paths.filter((path) => !path.endsWith('.matrix.yaml'))
  return matrices.length === 0 ? others : [...others, `matrices/*.matrix.yaml: ${matrices.length}`]
}
