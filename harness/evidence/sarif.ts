import { createHash } from 'node:crypto'
import { canonical } from '../canonical.ts'
import { withEscapes, withoutInvisible } from '../invisible.ts'
import type { RunRecord } from '../model/record.ts'
import { type Baseline, isWhole } from './baseline.ts'
import type { NotHeld } from './not-held.ts'
import { levelOf, rules } from './sarif-rules.ts'

/** What `results.sarif` is made of. */
export interface SarifInput {
  readonly run: RunRecord
  readonly notHeld: readonly NotHeld[]
  /** Ids of everything that was tried, held or not. */
  readonly tried: ReadonlySet<string>
  /** Null where there is nothing to compare with; a sentence where there is and it cannot be read. */
  readonly baseline: Baseline | string | null
  /** Where the workspace lies in its repository: `apps/api/`, or empty for the root. */
  readonly place: string
}

type State = 'new' | 'unchanged' | 'updated' | 'absent'

/**
 * The findings in the Static Analysis Results Interchange Format, version 2.1.0 (OASIS), in pieces: a result for every
 * cell and scenario that did not hold. What has no result held. Every result is of kind `fail`, also what is only not
 * proven: of any other kind its level would have to be `none`, and nobody would be shown it.
 */
export function* sarif(input: SarifInput): Generator<string> {
  const { run } = input
  const before = {
    automationDetails: {
      // GitHub tells analyses apart by what stands before the last slash.
      id: `trespass/${run.target.alias}/${run.run}`,
      description: { text: literal(`Trespass on ${run.target.alias} (${run.target.kind})`) },
    },
    columnKind: 'utf16CodeUnits',
    invocations: [invocation(input)],
    originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The root of the repository.' } } },
    properties: {
      schemaFingerprint: run.schemaFingerprint ?? 'not readable',
      revision: run.git?.revision ?? 'outside a Git work tree',
      ...(typeof input.baseline === 'object' && input.baseline !== null ? { baseline: input.baseline.run } : {}),
    },
    tool: { driver: { name: 'Trespass', version: run.tool.version, rules } },
  }
  const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
  yield `{"$schema":"${schema}","version":"2.1.0","runs":[${visible(before).slice(0, -1)},"results":[`
  let between = '\n'
  for (const { found, state } of withStates(input)) {
    yield `${between}${visible(result(found, state, input.place))}`
    between = ',\n'
  }
  yield '\n]}]}\n'
}

/** JSON in which no character is invisible; its values stay as they are. */
function visible(value: object): string {
  return withEscapes(canonical(value))
}

/** What the run itself has to say: what it did not try, and why this is not all. */
function invocation({ run, baseline }: SarifInput): object {
  const notes = [
    ...(run.complete ? [] : ['The run was broken off: what is here is true, but it is not all.']),
    ...(run.shard === null ? [] : [`Only shard ${run.shard} of a run.`]),
    ...(run.chosen === undefined ? [] : [`Only some of the cells were to be tried: ${run.chosen.join(', ')}`]),
    ...(run.holes.length === 0 ? [] : [`Holes were opened on purpose: ${run.holes.join(', ')}.`]),
    ...run.notRun.map(({ why, cells }) => `Not run, cells: ${cells}. ${why}`),
    ...run.limits,
    ...(typeof baseline === 'string' ? [`No result says whether it is new. ${baseline}`] : []),
  ]
  return {
    startTimeUtc: run.startedAt,
    endTimeUtc: run.finishedAt,
    executionSuccessful: run.complete && run.totals.error + run.scenarios.error === 0,
    toolExecutionNotifications: notes.map((text) => ({ level: 'warning', message: { text: literal(text) } })),
  }
}

/** Every finding of this run, and those of the baseline that are gone. */
function* withStates(input: SarifInput): Generator<{ readonly found: NotHeld; readonly state: State | null }> {
  const { baseline, notHeld, tried, run } = input
  if (baseline === null || typeof baseline === 'string') {
    for (const found of notHeld) yield { found, state: null }
    return
  }
  const before = new Map(baseline.notHeld.map((found) => [found.id, found]))
  for (const found of notHeld) {
    const was = before.get(found.id)
    yield { found, state: was === undefined ? 'new' : was.cause === found.cause ? 'unchanged' : 'updated' }
    before.delete(found.id)
  }
  // Of what a run was not to try it cannot say that it is gone.
  for (const found of before.values()) if (isWhole(run) || tried.has(found.id)) yield { found, state: 'absent' }
}

function result({ id, verdict, because, notRun, at, properties }: NotHeld, state: State | null, place: string): object {
  const fingerprint = createHash('sha256').update(id).digest('hex')
  return {
    ruleId: verdict,
    ruleIndex: rules.findIndex((rule) => rule.id === verdict),
    level: levelOf(verdict, notRun !== undefined),
    message: { text: literal(`${id}: ${because}`) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uri(`${place}${at.file}`), uriBaseId: '%SRCROOT%' },
          region: { startLine: at.line, startColumn: at.column },
        },
      },
    ],
    // The second is the only one that GitHub reads; without it two cells of one line would be one finding.
    partialFingerprints: { 'trespassId/v1': fingerprint, primaryLocationLineHash: `${fingerprint.slice(0, 32)}:1` },
    ...(state === null ? {} : { baselineState: state }),
    properties: { ...properties, id },
  }
}

/** Braces are doubled in a message (3.11.5), and what looks like a link is kept from being one (3.11.6). */
function literal(text: string): string {
  return withoutInvisible(text, ' ').replace(/[{}]/g, '$&$&').replace(/\]\(/g, '] (')
}

/** A lone surrogate has no bytes of its own. */
function uri(path: string): string {
  return path
    .replace(/\p{Cs}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
}
