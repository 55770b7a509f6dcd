import type { Answer, Call, HeldResource } from '../path.ts'
import { answerOf, listOf, succeeded, unreadable, withBodies } from './answer.ts'
import { type Caller, type Exchange, sendDirectly, sendWithClient } from './client.ts'
import { bucketOf } from './footprints.ts'
import { foldersOf, list } from './listing.ts'
import { measureAccess } from './measure-access.ts'
import { asDecodedName, asWritten } from './names.ts'
import { download, downloadPublic, exists, info } from './reading.ts'
import { render, renderPublic, signRendered } from './rendering.ts'
import { type Resumption, uploadResumably } from './resumable.ts'
import * as s3 from './s3.ts'
import { objectSchemas as schemas } from './schemas.ts'
import { inAddress, type Place, sendObject } from './sending.ts'
import { holdSigned, sign, signAndWatch, signMany, signUpload } from './signed.ts'
import { objectsIn, onlyBucket, onlyObject, type TargetObject } from './targets.ts'

type Attempt = (caller: Caller, call: Call) => Promise<Answer>

/** The default duration in seconds for which a download is repeated after an event. */
const usualWatch = 5
/** Seconds; a signed URL of an hour is not watched for an hour. */
const longestUsualWatch = 30

/** By verb: sends the operation's request as the caller. */
export const objectAttempts: Readonly<Record<string, Attempt>> = {
  async upload(caller, call) {
    const { upload, via, begun_by } = schemas.upload.parse(call.body)
    const { name, bucket, ...file } = upload
    const place = placeOf(call, name, bucket)
    if (via === 'tus') return uploadResumably(caller, place, file, resumption(call, begun_by, false))
    return told(() => sendObject(caller, place, file, 'insert'))
  },
  async overwrite(caller, call) {
    const file = schemas.overwrite.parse(call.body)
    return told(() => sendObject(caller, itsPlace(call), file, 'update'))
  },
  async upsert(caller, call) {
    const { upsert, via, begun_by, ...beside } = schemas.upsert.parse(call.body)
    const [place, file] =
      typeof upsert === 'string' ? [itsPlace(call), beside] : [placeOf(call, upsert.name, upsert.bucket), upsert]
    if (via === 'tus') return uploadResumably(caller, place, file, resumption(call, begun_by, true))
    if (via === 's3') return s3.put(caller, place, file)
    if (via === 's3-parts') return s3.putInParts(caller, place, file, call.witness)
    return told(() => sendObject(caller, place, file, 'upsert'))
  },
  async download(caller, call) {
    const { via = 'object', after, watch = usualWatch } = schemas.download.parse(call.body)
    const object = onlyObject(call.targets)
    const once = { object: download, s3: s3.get, image: render }[via]
    const first = await once(caller, object)
    if (after === undefined) return first
    return measureAccess(first, () => once(caller, { ...object, content: null }), call, watch)
  },
  async public(caller, call) {
    const { via } = schemas.public.parse(call.body)
    return (via === 'image' ? renderPublic : downloadPublic)(caller, onlyObject(call.targets))
  },
  async info(caller, call) {
    return info(caller, onlyObject(call.targets))
  },
  async exists(caller, call) {
    const { via } = schemas.exists.parse(call.body)
    return (via === 's3' ? s3.head : exists)(caller, onlyObject(call.targets))
  },
  async list(caller, call) {
    const { prefix, via, version = 1 } = schemas.list.parse(call.body)
    const objects = objectsIn(call.targets)
    const folders = prefix === undefined ? foldersOf(objects) : [prefix.replace(/\/?$/, prefix === '' ? '' : '/')]
    if (via === 's3') return s3.listFolders(caller, onlyBucket(objects), folders)
    return list(caller, onlyBucket(objects), folders, version)
  },
  async move(caller, call) {
    const { to, to_bucket } = schemas.move.parse(call.body)
    const { bucket, name } = onlyObject(call.targets)
    return told(() =>
      sendWithClient(caller, (storage) => storage.from(bucket).move(name, to, destination(call, to_bucket, bucket))),
    )
  },
  async copy(caller, call) {
    const { to, to_bucket, replace, via } = schemas.copy.parse(call.body)
    const object = onlyObject(call.targets)
    const { bucket, name } = object
    if (via === 's3') return s3.copy(caller, object, bucketOf(call.resource, to_bucket), to)
    return told(() =>
      sendWithClient(caller, (storage) => {
        const from = storage.from(bucket)
        if (replace === true) from.setHeader('x-upsert', 'true')
        return from.copy(name, to, destination(call, to_bucket, bucket))
      }),
    )
  },
  async remove(caller, call) {
    const startedAt = performance.now()
    const objects = objectsIn(call.targets)
    const bucket = onlyBucket(objects)
    if (schemas.remove.parse(call.body).via === 's3') return s3.removeAll(caller, bucket, objects)
    const exchange = await sendWithClient(caller, (storage) =>
      storage.from(inAddress(bucket)).remove(objects.map(({ name }) => name)),
    )
    if (!succeeded(exchange)) return answerOf(exchange, startedAt)
    const removed = listOf(exchange)
    if (removed === undefined) return unreadable(exchange, startedAt)
    const keys = removed.map(({ bucket_id = bucket, name = null }) => ({ bucket_id, name }))
    return withBodies(answerOf(exchange, startedAt, keys), { body: exchange })
  },
  async delete(caller, call) {
    const object = onlyObject(call.targets)
    if (schemas.delete.parse(call.body).via === 's3') return s3.removeOne(caller, object)
    const { bucket, name } = object
    return told(() => sendDirectly(caller, 'DELETE', `/object/${inAddress(bucket)}/${asDecodedName(name)}`))
  },
  async sign(caller, call) {
    const { seconds, via, after, watch } = schemas.sign.parse(call.body)
    const object = onlyObject(call.targets)
    if (via === 'image') return signRendered(caller, object, seconds)
    if (after === undefined) return sign(caller, object, seconds)
    return signAndWatch(caller, object, seconds, call, watch ?? Math.min(seconds + 2, longestUsualWatch))
  },
  async sign_many(caller, call) {
    const { seconds } = schemas.sign_many.parse(call.body)
    const objects = objectsIn(call.targets)
    return signMany(caller, onlyBucket(objects), objects, seconds)
  },
  async sign_upload(caller, call) {
    const { sign_upload, replace = false, after } = schemas.sign_upload.parse(call.body)
    const { name, bucket, ...file } = sign_upload
    const meanwhile = after === undefined ? null : call.meanwhile
    return signUpload(caller, placeOf(call, name, bucket), file, { upsert: replace, meanwhile })
  },
}

