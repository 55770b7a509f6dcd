import { z } from 'zod'
import { TrespassError } from '../errors.ts'
import { sha256 } from '../evidence/manifest.ts'
import { code, escaped } from '../evidence/markdown.ts'
import { parseJson } from '../json-text.ts'

/** A review that a command printed with `--json`, as far as a record holds it. */
export interface RecordedReview {
  readonly kind: 'policies' | 'privileges' | 'advisors' | 'readiness'
  /** SHA-256 of the file, in lower-case hex. */
  readonly sha256: string
  /** The run whose cells the review names; null for a review without a report. */
  readonly run: string | null
  /** What it found, in numbers: names and rows stay in the file. */
  readonly found: string
}

const about = { target: z.string(), run: z.string().nullable().optional() }
const findings = z.array(z.looseObject({ code: z.string() }))

const reviewSchema = z.discriminatedUnion('schema', [
  z.looseObject({
    schema: z.literal('trespass/policies@1'),
    ...about,
    tables: z.array(z.looseObject({ findings })),
  }),
  z.looseObject({
    schema: z.literal('trespass/privileges@1'),
    ...about,
    changes: z.array(z.unknown()).optional(),
  }),
  z.looseObject({
    schema: z.literal('trespass/advisors@1'),
    ...about,
    lints: z.array(z.looseObject({ level: z.string(), accepted: z.unknown() })),
  }),
  z.looseObject({
    schema: z.literal('trespass/readiness@1'),
    ...about,
    ready: z.boolean(),
    tables: z.array(z.looseObject({ blockers: z.array(z.string()) })),
  }),
])
type Review = z.output<typeof reviewSchema>

/**
 * Reads the reviews of a deployment.
 *
 * @param alias the target of the record.
 * @throws TrespassError `not-a-review` for a file that is none, `review-of-another` for one of another target, and
 *   `review-twice` for two of one kind.
 */
export function recordedReviews(
  files: readonly { readonly name: string; readonly bytes: Buffer }[],
  alias: string,
): readonly RecordedReview[] {
  const byKind = new Map<RecordedReview['kind'], string>()
  return files.map(({ name, bytes }) => {
    const review = reviewIn(bytes, name)
    if (review.target !== alias) {
      throw new TrespassError(
        'review-of-another',
        `found the review ${name} of ${review.target}, expected one of ${alias}`,
        {
          hint: `Write it again with --target ${alias}. Nothing was written.`,
        },
      )
    }
    const kind = kindOf(review)
    const other = byKind.get(kind)
    if (other !== undefined) {
      throw new TrespassError(
        'review-twice',
        `found two reviews of ${kind}, ${other} and ${name}, expected one of each`,
        {
          hint: 'Leave the older one out. Nothing was written.',
        },
      )
    }
    byKind.set(kind, name)
    return { kind, sha256: sha256(bytes), run: review.run ?? null, found: foundBy(review) }
  })
}

function reviewIn(bytes: Buffer, name: string): Review {
  try {
    return reviewSchema.parse(parseJson(bytes.toString('utf8')))
  } catch (cause) {
    throw new TrespassError(
      'not-a-review',
      `found ${name}, expected what a review of this version printed with --json`,
      {
        hint: 'npx trespass policies --target ALIAS --json > policies.json; privileges, advisors and readiness likewise.',
        cause,
      },
    )
  }
}

function kindOf({ schema }: Review): RecordedReview['kind'] {
  switch (schema) {
    case 'trespass/policies@1':
      return 'policies'
    case 'trespass/privileges@1':
      return 'privileges'
    case 'trespass/advisors@1':
      return 'advisors'
    case 'trespass/readiness@1':
      return 'readiness'
  }
}

function foundBy(review: Review): string {
  switch (review.schema) {
    case 'trespass/policies@1':
      return `${review.tables.length} tables with policies; findings: ${numbers(review.tables.flatMap((table) => table.findings.map((one) => one.code)))}`
    case 'trespass/privileges@1':
      return review.changes === undefined ? 'not compared with an earlier state' : `changes: ${review.changes.length}`
    case 'trespass/advisors@1': {
      const accepted = review.lints.filter((lint) => lint.accepted !== null).length
      return `lints: ${numbers(review.lints.map(({ level }) => level))}; accepted: ${accepted}`
    }
    case 'trespass/readiness@1': {
      const blocked = review.tables.filter(({ blockers }) => blockers.length > 0).length
      return `${review.ready ? 'ready' : 'not ready'}; ${blocked} of ${review.tables.length} tables blocked`
    }
  }
}

/** @returns `covered 2, open 1`. */
function numbers(words: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  const sorted = [...counts].toSorted(([one], [other]) => (one < other ? -1 : 1))
  return sorted.map(([word, count]) => `${escaped(word)} ${count}`).join(', ') || 'none'
}

/** The block of an entry about its reviews. */
export function reviewBlock(reviews: readonly RecordedReview[]): string {
  const lines = reviews.map(({ kind, sha256: digest, run, found }) => {
    const cells = kind === 'privileges' ? '' : run === null ? ', without a report' : `, with the cells of ${code(run)}`
    return `- ${kind}: ${found}${cells}; SHA-256 of the review ${code(digest)}`
  })
  return `### Reviews\n\n${lines.join('\n')}`
}
