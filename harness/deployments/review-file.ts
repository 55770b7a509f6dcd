import { z } from 'zod'
import { canonical } from '../canonical.ts'
import { TrespassError } from '../errors.ts'
import { sha256 } from '../evidence/manifest.ts'
import { parseJson } from '../json-text.ts'

const about = {
  /** The time at which the review was made; files of earlier versions have none. */
  at: z.iso.datetime().optional(),
  /** The schema that was reviewed, as runs record it. */
  schemaFingerprint: z.string().nullable().optional(),
  /** SHA-256 of everything else in the file, in canonical form. */
  digest: z.string().optional(),
}
const ofTarget = { ...about, target: z.string(), run: z.string().nullable().optional() }
const findings = z.array(z.looseObject({ code: z.string() }))

const reviewSchema = z.discriminatedUnion('schema', [
  z.looseObject({
    schema: z.literal('trespass/policies@1'),
    ...ofTarget,
    tables: z.array(z.looseObject({ findings })),
  }),
  z.looseObject({
    schema: z.literal('trespass/privileges@1'),
    ...ofTarget,
    changes: z.array(z.unknown()).optional(),
  }),
  z.looseObject({
    schema: z.literal('trespass/advisors@1'),
    ...ofTarget,
    lints: z.array(z.looseObject({ level: z.string(), accepted: z.unknown() })),
  }),
  z.looseObject({
    schema: z.literal('trespass/readiness@1'),
    ...ofTarget,
    ready: z.boolean(),
    tables: z.array(z.looseObject({ blockers: z.array(z.string()) })),
  }),
  z.looseObject({
    schema: z.literal('trespass/drift@1'),
    ...about,
    drift: z.boolean(),
    sides: z.object({ from: z.string(), to: z.string() }),
    differences: z.array(z.looseObject({ class: z.string() })),
    silent: z.looseObject({ run: z.string().nullable() }),
  }),
  z.looseObject({
    schema: z.literal('trespass/credentials@1'),
    ...about,
    access: z.array(z.looseObject({ environment: z.string() })),
    findings,
  }),
])

/** A review as a command prints it with `--json`. */
export type ReviewFile = z.output<typeof reviewSchema>

/** The commands whose reviews stand in records. */
export type ReviewKind = 'policies' | 'privileges' | 'advisors' | 'readiness' | 'drift' | 'credentials'

/** A review, as far as a record holds it. */
export interface RecordedReview {
  readonly kind: ReviewKind
  /** SHA-256 of the file, in lower-case hex. */
  readonly sha256: string
  /** When it was made, in UTC; null for a file of an earlier version, which does not say. */
  readonly at: string | null
  /** The side of the application on which it was made; null where the time is not known. */
  readonly when: 'before' | 'after' | null
  /** The run whose cells the review names; null for a review without a report. */
  readonly run: string | null
  /** What it found, in numbers: names and rows stay in the file. */
  readonly found: string
}

/** @returns the review with a digest, by which a change of the file is noticed. */
export function sealed<R extends Readonly<Record<string, unknown>>>(review: R): R & { readonly digest: string } {
  return { ...review, digest: sha256(Buffer.from(canonical(review))) }
}

/** A review with what its digest says of the file. */
export interface ReadReview {
  readonly review: ReviewFile
  /** The members of the file, as they were read. */
  readonly json: Readonly<Record<string, unknown>>
  /** False when the file is not as it was written; true also for a file of an earlier version, which has no digest. */
  readonly isIntact: boolean
}

/**
 * Reads a review from its file.
 *
 * @param name the file, for the message.
 * @throws TrespassError `not-a-review`
 */
export function readReview(bytes: Buffer, name: string): ReadReview {
  const [json, review] = reviewIn(bytes, name)
  const { digest, ...rest } = json
  return { review, json, isIntact: digest === undefined || digest === sealed(rest).digest }
}

function reviewIn(bytes: Buffer, name: string): readonly [json: Readonly<Record<string, unknown>>, ReviewFile] {
  try {
    const json = z.record(z.string(), z.unknown()).parse(parseJson(bytes.toString('utf8')))
    return [json, reviewSchema.parse(json)]
  } catch (cause) {
    const [issue] = cause instanceof z.ZodError ? cause.issues : []
    const place = issue === undefined || issue.path.length === 0 ? '' : ` (at "${issue.path.join('.')}")`
    throw new TrespassError(
      'not-a-review',
      `found ${name}${place}, expected what a review of this version printed with --json`,
      {
        hint: 'npx trespass policies --target ALIAS --json > policies.json; privileges, advisors, readiness, drift and credentials likewise.',
        cause,
      },
    )
  }
}

/** @returns the command that wrote a review. */
export function kindOf({ schema }: ReviewFile): ReviewKind {
  switch (schema) {
    case 'trespass/policies@1':
      return 'policies'
    case 'trespass/privileges@1':
      return 'privileges'
    case 'trespass/advisors@1':
      return 'advisors'
    case 'trespass/readiness@1':
      return 'readiness'
    case 'trespass/drift@1':
      return 'drift'
    case 'trespass/credentials@1':
      return 'credentials'
  }
}

/** @returns the targets or environments that a review is about. */
export function subjectsOf(review: ReviewFile): readonly string[] {
  switch (review.schema) {
    case 'trespass/drift@1':
      return [review.sides.from, review.sides.to]
    case 'trespass/credentials@1':
      return [...new Set(review.access.map(({ environment }) => environment))]
    default:
      return [review.target]
  }
}

/** @returns the run whose cells a review names; null without one. */
export function runOf(review: ReviewFile): string | null {
  switch (review.schema) {
    case 'trespass/drift@1':
      return review.silent.run
    case 'trespass/credentials@1':
      return null
    default:
      return review.run ?? null
  }
}
