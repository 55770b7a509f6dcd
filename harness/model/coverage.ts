import { z } from 'zod'

/** The file of the objects of a target and the cells that tried them. */
export const coverageName = 'coverage.json'

/** The kinds of actor of a unit. `any` where only the object is known. */
const coverageActors = ['anon', 'authenticated', 'anonymous-auth', 'another-tenant', 'any'] as const
export type CoverageActor = (typeof coverageActors)[number]

const coverageSides = ['allow', 'deny', 'either'] as const
export type CoverageSide = (typeof coverageSides)[number]

/** A reachable object. */
export interface CoverageObject {
  /** `table public.documents`, `bucket avatars`. */
  readonly object: string
  /** `table`, `materialized view`, `bucket`. */
  readonly kind: string
  /** Cells that were attempted and touch it in any way. */
  readonly cells: number
}

/** One combination that a cell can try: an object, a command, a kind of actor, and an expectation. */
export interface CoverageUnit {
  /** `table public.documents › select › another-tenant › deny`. */
  readonly id: string
  readonly object: string
  /** `select`, `call`, `changes`, `download`; `any` where only the object is known. */
  readonly command: string
  /** The column that only some may use; left out for the object as a whole. */
  readonly column?: string
  /** The unit's policy; left out for all others. */
  readonly policy?: string
  readonly actor: CoverageActor
  readonly side: CoverageSide
  /** Cells that were attempted and count for it. */
  readonly cells: number
  /** Of a policy: true when it alone decided at least one of those cells. Of several policies, which one did is not known. */
  readonly decided?: boolean
}

/** A gap that the team has accepted, as `accepted.yaml` has it. */
export interface AcceptedGapRecord {
  readonly gap: string
  readonly owner: string
  readonly reason: string
  readonly until: string
}

/** `coverage.json`: everything reachable, and which of it a run tried. */
export interface CoverageRecord {
  readonly schema: 'trespass/coverage@1'
  readonly source: 'database' | 'data-api'
  /** Sentences about objects that could not be read. */
  readonly limits: readonly string[]
  /** Reachable and not counted, in sentences. */
  readonly leftOut: readonly string[]
  readonly objects: readonly CoverageObject[]
  readonly units: readonly CoverageUnit[]
  /** Accepted gaps that were in force. */
  readonly accepted: readonly AcceptedGapRecord[]
}

/** The counts of a coverage record, as `run.json` holds them. */
export interface CoverageTotals {
  readonly objects: number
  /** Objects that no attempted cell touches, accepted ones left out. */
  readonly untried: number
  readonly units: number
  readonly tried: number
  /** The required coverage: `all`, `tried-by-anon`. */
  readonly required: readonly string[]
  /** Required and neither tried nor accepted. */
  readonly missing: number
}

const text = z.string()

export const coverageSchema = z.strictObject({
  schema: z.literal('trespass/coverage@1'),
  source: z.enum(['database', 'data-api']),
  limits: z.array(text),
  leftOut: z.array(text),
  objects: z.array(z.strictObject({ object: text, kind: text, cells: z.number() })),
  units: z.array(
    z.strictObject({
      id: text,
      object: text,
      command: text,
      column: text.exactOptional(),
      policy: text.exactOptional(),
      actor: z.enum(coverageActors),
      side: z.enum(coverageSides),
      cells: z.number(),
      decided: z.boolean().exactOptional(),
    }),
  ),
  accepted: z.array(z.strictObject({ gap: text, owner: text, reason: text, until: text })),
})

/** The coverage that a run can require. */
export const requirements = [
  'all',
  'objects',
  'tried-by-anon',
  'tried-by-authenticated',
  'tried-by-anonymous-auth',
  'tried-by-another-tenant',
] as const
export type Requirement = (typeof requirements)[number]

/** @returns true when an accepted gap covers an object or a unit: it names the object, or a unit's id up to a `›`. */
export function isAccepted({ accepted }: Pick<CoverageRecord, 'accepted'>, id: string): boolean {
  return accepted.some(({ gap }) => id === gap || id.startsWith(`${gap} › `))
}

