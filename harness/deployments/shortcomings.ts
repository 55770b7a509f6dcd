import { code } from '../evidence/markdown.ts'
import { projectsDiffer } from '../evidence/projects.ts'
import { allTotals, judged } from '../evidence/totals.ts'
import { verdicts } from '../model/verdict.ts'
import type { KnownSchema, Side, Tested, TestedRun } from './model.ts'

/**
 * Lists the reasons why the run before the application does not count as the checks before it. Pure.
 *
 * @returns the reasons, each in a few words; none if the checks are completed.
 */
export function missingBefore({ alias, appliedAt, before, after }: Tested): string[] {
  const { tested } = before
  if (tested === null) return [`no run on ${code(alias)} ended before the migration was applied`]
  const { run } = tested
  const late = run.finishedAt > appliedAt ? [`${named(tested)} ended only after the migration was applied`] : []
  return [...late, ...shortcomings(alias, before, tested, after)]
}

/** The same for the run after the application. */
export function missingAfter({ alias, appliedAt, result, before, after }: Tested): string[] {
  const partial = result === 'failed-partial' ? ['the migration was applied only in part'] : []
  const { tested } = after
  if (tested === null) return [...partial, `no run on ${code(alias)} began after the migration was applied`]
  const { run } = tested
  const early = run.startedAt < appliedAt ? [`${named(tested)} began before the migration was applied`] : []
  return [...partial, ...early, ...shortcomings(alias, after, tested, before)]
}

/** The reasons why a run proves nothing about a target, on either side. */
function shortcomings(alias: string, { newest }: Side, tested: TestedRun, opposite: Side): string[] {
  const { run } = tested
  const reasons = [
    run.target.alias !== alias && `it tested ${code(run.target.alias)} and not ${code(alias)}`,
    otherProject(tested, opposite),
    run.target.kind === 'sandbox' && `it tested a sandbox, which proves nothing about ${code(alias)}`,
    !run.complete && 'it was broken off',
    run.shard !== null && `it is only the shard ${code(run.shard)} of a run`,
    run.chosen !== undefined && `it was limited to some cells: ${run.chosen.map(code).join(', ')}`,
    judged(run.totals) === 0 && 'it tried no cell',
    unheld(tested),
    run.cleanup.left.length > 0 && `it left behind ${run.cleanup.left.length} of what it had made`,
    otherSchema(tested, newest),
  ]
  const [first, ...more] = reasons.filter((reason) => reason !== false && reason !== null)
  return first === undefined ? [] : [`${named(tested)}: ${first}`, ...more]
}

/** The cells and scenarios that did not hold. */
function unheld({ run }: TestedRun): string | null {
  const totals = allTotals(run)
  const worse = verdicts.filter((verdict) => verdict !== 'held' && totals[verdict] > 0)
  return worse.length === 0
    ? null
    : `not all held: ${worse.map((verdict) => `${totals[verdict]} ${verdict}`).join(', ')}`
}

/** It is not known which of two projects the alias means, so neither run proves anything about it. */
function otherProject({ run }: TestedRun, { tested }: Side): string | null {
  if (tested === null || tested.run.target.alias !== run.target.alias || !projectsDiffer(run, tested.run)) return null
  return `${code(run.target.alias)} was another project in the run ${code(tested.run.run)}`
}

/** A run counts only for the newest schema that is known of the target. */
function otherSchema({ run }: TestedRun, newest: KnownSchema | null): string | null {
  if (run.schemaFingerprint === null) return 'it is not known which schema it tested: it had no database URL'
  if (newest === null || newest.fingerprint === run.schemaFingerprint) return null
  return `it tested another schema than the newest that is known, of the run ${code(newest.run)}`
}

function named({ run }: TestedRun): string {
  return `the run ${code(run.run)}`
}