/** A URL that is signed outlives the request; for everything else a new request is sent. */
export async function holdObject(caller: Caller, call: Call): Promise<HeldResource | null> {
  if (call.verb !== 'sign') return null
  return await holdSigned(caller, onlyObject(call.targets), schemas.sign.parse(call.body).seconds)
}

function resumption(call: Call, begunBy: string | undefined, replace: boolean): Resumption {
  const { witness } = call
  if (begunBy === undefined) return { replace, witness, begunBy: null }
  const other = call.session(begunBy)
  const headers = call.headersOf?.(other)
  return { replace, witness, begunBy: headers === undefined ? other : { ...other, headers } }
}

function placeOf(call: Call, name: string, bucket: string | undefined): Place {
  return { bucket: bucketOf(call.resource, bucket), address: asWritten(name) }
}

function itsPlace(call: Call): Place {
  const { bucket, name }: TargetObject = onlyObject(call.targets)
  return { bucket, address: asDecodedName(name) }
}

function destination(call: Call, bucket: string | undefined, source: string) {
  const destinationBucket = bucketOf(call.resource, bucket)
  return destinationBucket === source ? {} : { destinationBucket }
}

async function told(send: () => Promise<Exchange>): Promise<Answer> {
  const startedAt = performance.now()
  return answerOf(await send(), startedAt)
}
