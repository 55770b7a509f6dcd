import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LineCounter } from 'yaml'
import { z } from 'zod'
import { messageOf, TrespassError } from '../errors.ts'
import type { AcceptedGapRecord } from '../model/coverage.ts'
import { yamlDocuments } from '../yaml-text.ts'
import { alarmingKinds, type Change } from './diff.ts'
import type { ScenarioChange } from './scenario-diff.ts'

/** The file in which a team lists the changes, gaps and mutants that it accepts for a limited time. */
export const acceptedName = 'accepted.yaml'

const day = z.string().regex(/^\d{4}-\d\d-\d\d$/, { error: 'a day, such as 2026-12-31' })

const responsible = { owner: z.string().min(1), reason: z.string().min(1), until: day }

const acceptance = z
  .strictObject({
    cell: z.string().min(1).exactOptional(),
    scenario: z.string().min(1).exactOptional(),
    change: z.enum(alarmingKinds),
    ...responsible,
  })
  .refine(({ cell, scenario }) => (cell === undefined) !== (scenario === undefined), {
    error: 'names a cell or a scenario, one of the two',
  })

const acceptedGap = z.strictObject({
  gap: z.string().min(1),
  ...responsible,
}) satisfies z.ZodType<AcceptedGapRecord>

const acceptedMutant = z.strictObject({ mutant: z.string().min(1), ...responsible })

/** A mutant that no cell has to detect, up to and including a day. */
export type AcceptedMutant = z.infer<typeof acceptedMutant>

const acceptedLint = z.strictObject({ lint: z.string().min(1), ...responsible })

/** A lint of `trespass advisors` that the team accepts, up to and including a day. */
export type AcceptedLint = z.infer<typeof acceptedLint>

/** A change that its owner accepts, up to and including a day. */
export type Acceptance = z.infer<typeof acceptance>

/** The contents of a workspace's `accepted.yaml`. */
interface Accepted {
  readonly changes: readonly Acceptance[]
  readonly gaps: readonly AcceptedGapRecord[]
  readonly mutants: readonly AcceptedMutant[]
  readonly lints: readonly AcceptedLint[]
}

/**
 * Reads the changes of `accepted.yaml`; without the file nothing is accepted.
 *
 * @throws TrespassError `accepted-broken`
 */
export async function readAccepted(root: string): Promise<readonly Acceptance[]> {
  return (await readFileOf(root)).changes
}

/**
 * Reads the gaps of `accepted.yaml`: objects and units that the team accepts as not tried.
 *
 * @param today the day in UTC: `2026-11-21`.
 * @returns those that are in force, and those whose day has passed.
 * @throws TrespassError `accepted-broken`
 */
export async function readAcceptedGaps(
  root: string,
  today: string,
): Promise<{ readonly valid: readonly AcceptedGapRecord[]; readonly expired: readonly AcceptedGapRecord[] }> {
  const { gaps } = await readFileOf(root)
  return { valid: gaps.filter(({ until }) => until >= today), expired: gaps.filter(({ until }) => until < today) }
}

/**
 * Reads the mutants of `accepted.yaml`: mistakes in the schema that no cell has to detect.
 *
 * @throws TrespassError `accepted-broken`
 */
export async function readAcceptedMutants(root: string): Promise<readonly AcceptedMutant[]> {
  return (await readFileOf(root)).mutants
}

/**
 * Reads the lints of `accepted.yaml`: findings of `trespass advisors` by name and object.
 *
 * @throws TrespassError `accepted-broken`
 */
export async function readAcceptedLints(root: string): Promise<readonly AcceptedLint[]> {
  return (await readFileOf(root)).lints
}

