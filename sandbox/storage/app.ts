/**
 * The part of Supabase Storage that `@supabase/supabase-js` needs, in front of the real `storage.*` tables. Paths arrive
 * without `/storage/v1`. The sources for Storage's behaviour are https://github.com/supabase/storage at 4fa61fb (August 2026)
 * and comparisons with its answers.
 *
 * PostgreSQL decides every permission, with the caller's role and claims; bytes are only read or written after that.
 */
import type { IncomingMessage } from 'node:http'
import { type Context, Hono } from 'hono'
import { decodeJwt, type JWK } from 'jose'
import type pg from 'pg'
import { projectRef } from '../keys.ts'
import { bucketChange, newBucket } from './bucket-rules.ts'
import { createBucket, deleteBucket, emptyBucket, getBucket, listBuckets, updateBucket } from './buckets.ts'
import { asAnswer, type ErrorFormat, json, ownStatusError, usualError } from './errors.ts'
import { FileStore } from './files.ts'
import { listing, listObjects, listPage, pagedListing } from './listing.ts'
import { copying, copyObject, moveObject, moving } from './moving.ts'
import { download, downloadPublic, downloadVisible, head, info } from './reading.ts'
import { removal, removeObject, removeObjects } from './removing.ts'
import { beginUpload, continueUpload, discardUpload, findOffset } from './resumable.ts'
import { callerOf, type Parts, type Route, serve } from './routing.ts'
import { s3Command, s3Refusal } from './s3.ts'
import type { Multiparts } from './s3-multipart.ts'
import {
  downloadSigned,
  signDownload,
  signDownloads,
  signing,
  signingMany,
  signUpload,
  uploadSigned,
} from './signing.ts'
import { createStorageTokens } from './tokens.ts'
import { UnfinishedUploads } from './unfinished.ts'
import { replaceObject, uploadObject } from './uploading.ts'

/** The configuration of one sandbox's Storage. */
export interface StorageOptions {
  /** Connected as `supabase_storage_admin`, the owner of the tables. */
  pool: pg.Pool
  /** The shared secret of HS256 tokens and of signed URLs. */
  jwtSecret: string
  /** A private ES256 key with `kid`. */
  signingKey: JWK
  /** The legacy key of the service role. */
  serviceRoleKey: string
  /** The legacy key of visitors, with which sessions at the S3 endpoint are signed. */
  anonKey: string
  /** The maximum size of an object in bytes. */
  fileSizeLimit: number
  /** An empty folder for the bytes. */
  folder: string
}

type Env = { Bindings: { incoming: IncomingMessage } }
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Makes the Storage service of one sandbox.
 *
 * @returns a handler that never throws: every failure is an answer
 */
export async function createStorage(
  options: StorageOptions,
): Promise<{ fetch(request: Request, bindings: Env['Bindings']): Response | Promise<Response> }> {
  const files = new FileStore(options.folder)
  await files.prepare()
  const parts: Parts = {
    pool: options.pool,
    files,
    tokens: createStorageTokens(options.jwtSecret, options.signingKey),
    service: callerOf(decodeJwt(options.serviceRoleKey), options.serviceRoleKey),
    s3: { accessKey: projectRef, secret: options.anonKey },
    fileSizeLimit: options.fileSizeLimit,
  }
  // The raw path: a URL parser would resolve `..` and `%2e%2e`.
  const app = new Hono<Env>({ getPath: (_request, context) => pathOf(context?.env?.incoming?.url) })
  const on = <Body>(method: Method, path: string, route: Route<Body>) =>
    app.on(method, path, (c) => answer(parts, route, c))
  // Hono sends HEAD to the handler of GET.
  const onRead = (path: string, get: Route, head: Route) =>
    app.get(path, (c) => answer(parts, c.req.method === 'HEAD' ? head : get, c))

  for (const path of ['/bucket', '/bucket/']) {
    on('POST', path, { operation: 'storage.bucket.create', admission: 'user', body: newBucket, answer: createBucket })
    on('GET', path, { operation: 'storage.bucket.list', admission: 'user', answer: listBuckets })
  }
  on('GET', '/bucket/:bucket', { operation: 'storage.bucket.get', admission: 'user', answer: getBucket })
  on('PUT', '/bucket/:bucket', {
    operation: 'storage.bucket.update',
    admission: 'user',
    body: bucketChange,
    answer: updateBucket,
  })
  on('DELETE', '/bucket/:bucket', { operation: 'storage.bucket.delete', admission: 'user', answer: deleteBucket })
  on('POST', '/bucket/:bucket/empty', { operation: 'storage.bucket.empty', admission: 'service', answer: emptyBucket })

  on('POST', '/object/move', {
    operation: 'storage.object.move',
    admission: 'user',
    body: moving,
    answer: moveObject,
  })
  on('POST', '/object/copy', { operation: 'storage.object.copy', admission: 'user', body: copying, answer: copyObject })
  on('POST', '/object/list/:bucket', {
    operation: 'storage.object.list',
    admission: 'user',
    body: listing,
    answer: listObjects,
  })
  on('POST', '/object/list-v2/:bucket', {
    operation: 'storage.object.list_v2',
    admission: 'headerless',
    body: pagedListing,
    answer: listPage,
  })

  on('POST', `/object/upload/sign/${OBJECT}`, {
    operation: 'storage.object.sign_upload_url',
    admission: 'user',
    answer: signUpload,
  })
  on('PUT', `/object/upload/sign/${OBJECT}`, {
    operation: 'storage.object.upload_signed',
    admission: 'nobody',
    answer: uploadSigned,
  })
  on('POST', '/object/sign/:bucket', {
    operation: 'storage.object.sign_many',
    admission: 'user',
    body: signingMany,
    answer: signDownloads,
  })
  on('POST', `/object/sign/${OBJECT}`, {
    operation: 'storage.object.sign',
    admission: 'user',
    body: signing,
    answer: signDownload,
  })
  on('GET', `/object/sign/${OBJECT}`, {
    operation: 'storage.object.get_signed',
    admission: 'nobody',
    answer: downloadSigned,
  })

  onRead(`/object/public/${OBJECT}`, publicGet, publicHead)
  onRead(`/object/authenticated/${OBJECT}`, { ...userGet, admission: 'user' }, { ...userHead, admission: 'user' })
  on('GET', `/object/info/public/${OBJECT}`, { ...publicHead, answer: info })
  on('GET', `/object/info/authenticated/${OBJECT}`, { ...userInfo, admission: 'user' })
  on('GET', `/object/info/${OBJECT}`, userInfo)

  on('DELETE', '/object/:bucket', {
    operation: 'storage.object.delete_many',
    admission: 'user',
    body: removal,
    answer: removeObjects,
  })
  onRead(`/object/${OBJECT}`, userGet, userHead)
  on('POST', `/object/${OBJECT}`, { operation: 'storage.object.upload', admission: 'user', answer: uploadObject })
  on('PUT', `/object/${OBJECT}`, {
    operation: 'storage.object.upload_update',
    admission: 'user',
    answer: replaceObject,
  })
  on('DELETE', `/object/${OBJECT}`, { operation: 'storage.object.delete', admission: 'user', answer: removeObject })

  // Images are passed on as they are: nothing but their content depends on a transformation.
  on('GET', `/render/image/authenticated/${OBJECT}`, {
    operation: 'storage.render.image_authenticated',
    admission: 'user',
    answer: downloadVisible,
  })
  on('GET', `/render/image/public/${OBJECT}`, { ...publicGet, operation: 'storage.render.image_public' })
  on('GET', `/render/image/sign/${OBJECT}`, {
    operation: 'storage.render.image_sign',
    admission: 'nobody',
    answer: downloadSigned,
  })
  addResumable(app, parts)
  addS3(app, parts)

  app.notFound(({ env }) => {
    const message = `Route ${env.incoming.method}:${env.incoming.url} not found`
    return json(404, { statusCode: '404', error: 'Not Found', message, code: 'InvalidRequest' })
  })
  return app
}

