import { createHash } from 'node:crypto'
import { canonical } from '../canonical.ts'
import type { Position } from '../errors.ts'
import { withEscapes, withoutInvisible } from '../invisible.ts'
import type { RunRecord } from '../model/record.ts'
import { type Baseline, isWhole } from './baseline.ts'
import type { NotHeld } from './not-held.ts'
import { levelOf, rules } from './sarif-rules.ts'

/** The input of `results.sarif`. */
export interface SarifInput {
  readonly run: RunRecord
  readonly notHeld: readonly NotHeld[]
  /** Ids of all cells and scenarios that were tried, held or not. */
  readonly tried: ReadonlySet<string>
  /** Null if there is no baseline; a sentence if there is one and it cannot be read. */
  readonly baseline: Baseline | string | null
  /** The path of the workspace in its repository: `apps/api/`, or empty for the root. */
  readonly place: string
}

/** Where the JSON Schema of the format is published. */
export const sarifSchema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

type State = 'new' | 'unchanged' | 'updated' | 'absent'

/**
 * The findings in the Static Analysis Results Interchange Format, version 2.1.0 (OASIS), in pieces: a result for every cell and
 * scenario that did not hold; those that held have no result. Every result is of kind `fail`, an unproven one as well: the
 * level of any other kind has to be `none`, and tools do not show such results.
 */
export function* sarif(input: SarifInput): Generator<string> {
  const { run } = input
  const before = {
    automationDetails: {
      // GitHub distinguishes analyses by the part before the last slash.
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
  yield `{"$schema":"${sarifSchema}","version":"2.1.0","runs":[${visible(before).slice(0, -1)},"results":[`
  let between = '\n'
  for (const { found, state } of withStates(input)) {
    yield `${between}${visible(result(found, state, input.place))}`
    between = ',\n'
  }
  yield '\n]}]}\n'
}

/** JSON without invisible characters; its values stay the same. */
export function visible(value: object): string {
  return withEscapes(canonical(value))
}

/** The notes about the run itself: the parts that it did not try, and why it is not the whole run. */
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

/** Every finding of this run, and the findings of the baseline that no longer occur. */
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
  // A run cannot report a finding as absent if it was not to try the cell.
  for (const found of before.values()) if (isWhole(run) || tried.has(found.id)) yield { found, state: 'absent' }
}

function result({ id, verdict, because, notRun, at, properties }: NotHeld, state: State | null, place: string): object {
  const fingerprint = createHash('sha256').update(id).digest('hex')
  return {
    ruleId: verdict,
    ruleIndex: rules.findIndex((rule) => rule.id === verdict),
    level: levelOf(verdict, notRun !== undefined),
    message: { text: literal(`${id}: ${because}`) },
    locations: [placeOf(place, at)],
    // GitHub reads only the second; without it, two cells at one line would count as one finding.
    partialFingerprints: { 'trespassId/v1': fingerprint, primaryLocationLineHash: `${fingerprint.slice(0, 32)}:1` },
    ...(state === null ? {} : { baselineState: state }),
    properties: { ...properties, id },
  }
}

/** The location of a result. @param place the path of the workspace in its repository. */
export function placeOf(place: string, { file, line, column }: Position): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: uri(`${place}${file}`), uriBaseId: '%SRCROOT%' },
      region: { startLine: line, startColumn: column },
    },
  }
}

/** Doubles braces (3.11.5) and breaks up text that looks like a link (3.11.6). */
export function literal(text: string): string {
  return withoutInvisible(text, ' ').replace(/[{}]/g, '$&$&').replace(/\]\(/g, '] (')
}

/** A lone surrogate cannot be encoded. */
function uri(path: string): string {
  return path
    .replace(/\p{Cs}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
}
