import { TrespassError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import type { Resource } from '../../model/matrix.ts'
import type { Target } from '../../model/target.ts'
import type { AccessPath, Call, FixtureStore, Marking } from '../path.ts'
import { bucketAttempts } from './bucket-attempts.ts'
import { bucketStore } from './bucket-store.ts'
import { type Caller, sendDirectly } from './client.ts'
import { bucketVerbs, objectVerbs } from './footprints.ts'
import { findMissingBucket } from './missing-bucket.ts'
import { holdObject, objectAttempts } from './object-attempts.ts'
import { objectStore } from './object-store.ts'
import { storageResponses } from './responses.ts'
import { allBuckets } from './tables.ts'

/** By a header, which Storage itself would have to write into the log; a hosted one does not. */
const marking: Marking = {
  readsCannotWrite: false,
  async probe(privileged, mark) {
    const answer = await sendDirectly({ ...privileged, mark }, 'GET', '/bucket')
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
  fixtureStore,
  findMissing: findMissingBucket,
  verbs: { ...objectVerbs, ...bucketVerbs },
  responses: storageResponses,
  marking,
  durationFactor: 3,
  unavailable: (target, body) => (usesS3(body) ? withoutS3(target) : null),
  // The token of a control by S3 is a legacy key of the service role: a secret key is none.
  controls: (privileged, body) => !usesS3(body) || privileged.s3 !== undefined,
  attempt(caller, call) {
    const attempt = attempts[call.verb]
    if (attempt === undefined) throw new TrespassError('unknown-verb', `Storage has no verb ${call.verb}`)
    return attempt(withCall(caller, call), call)
  },
  hold: (caller, call) => holdObject(withHeaders(caller, call), call),
}

function usesS3({ via }: JsonObject): boolean {
  return via === 's3' || via === 's3-parts'
}

function withoutS3({ endpoint }: Target): string | null {
  return endpoint.s3 === undefined
    ? 'sessions sign their requests to the S3 endpoint with the legacy anon key: set TRESPASS_PUBLISHABLE_KEY to it'
    : null
}

/** Every request of an attempt carries its mark and its headers. */
function withCall(caller: Caller, { mark, headers }: Call): Caller {
  return { ...withHeaders(caller, { headers }), ...(mark === undefined ? {} : { mark }) }
}

function withHeaders(caller: Caller, { headers }: { readonly headers?: Call['headers'] | undefined }): Caller {
  return headers === undefined ? caller : { ...caller, headers }
}

/** In a bucket lie objects; all buckets lie in none. */
function fixtureStore({ name }: Resource): FixtureStore {
  return name === allBuckets
    ? { table: bucketStore.table, values: {} }
    : { table: objectStore.table, values: { bucket_id: name } }
}
