import { TrespassError } from '../../errors.ts'
import { isList, type JsonObject } from '../../json.ts'
import type { PrivilegedSession } from '../../model/session.ts'
import type { ObjectStore, OpenObjectStore } from '../path.ts'
import { objectOf, succeeded } from './answer.ts'
import { askBucket, bucketRow, settingsOf } from './buckets.ts'
import { sendWithClient } from './client.ts'
import { listWhole } from './listing.ts'
import { isMissing, refusalError } from './refusal.ts'
import { sendRepeatable } from './repeatable.ts'
import { inAddress } from './sending.ts'
import { bucketsTable } from './tables.ts'

const madeHints = {
  409: 'A bucket of that id is there already: put `$run` or `$unique` into the id.',
}

/** Objects that are removed in one request; the service takes no more than a thousand. */
const removedAtOnce = 500

/** Buckets as rows, by id, with the settings that limit their objects. */
export const bucketStore: ObjectStore = {
  table: bucketsTable,
  key: ['id'],
  columns: {
    id: { type: 'text', required: true },
    public: { type: 'boolean' },
    file_size_limit: { type: 'bigint' },
    allowed_mime_types: { type: 'text[]' },
  },
  open: (privileged) => new OpenBuckets(privileged),
}

class OpenBuckets implements OpenObjectStore {
  readonly #privileged: PrivilegedSession

  constructor(privileged: PrivilegedSession) {
    this.#privileged = privileged
  }

  async read(key: JsonObject): Promise<JsonObject | null> {
    const id = idOf(key)
    const answer = await sendRepeatable(() => askBucket(this.#privileged, id))
    if (isMissing(answer)) return null
    const bucket = succeeded(answer) ? objectOf(answer) : undefined
    if (bucket?.id !== id) throw refusalError(`the bucket ${id} could not be read`, answer)
    return bucketRow(bucket)
  }

  async make(values: JsonObject): Promise<void> {
    const id = idOf(values)
    const settings = { public: false, ...settingsOf(settingsIn(values)) }
    const made = await sendWithClient(this.#privileged, (storage) => storage.createBucket(id, settings))
    if (!succeeded(made)) throw refusalError(`the bucket ${id} could not be made`, made, madeHints)
  }

  async change(key: JsonObject, values: JsonObject): Promise<void> {
    const id = idOf(key)
    const before = await this.read(key)
    const settings = { public: before?.public === true, ...settingsOf(settingsIn(values)) }
    const changed = await sendWithClient(this.#privileged, (storage) => storage.updateBucket(inAddress(id), settings))
    if (!succeeded(changed)) throw refusalError(`the bucket ${id} could not be changed`, changed)
  }

  async remove(key: JsonObject): Promise<void> {
    const id = idOf(key)
    await this.#empty(id)
    const removed = await sendWithClient(this.#privileged, (storage) => storage.deleteBucket(inAddress(id)))
    if (!succeeded(removed) && !isMissing(removed)) throw refusalError(`the bucket ${id} could not be removed`, removed)
  }

  /** Not by the service's own emptying, which may take up to an hour. */
  async #empty(id: string): Promise<void> {
    const { last, names, complete } = await listWhole(this.#privileged, id)
    if (!complete && !isMissing(last)) throw refusalError(`the bucket ${id} could not be listed`, last)
    for (let first = 0; first < names.length; first += removedAtOnce) {
      const some = names.slice(first, first + removedAtOnce)
      const removed = await sendWithClient(this.#privileged, (storage) => storage.from(inAddress(id)).remove(some))
      if (!succeeded(removed)) throw refusalError(`the objects of the bucket ${id} could not be removed`, removed)
    }
  }
}

function idOf({ id }: JsonObject): string {
  if (typeof id === 'string') return id
  throw new TrespassError('incomplete-key', 'a bucket is named by `id`, a text')
}

/** @throws TrespassError for a setting of another type than the service takes. */
function settingsIn({ public: open, file_size_limit: limit, allowed_mime_types: types }: JsonObject) {
  if (open !== undefined && typeof open !== 'boolean') throw wrong('public', 'true or false')
  if (limit !== undefined && limit !== null && typeof limit !== 'number') throw wrong('file_size_limit', 'bytes')
  if (types !== undefined && types !== null && !isList(types)) throw wrong('allowed_mime_types', 'a list')
  return { public: open, file_size_limit: limit, allowed_mime_types: isList(types) ? types.map(String) : types }
}

function wrong(column: string, expected: string): TrespassError {
  return new TrespassError('bucket-setting', `${column} of a bucket is ${expected}`)
}
