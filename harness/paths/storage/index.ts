import { TrespassError } from '../../errors.ts'
import type { Resource } from '../../model/matrix.ts'
import type { AccessPath, Marking, Shelf } from '../path.ts'
import { absence } from './absence.ts'
import { bucketAttempts } from './bucket-attempts.ts'
import { bucketStore } from './bucket-store.ts'
import { sendAs } from './client.ts'
import { storageFaces } from './faces.ts'
import { bucketVerbs, objectVerbs } from './footprints.ts'
import { holdObject, objectAttempts } from './object-attempts.ts'
import { objectStore } from './object-store.ts'
import { allBuckets } from './tables.ts'

/** By a header, which Storage itself would have to write into the log; a hosted one does not. */
const marking: Marking = {
  readsCannotWrite: false,
  async probe(privileged, mark) {
    const answer = await sendAs({ ...privileged, mark }, 'GET', '/bucket')
    return 'headers' in answer && answer.status === 429 ? answer.headers.get('retry-after') : undefined
  },
}

const attempts = { ...objectAttempts, ...bucketAttempts }

/** Buckets and objects through Storage's `/storage/v1`. */
export const storage: AccessPath = {
  name: 'storage',
  resources: ['bucket'],
  // Each thing may lie in things of earlier stores.
  stores: [bucketStore, objectStore],
  shelf,
  absence,
  verbs: { ...objectVerbs, ...bucketVerbs },
  faces: storageFaces,
  marking,
  slowness: 3,
  attempt(caller, call) {
    const attempt = attempts[call.verb]
    if (attempt === undefined) throw new TrespassError('unknown-verb', `Storage has no verb ${call.verb}`)
    return attempt(call.mark === undefined ? caller : { ...caller, mark: call.mark }, call)
  },
  hold: holdObject,
}

/** In a bucket lie objects; all buckets lie in none. */
function shelf({ name }: Resource): Shelf {
  return name === allBuckets
    ? { table: bucketStore.table, values: {} }
    : { table: objectStore.table, values: { bucket_id: name } }
}
