import type { JsonObject } from '../../json.ts'
import type { Answer, Call, HeldResource } from '../path.ts'
import { answerOf, listOf, objectOf, succeeded, unreadable, withBodies } from './answer.ts'
import { type Caller, namePlaceholder, sendDirectly, sendWithClient, withoutCredential } from './client.ts'
import { longestContent } from './content.ts'
import { measureAccess } from './measure-access.ts'
import { asDecodedName } from './names.ts'
import { downloaded } from './reading.ts'
import { isExpiredUrl } from './responses.ts'
import { type FileValues, inAddress, type Place, sendBySignedUrl } from './sending.ts'
import type { TargetObject } from './targets.ts'

/** Signs a URL as the caller and uses it without any credential. */
export async function sign(caller: Caller, object: TargetObject, seconds: number): Promise<Answer> {
  const { answer } = await signedAndUsed(caller, object, seconds)
  return answer
}

/** Signs a URL and uses it, has something happen, and goes on using it. @param watch seconds. */
export async function signAndWatch(
  caller: Caller,
  object: TargetObject,
  seconds: number,
  call: Call,
  watch: number,
): Promise<Answer> {
  const { answer, again } = await signedAndUsed(caller, object, seconds)
  return again === null ? answer : measureAccess(answer, again, call, watch)
}

/** Signs a URL once, for any number of uses without a credential. */
export async function holdSigned(caller: Caller, object: TargetObject, seconds: number): Promise<HeldResource> {
  const { answer, again } = await signedAndUsed(caller, object, seconds)
  return { use: again ?? (async () => answer), end: async () => {} }
}

async function signedAndUsed(
  caller: Caller,
  object: TargetObject,
  seconds: number,
): Promise<{ readonly answer: Answer; readonly again: (() => Promise<Answer>) | null }> {
  const startedAt = performance.now()
  const signing = await sendWithClient(
    caller,
    (storage) => storage.from(inAddress(object.bucket)).createSignedUrl(namePlaceholder, seconds),
    { name: asDecodedName(object.name) },
  )
  if (!succeeded(signing)) return { answer: answerOf(signing, startedAt), again: null }
  const token = tokenIn(objectOf(signing)?.signedURL)
  if (token === null) return { answer: unreadable(signing, startedAt), again: null }
  return {
    answer: withBodies(await useSignedFirst(caller, object, token, startedAt), { signing }),
    // The change during the attempt may be that of the object itself.
    again: () => useSigned(caller, { ...object, content: null }, token, performance.now()),
  }
}

/** Signs URLs for several objects in one request, and uses each that was signed. */
export async function signMany(
  caller: Caller,
  bucket: string,
  objects: readonly TargetObject[],
  seconds: number,
): Promise<Answer> {
  const startedAt = performance.now()
  const names = objects.map(({ name }) => name)
  const signing = await sendWithClient(caller, (storage) =>
    storage.from(inAddress(bucket)).createSignedUrls(names, seconds),
  )
  if (!succeeded(signing)) return answerOf(signing, startedAt)
  const items = listOf(signing)
  if (items === undefined) return unreadable(signing, startedAt)
  const rows: JsonObject[] = []
  for (const object of objects) {
    const token = tokenIn(items.find(({ path }) => path === object.name)?.signedURL)
    if (token === null) continue
    const answer = await useSignedFirst(caller, object, token, startedAt)
    if (answer.rows === null || answer.details !== null) return withBodies(answer, { signing })
    rows.push(...answer.rows)
  }
  return withBodies(answerOf(signing, startedAt, rows), { signing })
}

/** Signs a URL for an upload as the caller and uploads through it without any credential. */
export async function signUpload(
  caller: Caller,
  place: Place,
  file: FileValues,
  { upsert, meanwhile }: { readonly upsert: boolean; readonly meanwhile: (() => Promise<unknown>) | null },
): Promise<Answer> {
  const startedAt = performance.now()
  const signing = await sendWithClient(
    caller,
    (storage) => storage.from(inAddress(place.bucket)).createSignedUploadUrl(namePlaceholder, { upsert }),
    { name: place.address },
  )
  if (!succeeded(signing)) return answerOf(signing, startedAt)
  const token = tokenIn(objectOf(signing)?.url)
  if (token === null) return unreadable(signing, startedAt)
  await meanwhile?.()
  const uploading = await sendBySignedUrl(withoutCredential(caller), place, token, file)
  return withBodies(answerOf(uploading, startedAt), { signing })
}

async function useSigned(caller: Caller, object: TargetObject, token: string, startedAt: number): Promise<Answer> {
  const route = `/object/sign/${inAddress(object.bucket)}/${asDecodedName(object.name)}?token=${token}`
  return downloaded(
    await sendDirectly(withoutCredential(caller), 'GET', route, { keep: longestContent }),
    object,
    startedAt,
  )
}

/** A URL that expires before its first use is no evidence about the caller: the run was slow. */
async function useSignedFirst(caller: Caller, object: TargetObject, token: string, startedAt: number): Promise<Answer> {
  const answer = await useSigned(caller, object, token, startedAt)
  return isExpiredUrl(answer) ? { ...answer, lapsed: true } : answer
}

/** The address that the service signed holds the name as it is; only its token is needed. */
function tokenIn(url: JsonObject[string] | undefined): string | null {
  return typeof url === 'string' ? (/[?&]token=([^&]+)/.exec(url)?.[1] ?? null) : null
}
