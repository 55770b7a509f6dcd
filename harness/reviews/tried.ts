import type { Trial } from '../coverage/trials.ts'
import type { Evidence } from '../evidence/evidence.ts'
import { changesOf, type SchemaChange, schemaChanges } from '../evidence/schema-diff.ts'
import type { ClientRole } from '../inventory/model.ts'
import { usesApi } from '../model/matrix.ts'
import type { CellRecord, SchemaFact } from '../model/record.ts'
import type { Verdict } from '../model/verdict.ts'

/** A cell of a report, with what it says about one object. */
export interface TriedCell {
  readonly cell: string
  readonly role: ClientRole
  /** `relation public.notes`, `function public.find`, `bucket pics`. */
  readonly object: string
  readonly commands: readonly string[]
  readonly decision: 'allow' | 'deny'
  /** True when it held and showed that something is refused: the whole request, or rows that must not come along. */
  readonly provesDenial: boolean
  readonly verdict: Verdict
}

/** The newest report, as far as a review leans on it. */
export interface TriedCells {
  /** Null without a report. */
  readonly run: string | null
  readonly cells: readonly TriedCell[]
  /** Changes of the schema since the report; null where the two cannot be compared. */
  readonly changes: readonly SchemaChange[] | null
}

export const nothingTried: TriedCells = { run: null, cells: [], changes: null }

/**
 * Reads out of a report what its cells say. Pure.
 *
 * @param trials of the workspace's matrices: what each cell is about.
 * @param facts of the schema as it is now; null where the database cannot be read.
 */
export function triedCells(
  { run, cells, schema }: Evidence,
  trials: readonly Trial[],
  facts: readonly SchemaFact[] | null,
): TriedCells {
  const records = new Map(cells.map((cell) => [cell.id, cell]))
  return {
    run: run.run,
    changes: schema === null || facts === null ? null : schemaChanges(schema, facts),
    cells: trials.flatMap((trial): TriedCell[] => {
      const record = records.get(trial.cell)
      if (record === undefined || !isTried(record)) return []
      const { decision } = record.expected
      // A matrix that was edited since says something else than what was tried.
      if ((decision !== 'allow' && decision !== 'deny') || decision !== trial.expects) return []
      const isDenied = decision === 'deny' || (trial.partial && 'exactly' in record.expected)
      return [
        {
          cell: trial.cell,
          role: trial.actor === 'anon' ? 'anon' : 'authenticated',
          object: `${trial.object.kind} ${trial.object.name}`,
          commands: trial.commands,
          decision,
          provesDenial: isDenied && record.verdict === 'held',
          verdict: record.verdict,
        },
      ]
    }),
  }
}

function isTried({ notRun, outcome, actorKind }: CellRecord): boolean {
  return notRun === undefined && outcome !== null && usesApi(actorKind)
}

/** Whether the report's cells prove what a review says about a role and a command. */
export type Proof =
  /** There is no report. */
  | { readonly kind: 'no-report' }
  /** No cell of the report tries it, or none that held refuses anything. */
  | { readonly kind: 'none' }
  | { readonly kind: 'proven'; readonly cells: readonly string[] }
  /** Cells that do not hold: what they say comes first. */
  | { readonly kind: 'failed'; readonly cells: readonly string[] }
  /** Cells that held before the schema changed, or whose schema is not known; an answer about another schema is none. */
  | { readonly kind: 'outdated'; readonly cells: readonly string[]; readonly changes: readonly SchemaChange[] | null }

/**
 * @param isAbout whether an object of a cell is what the review is about, as {@link TriedCell.object}.
 * @param leansOn resources whose change makes the answers outdated: `table public.notes`, `function public.find`.
 * @returns which cells prove that something is denied to a role by a command.
 */
export function proofOf(
  tried: TriedCells,
  {
    isAbout,
    role,
    command,
  }: { readonly isAbout: (object: string) => boolean; readonly role: ClientRole; readonly command: string },
  leansOn: readonly string[],
): Proof {
  if (tried.run === null) return { kind: 'no-report' }
  const own = tried.cells.filter(
    (cell) => isAbout(cell.object) && cell.role === role && cell.commands.includes(command),
  )
  const failed = own.filter(({ verdict }) => verdict !== 'held')
  if (failed.length > 0) return { kind: 'failed', cells: idsOf(failed) }
  const proving = own.filter(({ provesDenial }) => provesDenial)
  if (proving.length === 0) return { kind: 'none' }
  const { changes } = tried
  const touching = changes === null ? null : leansOn.flatMap((resource) => changesOf(resource, changes))
  if (touching === null || touching.length > 0) return { kind: 'outdated', cells: idsOf(proving), changes: touching }
  return { kind: 'proven', cells: idsOf(proving) }
}

function idsOf(cells: readonly TriedCell[]): readonly string[] {
  return [...new Set(cells.map(({ cell }) => cell))]
}
