import { z } from 'zod'
import { integer } from './body.ts'
import { type Call, header } from './call.ts'
import { invalidParameter, json, malformed } from './errors.ts'
import { headerMetadata } from './incoming-file.ts'
import { requireBucketName, requireObjectName } from './names.ts'
import { findObject } from './object-rows.ts'
import { send } from './reading.ts'
import { requireWritable } from './saving.ts'
import { receiveObject } from './uploading.ts'

/** The validity of a URL for an upload, in seconds. */
const UPLOAD_SECONDS = 2 * 60 * 60

/** The body of `POST /object/sign/:bucket/:name`. */
export const signing = z.object({ expiresIn: integer(1), transform: z.object({}).optional() })

/** The body of `POST /object/sign/:bucket`. */
export const signingMany = signing.extend({ paths: z.array(z.string()).min(1).max(1000) })

/** `POST /object/sign/:bucket/:name`: a caller that may read an object may sign a URL for it. */
export async function signDownload(call: Call<z.output<typeof signing>>): Promise<Response> {
  requireExpiry(call.body.expiresIn)
  requireBucketName(call.bucket)
  requireObjectName(call.name)
  await call.database.asCaller((session) => findObject(session, call.bucket, call.name))
  // Storage signs the path of the request: a name that needs further encoding there cannot be used.
  const url = decodeURI(call.path.split('/').slice(3).join('/'))
  const token = await call.tokens.signUrl({ url, scope: 'download' }, call.body.expiresIn)
  // Storage itself signs the transformation; here the image is passed on as it is.
  const route = call.body.transform === undefined ? 'object' : 'render/image'
  return json(200, { signedURL: `/${route}/sign/${url}?token=${token}` })
}

/** `POST /object/sign/:bucket`: signs the names that the caller may read, and returns an error for each of the others. */
export async function signDownloads(call: Call<z.output<typeof signingMany>>): Promise<Response> {
  const { expiresIn, paths } = call.body
  requireExpiry(expiresIn)
  requireBucketName(call.bucket)
  const rows = await call.database.asCaller((session) =>
    session.query<{ name: string }>(
      'select name from storage.objects where bucket_id = $1 and name = any($2::text[])',
      [call.bucket, paths],
    ),
  )
  const readable = new Set(rows.map(({ name }) => name))
  const signed = paths.map(async (path) => {
    if (!readable.has(path)) {
      return { error: 'Either the object does not exist or you do not have access to it', path, signedURL: null }
    }
    const url = `${call.bucket}/${path}`
    const token = await call.tokens.signUrl({ url, scope: 'download' }, expiresIn)
    return { error: null, path, signedURL: `/object/sign/${url}?token=${token}` }
  })
  return json(200, await Promise.all(signed))
}

/** `GET /object/sign/:bucket/:name?token=…`: the token alone gives access. */
export async function downloadSigned(call: Call): Promise<Response> {
  const { exp } = await verified(call, 'download')
  const find = () => call.database.asService((session) => findObject(session, call.bucket, call.name))
  return await send(call, find, new Date(exp * 1000))
}

/** `POST /object/upload/sign/:bucket/:name`: a caller that may upload an object may sign a URL for a later upload. */
export async function signUpload(call: Call): Promise<Response> {
  requireBucketName(call.bucket)
  const upsert = header(call, 'x-upsert') === 'true'
  const length = header(call, 'content-length')
  const metadata = {
    mimetype: header(call, 'content-type'),
    contentLength: length === undefined ? undefined : Number(length),
  }
  const object = { bucket_id: call.bucket, name: call.name, owner: call.owner }
  await requireWritable(call, { ...object, metadata, user_metadata: headerMetadata(call) }, upsert)
  const url = `${call.bucket}/${call.name}`
  const token = await call.tokens.signUrl({ owner: call.owner, url, upsert, scope: 'upload' }, UPLOAD_SECONDS)
  return json(200, { url: `/object/upload/sign/${url}?token=${token}`, token })
}

/** `PUT /object/upload/sign/:bucket/:name?token=…`: the signer of the URL becomes the owner of the object. */
export async function uploadSigned(call: Call): Promise<Response> {
  const { owner, upsert } = await verified(call, 'upload')
  await receiveObject(call, typeof owner === 'string' ? owner : undefined, upsert === true)
  return json(200, { Key: `${call.bucket}/${call.name}` })
}

async function verified(call: Call, scope: 'download' | 'upload') {
  requireBucketName(call.bucket)
  const token = call.query.get('token')
  if (token === null) throw malformed("querystring must have required property 'token'")
  return await call.tokens.verifyUrl(token, `${call.bucket}/${call.name}`, scope)
}

/** Refuses a time that exceeds the range of milliseconds. */
function requireExpiry(seconds: number): void {
  const greatest = Math.floor(Number.MAX_SAFE_INTEGER / 1000) - Math.floor(Date.now() / 1000)
  if (seconds > greatest) throw invalidParameter('expiresIn')
}
