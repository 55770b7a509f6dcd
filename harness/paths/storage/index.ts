import { TrespassError } from '../../errors.ts'
import type { Resource } from '../../model/matrix.ts'
import type { AccessPath, Call, Marking, Shelf } from '../path.ts'
import { absence } from './absence.ts'
import { bucketAttempts } from './bucket-attempts.ts'
import { bucketStore } from './bucket-store.ts'
import { type Caller, sendAs } from './client.ts'
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
  sendsHeaders: true,
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
    return attempt(withCall(caller, call), call)
  },
  hold: (caller, call) => holdObject(withHeaders(caller, call), call),
}

/** Every request of an attempt carries its mark and its headers. */
function withCall(caller: Caller, { mark, headers }: Call): Caller {
  return { ...withHeaders(caller, { headers }), ...(mark === undefined ? {} : { mark }) }
}

function withHeaders(caller: Caller, { headers }: { readonly headers?: Call['headers'] | undefined }): Caller {
  return headers === undefined ? caller : { ...caller, headers }
}

/** In a bucket lie objects; all buckets lie in none. */
function shelf({ name }: Resource): Shelf {
  return name === allBuckets
    ? { table: bucketStore.table, values: {} }
    : { table: objectStore.table, values: { bucket_id: name } }
}
