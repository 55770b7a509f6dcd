import { AwsV4Signer } from 'aws4fetch'
import type { Json, JsonObject } from '../../json.ts'
import type { Answer } from '../path.ts'
import { answerOf, pagesByPlace, succeeded, unreadable, withBodies } from './answer.ts'
import { type Answered, type Caller, type Exchange, sendTo } from './client.ts'
import { bytesOf, longestContent } from './content.ts'
import { decoded } from './names.ts'
import { downloaded } from './reading.ts'
import type { FileValues, Place } from './sending.ts'
import type { TargetObject } from './targets.ts'

/**
 * The region in a signature. Storage takes this one beside its own (`protocols/s3/signature-v4.ts`, `getSelectedRegion`).
 */
const region = 'us-east-1'

interface Request {
  readonly method: string
  readonly bucket: string
  /** Left out for a request about the bucket. */
  readonly name?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly keep?: number
}

/**
 * Sends one request to the S3 endpoint, signed as a session: the token of the caller decides what it may, and a visitor's token is
 * the anon key. The name is sent as it is: the signer would resolve dot segments.
 */
async function ask(
  caller: Caller,
  { method, bucket, name, query = {}, headers = {}, body, keep }: Request,
): Promise<Exchange> {
  const { s3 } = caller
  if (s3 === undefined) throw new Error('a request to the S3 endpoint without a legacy key')
  const sessionToken = 'token' in s3 ? s3.token : ((caller.kind === 'actor' ? caller.token : null) ?? s3.secret)
  const path = `/storage/v1/s3/${encoded(bucket)}${name === undefined ? '' : `/${name.split('/').map(encoded).join('/')}`}`
  const search = Object.entries(query).map((pair) => pair.map(encoded).join('='))
  const given = new Headers(headers)
  for (const [header, value] of Object.entries(caller.headers ?? {})) given.set(header, value)
  const signer = new AwsV4Signer({
    method,
    url: `${caller.url}/storage/v1/s3/${search.length === 0 ? '' : `?${search.join('&')}`}`,
    headers: given,
    accessKeyId: s3.ref,
    secretAccessKey: s3.secret,
    sessionToken,
    service: 's3',
    region,
  })
  signer.encodedPath = path
  const signed = await signer.sign()
  const url = `${caller.url}${path}${search.length === 0 ? '' : `?${search.join('&')}`}`
  return sendTo(caller, { method, url, headers: signed.headers, body: body ?? null }, keep)
}

/** PutObject, which always writes over an object of the name. */
export async function put(caller: Caller, place: Place, file: FileValues): Promise<Answer> {
  const startedAt = performance.now()
  const { bucket, name, headers } = objectOf(place, file)
  return s3Answer(
    await ask(caller, { method: 'PUT', bucket, name, headers, body: bytesOf(file.content ?? '') }),
    startedAt,
  )
}

