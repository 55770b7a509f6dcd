import { accessOf } from '../../cuts/access.ts'
import { applierWords } from '../../cuts/application.ts'
import { type Change, type ChangeKind, changeInWords, changesBetween } from '../../evidence/diff.ts'
import { changesOf, schemaChangeInWords, schemaChanges } from '../../evidence/schema-diff.ts'
import { leftoversOf } from '../../migrations/leftovers.ts'
import type { Rehearsal } from '../../migrations/rehearse.ts'
import type { SchemaFact } from '../../model/record.ts'
import { count, plain } from './text.ts'

const headings: readonly (readonly [ChangeKind, string])[] = [
  ['opened', 'doors that it opens'],
  ['became-unproven', 'not proven any more after it'],
  ['closed', 'doors that it closes'],
  ['layer-changed', 'still refused, by another layer'],
  ['became-proven', 'proven only after it'],
  ['no-longer-covered', 'gone after it'],
]

/** @returns the changes of a migration, and the access that it grants and revokes, line by line. */
export function rehearsalInWords({ migration, applier, before, after }: Rehearsal): readonly string[] {
  const { file, statements, later } = migration
  const changes = changesBetween(before.cells, after.cells)
  const [was, is] = [before.run.schema?.facts ?? [], after.run.schema?.facts ?? []]
  return [
    `rehearsed ${file}: ${counted(statements.length, 'statement')}, on a sandbox, ${applierWords[applier]}`,
    ...leftOut(later, after.missing.length),
    ...listed('what it changes', leftoversOf(was, is)),
    ...headings.flatMap(([kind, heading]) => describeChanges(heading, kind, changes, [was, is])),
    ...describeNewCells(changes),
    ...(changes.length === 0 ? ['no door is opened or closed: every cell is as it was'] : []),
  ].map(plain)
}

function leftOut(later: readonly string[], missing: number): readonly string[] {
  if (later.length === 0) return []
  const cells = missing === 0 ? '' : `, and with ${later.length === 1 ? 'it' : 'them'} ${counted(missing, 'cell')}`
  return [`  left out, because they come after it: ${later.join(', ')}${cells}`]
}

function describeChanges(
  heading: string,
  kind: ChangeKind,
  changes: readonly Change[],
  [was, is]: readonly [readonly SchemaFact[], readonly SchemaFact[]],
): readonly string[] {
  const own = changes.filter((change) => change.kind === kind)
  const schema = schemaChanges(was, is)
  return listed(
    heading,
    own.flatMap((change) => {
      const causes = changesOf((change.newer ?? change.older)?.resource ?? '', schema).map(schemaChangeInWords)
      return [`${change.id}: ${changeInWords(change)}`, ...causes.map((cause) => `  since: ${cause}`)]
    }),
    own.length,
  )
}

/** Cells that cannot be tried before the migration, because their table or column is missing; a line for each matrix. */
function describeNewCells(changes: readonly Change[]): readonly string[] {
  const matrices = new Map<string, { open: number; closed: number; unproven: number }>()
  for (const { kind, older, newer } of changes) {
    if (older !== null || newer === null) continue
    const counted = matrices.get(newer.matrix) ?? { open: 0, closed: 0, unproven: 0 }
    const { way } = accessOf(newer)
    const open = kind === 'opened' || way === 'open' || way === 'wide open'
    counted[open ? 'open' : way === 'closed' ? 'closed' : 'unproven'] += 1
    matrices.set(newer.matrix, counted)
  }
  const lines = [...matrices].map(([matrix, { open, closed, unproven }]) => {
    return `${matrix}: ${open} allowed, ${closed} denied${unproven === 0 ? '' : `, ${unproven} not proven`}`
  })
  return listed('not there before it', lines)
}

function counted(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`
}

function listed(heading: string, lines: readonly string[], number = lines.length): readonly string[] {
  return lines.length === 0 ? [] : [`${heading} (${number})`, ...lines.map((line) => `  ${line}`)]
}
