import { z } from 'zod'
import { editorNames, textsOfFiles } from '../editor-names.ts'
import { others } from '../participants.ts'

const values = z.record(z.string(), z.json())
const fixture = z.string().min(1).register(editorNames, { names: 'fixture' })
const oneOrMore = z.union([fixture, z.array(fixture).min(1)])
const oneMoreOrAll = oneOrMore.describe('a fixture, several, or "*" for all fixtures of the bucket')

const name = z
  .string()
  .min(1)
  .describe('the whole name of the object, put into the address as it is written: `%2e%2e` leaves as `%2e%2e`')
  .register(textsOfFiles, {})
const bucket = z.string().min(1).optional().describe("another bucket than the matrix's own")
const content = z
  .string()
  .describe('a text, or any bytes as `data:application/octet-stream;base64,…`; `{ $file: … }` reads a file')
  .register(textsOfFiles, {})
const file = {
  content_type: z.string().min(1).optional().describe('default: text/plain;charset=UTF-8'),
  cache_control: z.string().min(1).optional().describe('the whole header; default: max-age=3600'),
  metadata: values.optional().describe("the user's own metadata"),
}
const owner = z
  .string()
  .min(1)
  .optional()
  .describe('whose the new object has to be, such as `$actor.id`; read from the database, so a target needs its URL')
const object = z.strictObject({ name, bucket, content: content.optional(), ...file, owner })

const after = z
  .union([
    z.strictObject({ remove: fixture.describe('the fixture that is removed, such as a membership') }),
    z.strictObject({ change: fixture, set: values.describe('the columns that are changed') }),
  ])
  .describe('what happens between the first use and the following ones')
const seconds = z.int().min(1).describe('how long the signed URL is valid')
const watch = z
  .number()
  .positive()
  .max(120)
  .optional()
  .describe('with `after`: for how many seconds it is looked again; default: `seconds` and two more, at most 30')

const viaS3 = z.literal('s3').optional().describe('by the S3 endpoint, as a session')
const viaImage = z.literal('image').optional().describe('as a transformed image')

const begunBy = z
  .string()
  .min(1)
  .optional()
  .describe('with `via: tus`: the actor that begins the upload and sends its first half; the caller sends the rest')

/** Why the keys of an upload in parts do not go together. */
function* partsFaults(
  { via, begun_by }: { via?: string | undefined; begun_by?: string | undefined },
  { content, cache_control }: { content?: string | undefined; cache_control?: string | undefined },
): Generator<string> {
  if (begun_by !== undefined && via !== 'tus') yield '`via: tus` beside `begun_by`: the upload that is gone on with'
  if (begun_by !== undefined && (content ?? '') === '') yield 'content of which one half is left for the caller'
  if (via === 'tus' && cache_control !== undefined) yield 'no `cache_control`: an upload in parts has no such header'
}

const watchesNothing = { path: ['watch'], message: '`after` beside `watch`: what happens before it is looked again' }
function watchesSomething({ after, watch }: { after?: unknown; watch?: unknown }): boolean {
  return watch === undefined || after !== undefined
}

const bucketSettings = {
  public: z.boolean().optional(),
  file_size_limit: z
    .union([z.int().min(0), z.null()])
    .optional()
    .describe('in bytes'),
  allowed_mime_types: z.union([z.array(z.string()), z.null()]).optional(),
}
const toName = z.string().min(1).describe('the new name, sent as it is written')
const toBucket = z.string().min(1).optional().describe('default: the bucket of the fixture')

