import { setTimeout as delay } from 'node:timers/promises'
import type { JsonObject } from '../../json.ts'
import type { Answer, Call } from '../path.ts'
import { answerOf, listOf, objectOf, pagesByPlace, succeeded, unreadable, withBodies } from './answer.ts'
import { askBucket, bucketRow, settingsOf } from './buckets.ts'
import { type Caller, type Exchange, sendWithClient } from './client.ts'
import { listWhole } from './listing.ts'
import { bucketSchemas as schemas } from './schemas.ts'
import { inAddress } from './sending.ts'
import { bucketsTable } from './tables.ts'
import { bucketIn } from './targets.ts'

type Attempt = (caller: Caller, call: Call) => Promise<Answer>

/** Buckets of one page. */
const pageSize = 100

/** By verb: sends the operation's request as the caller. */
export const bucketAttempts: Readonly<Record<string, Attempt>> = {
  async create_bucket(caller, call) {
    const { id, ...settings } = schemas.create_bucket.parse(call.body).create_bucket
    const startedAt = performance.now()
    const options = { public: false, ...settingsOf(settings) }
    return answerOf(await sendWithClient(caller, (storage) => storage.createBucket(id, options)), startedAt)
  },
  async get_bucket(caller, call) {
    const id = bucketIn(call.targets)
    const startedAt = performance.now()
    const exchange = await askBucket(caller, id)
    if (!succeeded(exchange)) return answerOf(exchange, startedAt)
    const bucket = objectOf(exchange)
    if (bucket?.id !== id) return unreadable(exchange, startedAt)
    return withBodies(answerOf(exchange, startedAt, [bucketRow(bucket)]), { body: exchange })
  },
  async list_buckets(caller) {
    const startedAt = performance.now()
    const rows: JsonObject[] = []
    const pages: Exchange[] = []
    for (;;) {
      const exchange = await sendWithClient(caller, (storage) =>
        storage.listBuckets({ limit: pageSize, offset: rows.length, sortColumn: 'id', sortOrder: 'asc' }),
      )
      pages.push(exchange)
      if (!succeeded(exchange)) return withBodies(answerOf(exchange, startedAt), pagesByPlace(pages))
      const page = listOf(exchange)
      if (page === undefined) return withBodies(unreadable(exchange, startedAt), pagesByPlace(pages))
      const fresh = page.filter(({ id }) => !rows.some((row) => row.id === id))
      rows.push(...fresh.map(bucketRow))
      // Older services know no pages and give all at once.
      if (page.length < pageSize || fresh.length === 0) {
        return withBodies(answerOf(exchange, startedAt, rows), pagesByPlace(pages))
      }
    }
  },
  async update_bucket(caller, call) {
    const { set } = schemas.update_bucket.parse(call.body)
    const id = bucketIn(call.targets)
    const startedAt = performance.now()
    // supabase-js always sends `public`: as it was, where the matrix leaves it out.
    const options = { public: call.targets[0]?.row?.public === true, ...settingsOf(set) }
    return answerOf(await sendWithClient(caller, (storage) => storage.updateBucket(inAddress(id), options)), startedAt)
  },
  async empty_bucket(caller, call) {
    const startedAt = performance.now()
    const id = bucketIn(call.targets.filter(({ table }) => table === bucketsTable))
    const exchange = await sendWithClient(caller, (storage) => storage.emptyBucket(inAddress(id)))
    if (succeeded(exchange)) await untilEmpty(caller, id)
    // The service queues the request and empties the bucket later, so an accepted request is a success.
    return answerOf(exchange, startedAt, [{ id }])
  },
  async delete_bucket(caller, call) {
    const startedAt = performance.now()
    const id = bucketIn(call.targets)
    return answerOf(await sendWithClient(caller, (storage) => storage.deleteBucket(inAddress(id))), startedAt)
  },
}

/** Milliseconds for which a bucket that is to be emptied is watched: the service queues the order. */
const longestQueue = 10_000

async function untilEmpty(caller: Caller, id: string): Promise<void> {
  const deadline = performance.now() + longestQueue
  while (performance.now() < deadline) {
    const { names } = await listWhole(caller, id)
    if (names.length === 0) return
    await delay(250)
  }
}
