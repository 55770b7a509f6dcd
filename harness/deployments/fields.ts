import { code, escaped } from '../evidence/markdown.ts'
import { judged } from '../evidence/totals.ts'
import type { Deployment, Migration, Tested, TestedRun } from './model.ts'
import { missingAfter, missingBefore } from './shortcomings.ts'

/** The fields of a deployment record, in their order. */
export const fieldNames = [
  'Environment alias',
  'Migration file',
  'Migration Git revision',
  'Migration SHA-256',
  'Applied by',
  'Applied at (UTC)',
  'Execution method',
  'Result',
  'Pre-apply checks completed',
  'Post-apply verification completed',
  'Authorization and API-path tests completed',
  'Observed deviations or follow-up migration',
] as const
export type FieldName = (typeof fieldNames)[number]

/** The fields that state whether a check was completed. */
export const claimNames = [
  'Pre-apply checks completed',
  'Post-apply verification completed',
  'Authorization and API-path tests completed',
] as const satisfies readonly FieldName[]
export type ClaimName = (typeof claimNames)[number]

/** @returns whether a field states a completed check; any other text begins with the missing part. */
export function isCompleted(words: string): boolean {
  return words.startsWith('completed, ')
}

/** @returns the text of every field, as Markdown on one line each. Pure. */
export function fieldsOf(deployment: Deployment): Readonly<Record<FieldName, string>> {
  const { alias, migration, said } = deployment
  return {
    'Environment alias': code(alias),
    'Migration file': code(migration.file),
    'Migration Git revision': code(migration.revision),
    'Migration SHA-256': code(migration.sha256),
    'Applied by': escaped(said.appliedBy),
    'Applied at (UTC)': said.appliedAt,
    'Execution method': escaped(said.method),
    Result: said.result,
    ...claimsOf(deployment),
    'Observed deviations or follow-up migration': [
      ...(said.deviations === null ? [] : [escaped(said.deviations)]),
      ...(said.followUp === null ? [] : [`followed up by ${migrationInWords(said.followUp)}`]),
    ].join('; '),
  }
}

/**
 * Decides which checks are completed. A check is completed only if a run proves it that counts for this target and this
 * application; otherwise the text names the missing part. Pure.
 */
export function claimsOf(tested: Tested): Readonly<Record<ClaimName, string>> {
  const [before, after] = [missingBefore(tested), missingAfter(tested)]
  return {
    'Pre-apply checks completed': claim(before, tested.before.tested, (proof) => {
      return `${held(proof)} before the migration was applied, in a run that ended at ${proof.run.finishedAt}`
    }),
    'Post-apply verification completed': claim(after, tested.after.tested, (proof) => {
      return `${held(proof)} in a run that began at ${proof.run.startedAt}, after the migration was applied; ${schemas(tested)}`
    }),
    'Authorization and API-path tests completed': claim(after, tested.after.tested, (proof) => {
      return `${held(proof)}: ${pathsInWords(proof)}`
    }),
  }
}

function claim(missing: readonly string[], proof: TestedRun | null, words: (proof: TestedRun) => string): string {
  return missing.length === 0 && proof !== null ? `completed, ${words(proof)}` : `missing: ${missing.join('; ')}`
}

function held({ run }: TestedRun): string {
  const scenarios = judged(run.scenarios)
  const also = scenarios === 0 ? '' : ` and ${scenarios === 1 ? '1 scenario' : `${scenarios} scenarios`}`
  return `all ${cellCount(judged(run.totals))}${also} of the run ${code(run.run)} held`
}

/** States whether the migration changed the schema fingerprint. A migration need not change it. */
function schemas({ before, after }: Tested): string {
  const [was, is] = [before.tested?.run.schemaFingerprint, after.tested?.run.schemaFingerprint]
  if (was === undefined || was === null) return 'which schema was there before is not known'
  if (was === is) return 'the schema fingerprint is the same as before: nothing in it was changed by the migration'
  return 'the schema fingerprint is another one than before'
}

/** @returns `2 cells`. */
export function cellCount(cells: number): string {
  return `${cells} ${cells === 1 ? 'cell' : 'cells'}`
}

/** @returns the access paths, each with its number of cells. */
export function pathsInWords({ paths }: TestedRun): string {
  return paths.map(({ path, cells }) => `${code(path)} ${cells}`).join(', ')
}

function migrationInWords({ file, revision, sha256 }: Migration): string {
  return `${code(file)}, revision ${code(revision)}, SHA-256 ${code(sha256)}`
}