async function readFileOf(root: string): Promise<Accepted> {
  const text = await readFile(join(root, acceptedName), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return { changes: [], gaps: [], mutants: [], lints: [] }
  const entries = z.array(z.unknown()).safeParse(documentIn(text))
  if (!entries.success) throw broken(mistakesIn(entries.error, [])[0] ?? 'no list')
  const mistakes: string[] = []
  const parsed = <T>(schema: z.ZodType<T>, entry: unknown, index: number): T[] => {
    const { success, data, error } = schema.safeParse(entry)
    if (success) return [data]
    mistakes.push(...mistakesIn(error, [index]))
    return []
  }
  const changes: Acceptance[] = []
  const gaps: AcceptedGapRecord[] = []
  const mutants: AcceptedMutant[] = []
  const lints: AcceptedLint[] = []
  for (const [index, entry] of entries.data.entries()) {
    const isAbout = (key: string) => typeof entry === 'object' && entry !== null && key in entry
    if (isAbout('gap')) gaps.push(...parsed(acceptedGap, entry, index))
    else if (isAbout('mutant')) mutants.push(...parsed(acceptedMutant, entry, index))
    else if (isAbout('lint')) lints.push(...parsed(acceptedLint, entry, index))
    else changes.push(...parsed(acceptance, entry, index))
  }
  if (mistakes.length > 0) throw broken(mistakes.join('; '))
  return { changes, gaps, mutants, lints }
}

/** @param at the place of the value in the file. */
function mistakesIn({ issues }: z.ZodError, at: readonly PropertyKey[]): string[] {
  return issues.map(({ path, message }) => `${[...at, ...path].map(String).join('.') || 'the file'}: ${message}`)
}

function documentIn(text: string): unknown {
  try {
    // The schema `core` leaves a date as the text that was written.
    const counter = new LineCounter()
    const [document, second] = yamlDocuments(text, { schema: 'core' }, counter)
    if (second !== undefined) throw broken('a second YAML document')
    const [error] = document?.errors ?? []
    if (error === undefined) return document?.toJS() ?? []
    const { line, col } = counter.linePos(error.pos[0])
    throw broken(`${error.message} at line ${line}, column ${col}`)
  } catch (error) {
    if (error instanceof TrespassError) throw error
    throw broken(messageOf(error))
  }
}

function broken(why: string): TrespassError {
  const found = `${acceptedName} cannot be used: ${why}`
  const change = `{ cell or scenario, change: ${alarmingKinds.join(' | ')}, owner, reason, until: 2026-12-31 }`
  const others = '{ gap, mutant or lint, owner, reason, until: 2026-12-31 }'
  const hint = `It is a list of ${change} and ${others}.`
  return new TrespassError('accepted-broken', found, { hint })
}

/** A cell or a scenario that changed between two runs. */
export type AnyChange = Change | ScenarioChange

/** Changes, sorted by whether they are accepted. */
export interface Weighed {
  /** Changes that no current acceptance covers. */
  readonly open: readonly AnyChange[]
  readonly accepted: readonly { readonly change: AnyChange; readonly by: Acceptance }[]
  /** Acceptances whose day has passed; their changes count again. */
  readonly expired: readonly Acceptance[]
  /** Acceptances that match no change. */
  readonly unused: readonly Acceptance[]
}

/**
 * @param today the day in UTC: `2026-11-21`.
 * @returns which changes are accepted, and which acceptances have expired or match nothing.
 */
export function weigh(changes: readonly AnyChange[], acceptances: readonly Acceptance[], today: string): Weighed {
  const valid = acceptances.filter(({ until }) => until >= today)
  const fits = ({ about, id, kind }: AnyChange) => valid.find((one) => one[about] === id && one.change === kind)
  const accepted = changes.flatMap((change) => {
    const by = fits(change)
    return by === undefined ? [] : [{ change, by }]
  })
  const used = new Set(accepted.map(({ by }) => by))
  return {
    open: changes.filter((change) => fits(change) === undefined),
    accepted,
    expired: acceptances.filter(({ until }) => until < today),
    unused: valid.filter((acceptance) => !used.has(acceptance)),
  }
}