/** @returns the objects that no attempted cell touches, accepted ones left out. */
export function untriedObjects(coverage: CoverageRecord): readonly CoverageObject[] {
  return coverage.objects.filter(({ object, cells }) => cells === 0 && !isAccepted(coverage, object))
}

/** An object that cells touch, with commands or policies that none of them exercises. */
export interface PartlyTried {
  readonly object: string
  readonly commands: readonly string[]
  readonly policies: readonly string[]
}

/** @returns the objects that are tried in part only: a command that no kind of actor tries, a policy that no cell meets. */
export function partlyTried(coverage: CoverageRecord): readonly PartlyTried[] {
  const units = new Map<string, CoverageUnit[]>()
  for (const unit of coverage.units) {
    if (isAccepted(coverage, unit.id)) continue
    const known = units.get(unit.object)
    if (known === undefined) units.set(unit.object, [unit])
    else known.push(unit)
  }
  return coverage.objects.flatMap(({ object, cells }) => {
    const own = units.get(object) ?? []
    const whole = own.filter(({ column, policy }) => column === undefined && policy === undefined)
    const tried = new Set(whole.filter((unit) => unit.cells > 0).map(({ command }) => command))
    const commands = [...new Set(whole.map(({ command }) => command))].filter((command) => !tried.has(command))
    const policies = own.flatMap(({ policy, cells: some }) => (policy === undefined || some > 0 ? [] : [policy]))
    return cells === 0 || commands.length + policies.length === 0 ? [] : [{ object, commands, policies }]
  })
}

/** @returns `table public.posts: no cell tries update, delete; no cell meets the policy "drafts"`. */
export function partInWords({ object, commands, policies }: PartlyTried): string {
  const parts = [
    ...(commands.length === 0 ? [] : [`no cell tries ${commands.join(', ')}`]),
    ...(policies.length === 0
      ? []
      : [
          `no cell meets the ${policies.length === 1 ? 'policy' : 'policies'} ${policies.map((one) => `"${one}"`).join(', ')}`,
        ]),
  ]
  return `${object}: ${parts.join('; ')}`
}

/** @returns the ids of the objects and units that are required and neither tried nor accepted. */
export function missingFrom(coverage: CoverageRecord, required: readonly string[]): readonly string[] {
  const objects = required.includes('objects') ? untriedObjects(coverage).map(({ object }) => object) : []
  const units = coverage.units.filter(
    ({ id, actor, cells }) =>
      cells === 0 && (required.includes('all') || required.includes(`tried-by-${actor}`)) && !isAccepted(coverage, id),
  )
  return [...objects, ...units.map(({ id }) => id)]
}

/** @returns the counts of a coverage record. */
export function coverageTotals(coverage: CoverageRecord, required: readonly string[]): CoverageTotals {
  return {
    objects: coverage.objects.length,
    untried: untriedObjects(coverage).length,
    units: coverage.units.length,
    tried: coverage.units.filter(({ cells }) => cells > 0).length,
    required,
    missing: missingFrom(coverage, required).length,
  }
}

/** @returns the most important sentence about a coverage, without its end. */
export function coverageHeadline(coverage: CoverageRecord): string {
  if (coverage.objects.length === 0) return 'no reachable object was found: no cell could try one'
  const untried = untriedObjects(coverage)
  if (untried.length === 0)
    return `every object that is reachable was tried: ${coverage.objects.length.toLocaleString('en-US')}`
  return `reachable and never tried: ${objectsInWords(untried)}`
}

/** @returns how many objects of each kind: `2 tables, 1 view and 1 bucket`. */
export function objectsInWords(objects: readonly Pick<CoverageObject, 'kind'>[]): string {
  const kinds = new Map<string, number>()
  for (const { kind } of objects) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  return [...kinds].map(([kind, count]) => `${count} ${count === 1 ? kind : plural(kind)}`).join(', ')
}

function plural(kind: string): string {
  return `${kind}s`
}
