import { TrespassError } from '../../errors.ts'
import type { Resource } from '../../model/matrix.ts'
import type { PrivilegedSession } from '../../model/session.ts'
import type { MissingResource } from '../path.ts'
import { answerOf, listOf, succeeded } from './answer.ts'
import { askBucket } from './buckets.ts'
import { type Exchange, sendWithClient } from './client.ts'
import { isMissing } from './refusal.ts'
import { allBuckets } from './tables.ts'

/**
 * Requests a bucket from Storage, or, for a matrix of the buckets themselves, checks that Storage is there.
 *
 * @throws TrespassError when no answer came.
 */
export async function findMissingBucket(
  resource: Resource,
  privileged: PrivilegedSession,
): Promise<MissingResource | null> {
  const listed = await sendWithClient(privileged, (storage) => storage.listBuckets())
  if (listed.status === 0) {
    const { message } = answerOf(listed, 0)
    throw new TrespassError('storage-silent', `Storage did not answer when it was asked for its buckets: ${message}`)
  }
  if (!isList(listed)) {
    return {
      found: `no Storage on this target: it answered ${listed.status} when it was asked for its buckets`,
      expected: 'a target with Storage',
      hint: 'Switch Storage on, or leave the matrices that are about buckets out of the run.',
    }
  }
  if (resource.name === allBuckets) return null
  const asked = await askBucket(privileged, resource.name)
  if (!isMissing(asked)) return null
  return {
    found: `no bucket \`${resource.name}\``,
    expected: 'a bucket of the target',
    hint: 'Make it in a migration, or on the target itself: a run makes only buckets that are fixtures.',
  }
}

function isList(exchange: Exchange): boolean {
  return succeeded(exchange) && listOf(exchange) !== undefined
}
