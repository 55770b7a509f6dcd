import type { Answer } from '../path.ts'
import { answerOf, objectOf, succeeded, unreadable, withBodies } from './answer.ts'
import {
  type Caller,
  type Exchange,
  namePlaceholder,
  sendDirectly,
  sendWithClient,
  withoutCredential,
} from './client.ts'
import { longestContent } from './content.ts'
import { asDecodedName } from './names.ts'
import { inAddress } from './sending.ts'
import type { TargetObject } from './targets.ts'

/** The transformation of every request: a small picture is as good a proof as a large one. */
const width = 16

/** Requests an image by the route that knows the caller. */
export function render(caller: Caller, object: TargetObject): Promise<Answer> {
  return rendered(caller, `authenticated/${placeOf(object)}?width=${width}`, object)
}

/** Requests an image by the public URL, without any credential. */
export function renderPublic(caller: Caller, object: TargetObject): Promise<Answer> {
  return rendered(withoutCredential(caller), `public/${placeOf(object)}?width=${width}`, object)
}

/** Signs a URL for a transformed image as the caller, and uses it without any credential. */
export async function signRendered(caller: Caller, object: TargetObject, seconds: number): Promise<Answer> {
  const startedAt = performance.now()
  const transform = { width }
  const signing = await sendWithClient(
    caller,
    (storage) => storage.from(inAddress(object.bucket)).createSignedUrl(namePlaceholder, seconds, { transform }),
    { name: asDecodedName(object.name) },
  )
  if (!succeeded(signing)) return answerOf(signing, startedAt)
  const url = objectOf(signing)?.signedURL
  const token = typeof url === 'string' ? /[?&]token=([^&]+)/.exec(url)?.[1] : undefined
  if (token === undefined) return unreadable(signing, startedAt)
  const answer = await rendered(withoutCredential(caller), `sign/${placeOf(object)}?token=${token}`, object)
  return withBodies(answer, { signing })
}

async function rendered(caller: Caller, route: string, object: TargetObject): Promise<Answer> {
  const startedAt = performance.now()
  const exchange = await sendDirectly(caller, 'GET', `/render/image/${route}`, { keep: longestContent })
  return answerOf(exchange, startedAt, succeeded(exchange) ? [shown(exchange, object)] : null)
}

/** The bytes of the image are the service's own: the object is known by its place. */
function shown({ headers }: Extract<Exchange, { headers: Headers }>, { key }: TargetObject) {
  return { ...key, content_type: headers.get('content-type') }
}

function placeOf({ bucket, name }: TargetObject): string {
  return `${inAddress(bucket)}/${asDecodedName(name)}`
}
