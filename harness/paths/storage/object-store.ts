import { TrespassError } from '../../errors.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { PrivilegedSession } from '../../model/session.ts'
import type { ObjectStore, OpenObjectStore } from '../path.ts'
import { objectOf, succeeded } from './answer.ts'
import { type Answered, type Exchange, namePlaceholder, sendWithClient } from './client.ts'
import { contentText, isDigest, longestContent } from './content.ts'
import { asDecodedName } from './names.ts'
import { askInfo } from './reading.ts'
import { isMissing, refusalError } from './refusal.ts'
import { sendRepeatable } from './repeatable.ts'
import { type FileValues, inAddress, sendObject } from './sending.ts'
import { objectsTable } from './tables.ts'

interface ObjectKey {
  readonly bucket: string
  readonly name: string
}

/** Names in one request for removal; the service takes 1,000 (limits.ts). */
const mostRemoved = 500

const madeHints = {
  404: 'The bucket has to be there: a fixture may lie in a bucket that is another fixture.',
  409: 'An object of that name is there already: put `$unique` or `$run` into the name.',
  413: "The content is larger than the bucket's file_size_limit, or than the project's.",
  415: 'Give the fixture a `content_type` that the bucket allows.',
}

/**
 * Objects as rows: by bucket and name, with their content and the headers of the upload. No answer of the API holds their owner;
 * an object made with the secret key has none.
 */
export const objectStore: ObjectStore = {
  table: objectsTable,
  key: ['bucket_id', 'name'],
  columns: {
    bucket_id: { type: 'text', required: true },
    name: { type: 'text', required: true },
    content: { type: 'text' },
    content_type: { type: 'text' },
    cache_control: { type: 'text' },
    metadata: { type: 'jsonb' },
    owner_id: { type: 'text', readOnly: true, databaseOnly: true },
  },
  open: (privileged) => new OpenObjects(privileged),
}

class OpenObjects implements OpenObjectStore {
  readonly #privileged: PrivilegedSession

  constructor(privileged: PrivilegedSession) {
    this.#privileged = privileged
  }

  async read(key: JsonObject): Promise<JsonObject | null> {
    const object = keyOf(key)
    const told = await sendRepeatable(() => askInfo(this.#privileged, object))
    if (isMissing(told)) return null
    const particulars = succeeded(told) ? objectOf(told) : undefined
    if (particulars === undefined) throw refusalError(`${nameOf(object)} could not be read`, told)
    // A proxy or the service has read the address differently.
    if (particulars.name !== undefined && particulars.name !== object.name) return null
    const bytes = await this.#download(object, longestContent)
    if (bytes === null) return null
    const { content_type = null, cache_control = null, metadata = null } = particulars
    const { bucket: bucket_id, name } = object
    return { bucket_id, name, content: contentText(bytes.body), content_type, cache_control, metadata }
  }

  async make(values: JsonObject): Promise<void> {
    const object = keyOf(values)
    const sent = await this.#send(object, fileOf(values), 'insert')
    if (!succeeded(sent)) throw refusalError(`${nameOf(object)} could not be made`, sent, madeHints)
  }

  async change(key: JsonObject, values: JsonObject): Promise<void> {
    const object = keyOf(key)
    const target = keyOf({ ...key, ...values })
    if (target.bucket !== object.bucket || target.name !== object.name) await this.#move(object, target)
    const file = fileOf(values)
    if (Object.values(file).every((value) => value === undefined)) return
    const before = await this.read({ bucket_id: target.bucket, name: target.name })
    const content = file.content ?? (await this.#wholeContent(target))
    const sent = await this.#send(target, { ...fileOf(before ?? {}), ...given(file), content }, 'update')
    if (!succeeded(sent)) throw refusalError(`${nameOf(target)} could not be changed`, sent, madeHints)
  }

  async remove(key: JsonObject): Promise<void> {
    const { bucket, name } = keyOf(key)
    const answer = await sendWithClient(this.#privileged, (storage) => storage.from(inAddress(bucket)).remove([name]))
    if (!succeeded(answer) && !isMissing(answer))
      throw refusalError(`${nameOf({ bucket, name })} could not be removed`, answer)
    const after = await askInfo(this.#privileged, { bucket, name })
    if (isMissing(after)) return
    throw refusalError(`${nameOf({ bucket, name })} was removed and is still there`, after)
  }

  async removeMany(keys: readonly JsonObject[]): Promise<void> {
    const byBucket = new Map<string, string[]>()
    for (const { bucket, name } of keys.map(keyOf)) byBucket.set(bucket, [...(byBucket.get(bucket) ?? []), name])
    for (const [bucket, names] of byBucket) {
      for (let at = 0; at < names.length; at += mostRemoved) {
        const some = names.slice(at, at + mostRemoved)
        await sendWithClient(this.#privileged, (storage) => storage.from(inAddress(bucket)).remove(some))
      }
    }
  }

  #send({ bucket, name }: ObjectKey, file: FileValues, mode: 'insert' | 'update'): Promise<Exchange> {
    if (file.content !== undefined && isDigest(file.content)) {
      throw new TrespassError('content-unknown', `the bytes of ${nameOf({ bucket, name })} are too many to be kept`)
    }
    return sendObject(this.#privileged, { bucket, address: asDecodedName(name) }, file, mode)
  }

  async #move(from: ObjectKey, to: ObjectKey): Promise<void> {
    const options = from.bucket === to.bucket ? {} : { destinationBucket: to.bucket }
    const moved = await sendWithClient(this.#privileged, (storage) =>
      storage.from(from.bucket).move(from.name, to.name, options),
    )
    if (!succeeded(moved)) throw refusalError(`${nameOf(from)} could not be moved`, moved, madeHints)
  }

  /** @returns null when the object is not there. */
  async #download({ bucket, name }: ObjectKey, keep: number): Promise<Answered | null> {
    // The nonce keeps caches from answering with an earlier version.
    const cacheNonce = crypto.randomUUID()
    const answer = await sendRepeatable(() =>
      sendWithClient(
        this.#privileged,
        (storage) => storage.from(inAddress(bucket)).download(namePlaceholder, { cacheNonce }),
        {
          name: asDecodedName(name),
          keep,
        },
      ),
    )
    if (isMissing(answer)) return null
    if (!succeeded(answer)) throw refusalError(`${nameOf({ bucket, name })} could not be read`, answer)
    return answer
  }

  async #wholeContent(object: ObjectKey): Promise<string> {
    const bytes = await this.#download(object, longestContent)
    return bytes === null ? '' : contentText(bytes.body)
  }
}

function keyOf({ bucket_id: bucket, name }: JsonObject): ObjectKey {
  if (typeof bucket === 'string' && typeof name === 'string') return { bucket, name }
  throw new TrespassError('incomplete-key', 'an object is named by `bucket_id` and `name`, both texts')
}

function nameOf({ bucket, name }: ObjectKey): string {
  return `the object ${name} of the bucket ${bucket}`
}

function fileOf({ content, content_type, cache_control, metadata }: JsonObject): FileValues {
  return {
    content: textOrNothing(content),
    content_type: textOrNothing(content_type),
    cache_control: textOrNothing(cache_control),
    metadata: isObject(metadata) ? metadata : undefined,
  }
}

function textOrNothing(value: JsonObject[string] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function given(file: FileValues): FileValues {
  return Object.fromEntries(Object.entries(file).filter(([, value]) => value !== undefined))
}