/** The operations on objects, as a matrix writes them. */
export const objectSchemas = {
  upload: z
    .strictObject({
      upload: object.describe('the new object; one of that name is left as it is'),
      via: z.literal('tus').optional().describe('in parts, by the tus protocol of resumable uploads'),
      begun_by: begunBy,
    })
    .superRefine(({ upload, ...beside }, context) => {
      for (const message of partsFaults(beside, upload)) context.addIssue({ code: 'custom', path: ['via'], message })
    }),
  overwrite: z.strictObject({
    overwrite: fixture.describe('the fixture to write over'),
    content: content.describe('its new content, in the form that a new object has'),
    ...file,
  }),
  upsert: z
    .strictObject({
      upsert: z.union([fixture, object]).describe('a fixture to write over, or an object that may be new'),
      content: content.optional().describe('with a fixture: its new content'),
      ...file,
      via: z
        .enum(['tus', 's3', 's3-parts'])
        .optional()
        .describe(
          '`tus`: in parts, by the protocol of resumable uploads; `s3`: by the S3 endpoint, `s3-parts` by its multipart upload',
        ),
      begun_by: begunBy,
    })
    .refine(
      ({ upsert, via: _via, begun_by: _begun_by, ...beside }) =>
        typeof upsert === 'string' ? beside.content !== undefined : Object.keys(beside).length === 0,
      { path: ['upsert'], message: 'a fixture with `content` beside it, or an object that holds everything' },
    )
    .superRefine(({ upsert, ...beside }, context) => {
      const values = typeof upsert === 'string' ? beside : upsert
      for (const message of partsFaults(beside, values)) context.addIssue({ code: 'custom', path: ['via'], message })
    }),
  download: z
    .strictObject({
      download: fixture.describe('the fixture to download by the route that knows the caller'),
      via: z.enum(['s3', 'image']).optional().describe('`s3`: by the S3 endpoint; `image`: as a transformed image'),
      after: after.optional(),
      watch: watch.describe('with `after`: for how many seconds it is looked again; default: 5'),
    })
    .refine(watchesSomething, watchesNothing),
  public: z.strictObject({
    public: fixture.describe('the fixture to download by its public URL, without credential'),
    via: viaImage,
  }),
  info: z.strictObject({ info: fixture.describe('the fixture whose particulars are asked for') }),
  exists: z.strictObject({ exists: fixture.describe('the fixture that is asked for by HEAD'), via: viaS3 }),
  list: z.strictObject({
    list: oneMoreOrAll,
    prefix: z.string().optional().describe('the folder to list; default: those in which the fixtures lie'),
    version: z
      .union([z.literal(1), z.literal(2)])
      .optional()
      .describe('of the route; default: 1'),
    via: viaS3,
    others,
  }),
  move: z.strictObject({ move: fixture.describe('the fixture to move'), to: toName, to_bucket: toBucket }),
  copy: z.strictObject({
    copy: fixture.describe('the fixture to copy'),
    to: toName,
    to_bucket: toBucket,
    replace: z.literal(true).optional().describe('writes over an object of the new name, as every copy by S3 does'),
    via: viaS3,
  }),
  remove: z.strictObject({ remove: oneOrMore.describe('a fixture, or several in one request'), via: viaS3 }),
  delete: z.strictObject({ delete: fixture.describe('the fixture to remove by the route for one object'), via: viaS3 }),
  sign: z
    .strictObject({
      sign: fixture.describe('the fixture to sign a URL for, and use it'),
      seconds,
      via: viaImage,
      after: after.optional(),
      watch,
    })
    .refine(watchesSomething, watchesNothing)
    .refine(({ via, after }) => via === undefined || after === undefined, {
      path: ['via'],
      message: 'no `after`: the URL of an image is used once',
    }),
  sign_many: z.strictObject({ sign_many: oneMoreOrAll, seconds }),
  sign_upload: z.strictObject({
    sign_upload: object.describe('the new object: a URL to upload it is signed by the actor and never used'),
    replace: z.literal(true).optional().describe('signs a URL that may write over an object'),
    after: after.optional(),
  }),
} as const

/** The operations on buckets, as a matrix writes them. */
export const bucketSchemas = {
  create_bucket: z.strictObject({
    create_bucket: z.strictObject({ id: z.string().min(1), ...bucketSettings }).describe('the new bucket'),
  }),
  get_bucket: z.strictObject({ get_bucket: fixture.describe('the bucket to ask for') }),
  list_buckets: z.strictObject({
    list_buckets: z.literal('*').describe('all buckets that the caller may see'),
    others,
  }),
  update_bucket: z.strictObject({
    update_bucket: fixture.describe('the bucket to change'),
    set: z.strictObject(bucketSettings).describe('the settings to change'),
  }),
  empty_bucket: z.strictObject({
    empty_bucket: fixture.describe('the bucket to empty'),
    objects: z.array(fixture).min(1).describe('the fixtures that lie in it'),
  }),
  delete_bucket: z.strictObject({ delete_bucket: fixture.describe('the empty bucket to delete') }),
} as const