/** A bucket and a name, which may be empty and contain any characters. */
const OBJECT = ':bucket/:name{.*}'

const userGet: Route = { operation: 'storage.object.get_authenticated', admission: 'lenient', answer: download }
const userHead: Route = { operation: 'object.head_authenticated_info', admission: 'lenient', answer: head }
const userInfo: Route = { operation: 'object.get_authenticated_info', admission: 'lenient', answer: info }
const publicGet: Route = { operation: 'storage.object.get_public', admission: 'nobody', answer: downloadPublic }
const publicHead: Route = { operation: 'storage.object.info_public', admission: 'nobody', answer: head }

/** The routes of resumable uploads, whose answers have the error's own status. */
function addResumable(app: Hono<Env>, parts: Parts): void {
  const uploads = new UnfinishedUploads()
  const on = (method: Method, path: string, operation: string, handle: Route['answer']) =>
    app.on(method, path, (c) => {
      const route: Route = { operation: `storage.tus.upload.${operation}`, admission: 'user', answer: handle }
      return answer(parts, route, c, ownStatusError)
    })
  const one = '/upload/resumable/:name'
  for (const path of ['/upload/resumable', '/upload/resumable/']) on('POST', path, 'create', beginUpload(uploads))
  on('GET', one, 'get', findOffset(uploads))
  on('PATCH', one, 'part', continueUpload(uploads))
  on('DELETE', one, 'delete', discardUpload(uploads))
}

/** The S3 endpoint, whose answers are XML. */
function addS3(app: Hono<Env>, parts: Parts): void {
  const uploads: Multiparts = new Map()
  for (const path of ['/s3/:bucket', `/s3/${OBJECT}`]) {
    app.all(path, (c) => {
      const { incoming } = c.env
      const { search } = new URL(incoming.url ?? '/', 'http://sandbox')
      const name = c.req.param('name') ?? ''
      const command = s3Command(incoming.method ?? '', name, new URLSearchParams(search), incoming.headers, uploads)
      if (command === undefined) return c.notFound()
      return answer(parts, { ...command, admission: 'signed' }, c, s3Refusal)
    })
  }
}

async function answer<Body>(
  parts: Parts,
  route: Route<Body>,
  c: Context<Env>,
  format: ErrorFormat = usualError,
): Promise<Response> {
  const asked = pathOf(c.env.incoming.url)
  if (!isDecodable(asked)) {
    const message = `'${asked}' is not a valid url component`
    return json(400, { error: 'Bad Request', code: 'FST_ERR_BAD_URL', message, statusCode: 400 })
  }
  try {
    const path = { bucket: c.req.param('bucket') ?? '', name: c.req.param('name') ?? '' }
    return await serve(parts, route, c.env.incoming, path)
  } catch (error) {
    return format(asAnswer(error), asked)
  }
}

function pathOf(url = '/'): string {
  const mark = url.indexOf('?')
  return mark === -1 ? url : url.slice(0, mark)
}

function isDecodable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== undefined
  } catch {
    return false
  }
}
