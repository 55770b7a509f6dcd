import type { Position, Problem } from '../errors.ts'
import { checkAgainstCatalog, checkChangesOnRefusal, checkWorldAgainstCatalog } from '../matrix/check-catalog.ts'
import type { KnownSchema } from '../matrix/editor-schema.ts'
import { locatedReport } from '../matrix/report.ts'
import { paths } from '../paths/registry.ts'
import type { Catalog } from '../witness/catalog.ts'
import type { Config } from '../workspace/config.ts'
import { type Declared, everyMatrix } from './load-files.ts'

/** @returns the mistakes that a target's schema shows in a workspace. An incomplete catalog shows only some of them. */
export function schemaProblems(
  declared: Declared,
  { catalog, complete }: Pick<KnownSchema, 'catalog' | 'complete'>,
): readonly Problem[] {
  const { roster, locateInActors } = declared.workspace
  const problems = [
    ...checkWorldAgainstCatalog(roster, catalog, locateInActors),
    ...everyMatrix(declared).flatMap((loaded) => checkAgainstCatalog(loaded, roster, catalog, paths)),
  ]
  return complete ? problems : problems.flatMap(certainOf)
}

/** A misspelt table would permit nothing, and every audited refusal would be a breach. */
export function unknownTables({ changes_on_refusal }: Config, catalog: Catalog): readonly Problem[] {
  const problems: Problem[] = []
  const at: Position = { file: 'trespass.config.ts', line: 1, column: 1 }
  checkChangesOnRefusal(
    changes_on_refusal,
    catalog,
    locatedReport(() => at, problems),
  )
  return problems
}

/**
 * The Data API describes the functions that the secret key may call, and one form of each: a call that does not fit is left to
 * its answer. A table that it does not describe cannot be used.
 */
function certainOf(problem: Problem): Problem[] {
  if (['unknown-function', 'unknown-argument', 'missing-argument'].includes(problem.code)) return []
  if (problem.code !== 'unknown-relation') return [problem]
  const hint = 'Without a database URL only what is exposed and granted to service_role is known.'
  return [{ ...problem, hint: problem.hint === undefined ? hint : `${hint} Or ${problem.hint}` }]
}
