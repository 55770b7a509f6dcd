import type { JsonObject } from '../../json.ts'
import type { Answer } from '../path.ts'
import { answerOf, objectOf, otherBytes, succeeded, unreadable, withBodies } from './answer.ts'
import {
  type Answered,
  type Caller,
  type Exchange,
  namePlaceholder,
  sendDirectly,
  sendWithClient,
  withoutCredential,
} from './client.ts'
import { contentText, longestContent } from './content.ts'
import { asDecodedName } from './names.ts'
import { inAddress } from './sending.ts'
import type { TargetObject } from './targets.ts'

/** Downloads by the authenticated route. */
export async function download(caller: Caller, object: TargetObject): Promise<Answer> {
  const startedAt = performance.now()
  const exchange = await sendWithClient(
    caller,
    (storage) => storage.from(inAddress(object.bucket)).download(namePlaceholder),
    {
      name: asDecodedName(object.name),
      keep: longestContent,
    },
  )
  return downloaded(exchange, object, startedAt)
}

/** Downloads by the public URL, as a browser does without a credential. */
export async function downloadPublic(caller: Caller, object: TargetObject): Promise<Answer> {
  const startedAt = performance.now()
  const route = `/object/public/${inAddress(object.bucket)}/${asDecodedName(object.name)}`
  return downloaded(
    await sendDirectly(withoutCredential(caller), 'GET', route, { keep: longestContent }),
    object,
    startedAt,
  )
}

/** @returns the answer to a download, with the object as a row where bytes came. */
export function downloaded(exchange: Exchange, object: TargetObject, startedAt: number): Answer {
  if (!succeeded(exchange)) return answerOf(exchange, startedAt)
  const row = downloadedRow(exchange, object)
  const answer = answerOf(exchange, startedAt, [row])
  return object.content === null || object.content === row.content ? answer : { ...answer, details: otherBytes }
}

function downloadedRow({ headers, body }: Answered, { key }: TargetObject): JsonObject {
  return { ...key, content: contentText(body), content_type: headers.get('content-type') }
}

/** Requests an object's particulars. */
export async function info(caller: Caller, object: TargetObject): Promise<Answer> {
  const startedAt = performance.now()
  const exchange = await askInfo(caller, object)
  if (!succeeded(exchange)) return answerOf(exchange, startedAt)
  const told = objectOf(exchange)
  if (told === undefined || !('size' in told || 'content_type' in told)) return unreadable(exchange, startedAt)
  if (told.name !== undefined && told.name !== object.name) return unreadable(exchange, startedAt)
  const { size = null, content_type = null, cache_control = null, metadata = null } = told
  const row = { ...object.key, size, content_type, cache_control, metadata }
  return withBodies(answerOf(exchange, startedAt, [row]), { body: exchange })
}

/** @returns the exchange of a request for an object's particulars. */
export function askInfo(caller: Caller, { bucket, name }: Pick<TargetObject, 'bucket' | 'name'>): Promise<Exchange> {
  return sendWithClient(caller, (storage) => storage.from(inAddress(bucket)).info(namePlaceholder), {
    name: asDecodedName(name),
  })
}

/**
 * Checks by HEAD that an object exists. A refused HEAD has no body: the same caller then requests the particulars, which the
 * service grants and refuses alike, and whose answer has the reason.
 */
export async function exists(caller: Caller, object: TargetObject): Promise<Answer> {
  const startedAt = performance.now()
  const exchange = await sendWithClient(
    caller,
    (storage) => storage.from(inAddress(object.bucket)).exists(namePlaceholder),
    {
      name: asDecodedName(object.name),
    },
  )
  if (succeeded(exchange)) return answerOf(exchange, startedAt, [object.key])
  const answer = answerOf(exchange, startedAt)
  if (answer.status === 0 || answer.status >= 500) return answer
  const particulars = await askInfo(caller, object)
  const { code, message, details } = answerOf(particulars, startedAt)
  return withBodies({ ...answer, code, message, details }, { particulars })
}