/** CreateMultipartUpload, UploadPart, CompleteMultipartUpload; what is not completed is aborted. */
export async function putInParts(
  caller: Caller,
  place: Place,
  file: FileValues,
  witness: Caller | null,
): Promise<Answer> {
  const startedAt = performance.now()
  const { bucket, name, headers } = objectOf(place, file)
  const created = await ask(caller, { method: 'POST', bucket, name, headers, query: { uploads: '' } })
  if (!succeeded(created)) return s3Answer(created, startedAt)
  const [uploadId] = textsOf(created, 'UploadId')
  if (uploadId === undefined) return unreadable(created, startedAt)
  const body = bytesOf(file.content ?? '')
  const sent = await ask(caller, { method: 'PUT', bucket, name, query: { partNumber: '1', uploadId }, body })
  const etag = succeeded(sent) ? (sent.headers.get('etag') ?? '') : ''
  const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${xmlText(etag)}</ETag></Part></CompleteMultipartUpload>`
  const last = succeeded(sent)
    ? await ask(caller, { method: 'POST', bucket, name, query: { uploadId }, headers: xml, body: Buffer.from(list) })
    : sent
  if (!succeeded(last)) {
    const ending = witness?.s3 === undefined ? caller : witness
    await ask(ending, { method: 'DELETE', bucket, name, query: { uploadId } })
  }
  return withBodies(s3Answer(last, startedAt), { created })
}

/** GetObject. */
export async function get(caller: Caller, object: TargetObject): Promise<Answer> {
  const startedAt = performance.now()
  const exchange = await ask(caller, { method: 'GET', ...object, keep: longestContent })
  return succeeded(exchange) ? downloaded(exchange, object, startedAt) : s3Answer(exchange, startedAt)
}

/** HeadObject. A refused HEAD has no body: the same caller then requests the object, whose answer has the reason. */
export async function head(caller: Caller, object: TargetObject): Promise<Answer> {
  const startedAt = performance.now()
  const exchange = await ask(caller, { method: 'HEAD', ...object })
  if (succeeded(exchange)) return answerOf(exchange, startedAt, [object.key])
  const answer = s3Answer(exchange, startedAt)
  if (answer.status === 0 || answer.status >= 500) return answer
  const asked = await ask(caller, { method: 'GET', ...object, keep: longestContent })
  const { code, message, details } = s3Answer(asked, startedAt)
  return withBodies({ ...answer, code, message, details }, { object: asked })
}

/** ListObjectsV2, to the end of each folder. */
export async function listFolders(caller: Caller, bucket: string, folders: readonly string[]): Promise<Answer> {
  const startedAt = performance.now()
  const rows: JsonObject[] = []
  const pages: Exchange[] = []
  for (const prefix of folders) {
    for (let token: string | undefined; ; ) {
      const query = { 'list-type': '2', delimiter: '/', prefix }
      const next = token === undefined ? query : { ...query, 'continuation-token': token }
      const page = await ask(caller, { method: 'GET', bucket, query: next })
      pages.push(page)
      if (!succeeded(page)) return withBodies(s3Answer(page, startedAt), pagesByPlace(pages))
      if (!isDocument(page, 'ListBucketResult')) return withBodies(unreadable(page, startedAt), pagesByPlace(pages))
      rows.push(...textsOf(page, 'Key').map((name) => ({ bucket_id: bucket, name })))
      const before = token
      token = textsOf(page, 'NextContinuationToken')[0]
      if (token === undefined || token === before) break
    }
  }
  const last = pages.at(-1)
  if (last === undefined) throw new Error('a list of no folder')
  return withBodies(answerOf(last, startedAt, rows), pagesByPlace(pages))
}

/** CopyObject, which always writes over an object of the name. */
export async function copy(caller: Caller, object: TargetObject, bucket: string, name: string): Promise<Answer> {
  const startedAt = performance.now()
  const source = `/${encoded(object.bucket)}/${object.name.split('/').map(encoded).join('/')}`
  return s3Answer(
    await ask(caller, { method: 'PUT', bucket, name, headers: { 'x-amz-copy-source': source } }),
    startedAt,
  )
}

/** DeleteObject. */
export async function removeOne(caller: Caller, { bucket, name }: TargetObject): Promise<Answer> {
  const startedAt = performance.now()
  return s3Answer(await ask(caller, { method: 'DELETE', bucket, name }), startedAt)
}

/** DeleteObjects, whose answer says of each object whether it was removed. */
export async function removeAll(caller: Caller, bucket: string, objects: readonly TargetObject[]): Promise<Answer> {
  const startedAt = performance.now()
  const keys = objects.map(({ name }) => `<Object><Key>${xmlText(name)}</Key></Object>`).join('')
  const body = Buffer.from(`<Delete>${keys}</Delete>`)
  const exchange = await ask(caller, { method: 'POST', bucket, query: { delete: '' }, headers: xml, body })
  if (!succeeded(exchange)) return s3Answer(exchange, startedAt)
  if (!isDocument(exchange, 'DeleteResult')) return unreadable(exchange, startedAt)
  const removed = [...textOf(exchange).matchAll(/<Deleted>(.*?)<\/Deleted>/gs)].flatMap(([, part = '']) =>
    texts(part, 'Key'),
  )
  const rows = removed.map((name) => ({ bucket_id: bucket, name }))
  return withBodies(answerOf(exchange, startedAt, rows), { body: exchange })
}

const xml = { 'content-type': 'application/xml' }

function objectOf({ bucket, address }: Place, { content_type, cache_control, metadata = {} }: FileValues) {
  const own = Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, headerText(value)])
  const headers: Record<string, string> = {
    'content-type': content_type ?? 'text/plain;charset=UTF-8',
    'cache-control': cache_control ?? 'max-age=3600',
    ...Object.fromEntries(own),
  }
  return { bucket, name: decoded(address), headers }
}

function headerText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** An error of S3 is a document with a code and a message, and its status is its own (`http/routes/s3/error-handler.ts`). */
function s3Answer(exchange: Exchange, startedAt: number): Answer {
  const answer = answerOf(exchange, startedAt)
  if (!('body' in exchange) || exchange.status < 300 || !isDocument(exchange, 'Error')) return answer
  const [code = null] = textsOf(exchange, 'Code')
  const [message = null] = textsOf(exchange, 'Message')
  return { ...answer, code, message, details: [exchange.status, code].filter((part) => part !== null).join(' ') }
}

function isDocument(exchange: Answered, root: string): boolean {
  return new RegExp(`^\\s*(?:<\\?xml[^>]*>\\s*)?<${root}[\\s>/]`).test(textOf(exchange))
}

function textOf({ body }: Answered): string {
  return body.kept?.toString('utf8') ?? ''
}

function textsOf(exchange: Answered, name: string): string[] {
  return texts(textOf(exchange), name)
}

/** @returns the texts of all elements of a name. Documents of S3 hold no sections and no comments. */
function texts(document: string, name: string): string[] {
  const found = document.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))
  return [...found].map(([, text = '']) => plain(text))
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function plain(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
  })
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** RFC 3986, as signatures need it: `encodeURIComponent` leaves more characters plain. */
function encoded(text: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text).replace(/[!'()*]/g, hex)
}
