import { TrespassError } from '../errors.ts'
import { sha256 } from '../evidence/manifest.ts'
import { code, escaped } from '../evidence/markdown.ts'
import type { KnownSchema, Side } from './model.ts'
import {
  kindOf,
  type RecordedReview,
  type ReviewFile,
  type ReviewKind,
  readReview,
  runOf,
  subjectsOf,
} from './review-file.ts'

/** The application that the reviews are recorded with. */
export interface Application {
  readonly alias: string
  /** ISO 8601, UTC. */
  readonly appliedAt: string
  readonly before: Pick<Side, 'newest'>
  readonly after: Pick<Side, 'newest'>
}

interface NamedReview {
  readonly name: string
  readonly sha256: string
  readonly review: ReviewFile
}

/**
 * Reads the reviews of a deployment.
 *
 * @param alias the target of the record.
 * @throws TrespassError `not-a-review` and `review-changed` of a file, and `review-of-another` for one of another target.
 */
export function readReviews(
  files: readonly { readonly name: string; readonly bytes: Buffer }[],
  alias: string,
): readonly NamedReview[] {
  return files.map(({ name, bytes }) => {
    const { review, isIntact } = readReview(bytes, name)
    if (!isIntact) {
      const message = `${name} was changed after it was written: its digest does not fit the rest`
      throw new TrespassError('review-changed', message, {
        hint: 'Restore the file, or write the review again. Nothing was written.',
      })
    }
    const subjects = subjectsOf(review)
    if (subjects.includes(alias)) return { name, sha256: sha256(bytes), review }
    const found = subjects.join(' and ') || 'nothing'
    throw new TrespassError('review-of-another', `found the review ${name} of ${found}, expected one of ${alias}`, {
      hint: `Write it again about ${alias}. Nothing was written.`,
    })
  })
}

/**
 * Holds reviews against the application, and against each other. Pure.
 *
 * @throws TrespassError `review-twice` for two of one kind on one side of the application, and `review-of-another-schema` for
 *   one that saw another schema than the newest run of its side, or than another review of it.
 */
export function recordedReviews(reviews: readonly NamedReview[], application: Application): readonly RecordedReview[] {
  const names = new Map<string, string>()
  const known = { before: referenceOf(application.before.newest), after: referenceOf(application.after.newest) }
  return reviews.map(({ name, sha256: digest, review }) => {
    const kind = kindOf(review)
    const at = review.at ?? null
    const when = at === null ? null : at <= application.appliedAt ? 'before' : 'after'
    const other = names.get(`${kind} ${when}`)
    if (other !== undefined) throw twice(kind, when, [other, name])
    names.set(`${kind} ${when}`, name)
    const fingerprint = review.schemaFingerprint ?? null
    if (when !== null && fingerprint !== null) {
      const reference = known[when]
      if (reference !== null && reference.fingerprint !== fingerprint) {
        throw ofAnotherSchema(`${name} ("schemaFingerprint", made at ${at})`, fingerprint, reference)
      }
      known[when] ??= { by: `the review ${name}`, fingerprint }
    }
    return { kind, sha256: digest, at, when, run: runOf(review), found: foundBy(review) }
  })
}

/** A fingerprint, with what read it. */
interface Reference {
  readonly by: string
  readonly fingerprint: string
}

function referenceOf(newest: KnownSchema | null): Reference | null {
  return newest === null ? null : { by: `the run ${newest.run}`, fingerprint: newest.fingerprint }
}

function twice(kind: ReviewKind, when: RecordedReview['when'], [one, other]: readonly [string, string]): TrespassError {
  const side = when === null ? '' : ` made ${when} the application`
  const message = `found two reviews of ${kind}${side}, ${one} and ${other}, expected one`
  return new TrespassError('review-twice', message, { hint: 'Leave the older one out. Nothing was written.' })
}

function ofAnotherSchema(place: string, found: string, { by, fingerprint }: Reference): TrespassError {
  const message = `${place}: the review saw the schema ${found.slice(0, 12)}, and ${by} saw ${fingerprint.slice(0, 12)}, expected one schema`
  return new TrespassError('review-of-another-schema', message, {
    hint: 'The schema changed between the two. Run the matrices and write the review again. Nothing was written.',
  })
}

function foundBy(review: ReviewFile): string {
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
      return `${review.ready ? 'ready' : 'not ready'}; ${blocked} of ${review.tables.length} objects blocked`
    }
    case 'trespass/drift@1': {
      const sides = `from ${escaped(review.sides.from)} to ${escaped(review.sides.to)}`
      return `${sides}: ${review.drift ? 'they differ' : 'nothing differs'}; differences: ${numbers(review.differences.map((one) => one.class))}`
    }
    case 'trespass/credentials@1':
      return `findings: ${numbers(review.findings.map((one) => one.code))}`
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
  const lines = reviews.map(({ kind, sha256: digest, at, when, run, found }) => {
    const hasCells = kind !== 'privileges' && kind !== 'credentials'
    const cells = !hasCells ? '' : run === null ? ', without a report' : `, with the cells of ${code(run)}`
    const made = at === null ? '' : `, made at ${at}, ${when} the application`
    return `- ${kind}: ${found}${cells}${made}; SHA-256 of the review ${code(digest)}`
  })
  return `### Reviews\n\n${lines.join('\n')}`
}
