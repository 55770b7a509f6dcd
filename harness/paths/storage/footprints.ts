import { TrespassError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import type { Resource } from '../../model/matrix.ts'
import type { Footprint, NamedColumn, ThirdPartyEvent, Verb, WriteIntent } from '../path.ts'
import { withCanonicalContent } from './content.ts'
import { decoded, misplacedNames } from './names.ts'
import { bucketSchemas, objectSchemas } from './schemas.ts'
import { allBuckets, bucketsTable, objectsTable } from './tables.ts'

const nothing: Footprint = {
  reads: null,
  bounded: true,
  embeds: [],
  writes: [],
  readOnly: false,
  columns: [],
  arguments: [],
}

/** The operations on objects. */
export const objectVerbs: Readonly<Record<string, Verb>> = {
  upload: {
    schema: objectSchemas.upload,
    footprint(body, resource) {
      const { upload, begun_by } = objectSchemas.upload.parse(body)
      return { ...adding(upload, resource, ['upload']), ...begunBy(begun_by) }
    },
  },
  overwrite: {
    schema: objectSchemas.overwrite,
    footprint(body) {
      const { overwrite, ...file } = objectSchemas.overwrite.parse(body)
      return changing(objectsTable, overwrite, withCanonicalContent(given(file)), [])
    },
  },
  upsert: {
    schema: objectSchemas.upsert,
    footprint(body, resource) {
      const { upsert, via: _, begun_by, ...file } = objectSchemas.upsert.parse(body)
      const footprint =
        typeof upsert === 'string'
          ? changing(objectsTable, upsert, withCanonicalContent(given(file)), [])
          : adding(upsert, resource, ['upsert'])
      return { ...footprint, ...begunBy(begun_by) }
    },
  },
  download: {
    schema: objectSchemas.download,
    footprint(body) {
      const { download, after } = objectSchemas.download.parse(body)
      return { ...reading([download]), ...eventsAfter(after) }
    },
  },
  public: {
    schema: objectSchemas.public,
    exercises: ['download'],
    // The public route evaluates no policy: an object outside of a public bucket is not found.
    refusesBy: 'hidden',
    carriesHeaders: false,
    footprint: (body) => reading([objectSchemas.public.parse(body).public]),
  },
  info: { schema: objectSchemas.info, footprint: (body) => reading([objectSchemas.info.parse(body).info]) },
  exists: { schema: objectSchemas.exists, footprint: (body) => reading([objectSchemas.exists.parse(body).exists]) },
  list: {
    schema: objectSchemas.list,
    // A folder may hold objects of other cells too.
    footprint: (body) => ({ ...reading(objectSchemas.list.parse(body).list), bounded: false }),
  },
  move: {
    schema: objectSchemas.move,
    // One statement: the row gets another name.
    exercises: ['update'],
    footprint(body, resource) {
      const { move, to, to_bucket } = objectSchemas.move.parse(body)
      // Two writes and not a change of the key, so that both names are read whatever the answer was.
      return { ...nothing, writes: [{ kind: 'remove', fixture: move }, ...newName(to, to_bucket, resource)] }
    },
  },
  copy: {
    schema: objectSchemas.copy,
    exercises: ['select', 'insert'],
    footprint(body, resource) {
      const { copy, to, to_bucket } = objectSchemas.copy.parse(body)
      return { ...nothing, about: [copy], writes: newName(to, to_bucket, resource) }
    },
  },
  remove: {
    schema: objectSchemas.remove,
    footprint: (body) => removing([objectSchemas.remove.parse(body).remove].flat()),
  },
  delete: { schema: objectSchemas.delete, footprint: (body) => removing([objectSchemas.delete.parse(body).delete]) },
  sign: {
    schema: objectSchemas.sign,
    footprint(body) {
      const { sign, after } = objectSchemas.sign.parse(body)
      return { ...reading([sign]), ...eventsAfter(after) }
    },
  },
  sign_many: {
    schema: objectSchemas.sign_many,
    footprint: (body) => reading(objectSchemas.sign_many.parse(body).sign_many),
  },
  sign_upload: {
    schema: objectSchemas.sign_upload,
    footprint(body, resource) {
      const { sign_upload, after } = objectSchemas.sign_upload.parse(body)
      return { ...adding(sign_upload, resource, ['sign_upload']), ...eventsAfter(after) }
    },
  },
}

/** The operations on buckets. */
export const bucketVerbs: Readonly<Record<string, Verb>> = {
  create_bucket: {
    schema: bucketSchemas.create_bucket,
    footprint(body) {
      const row = given(bucketSchemas.create_bucket.parse(body).create_bucket)
      const shape = { kind: 'add', table: bucketsTable, identify: ['id'], skippable: false, exact: true } as const
      return { ...nothing, writes: [{ ...shape, rows: [row] }], columns: named(bucketsTable, row, ['create_bucket']) }
    },
  },
  get_bucket: {
    schema: bucketSchemas.get_bucket,
    footprint: (body) => reading([bucketSchemas.get_bucket.parse(body).get_bucket]),
  },
  list_buckets: { schema: bucketSchemas.list_buckets, footprint: () => ({ ...reading('*'), bounded: false }) },
  update_bucket: {
    schema: bucketSchemas.update_bucket,
    footprint(body) {
      const { update_bucket, set } = bucketSchemas.update_bucket.parse(body)
      return changing(bucketsTable, update_bucket, given(set), ['set'])
    },
  },
  empty_bucket: {
    schema: bucketSchemas.empty_bucket,
    footprint(body) {
      const { empty_bucket, objects } = bucketSchemas.empty_bucket.parse(body)
      return { ...removing(objects), about: [empty_bucket] }
    },
  },
  delete_bucket: {
    schema: bucketSchemas.delete_bucket,
    footprint: (body) => removing([bucketSchemas.delete_bucket.parse(body).delete_bucket]),
  },
}

/** @returns the bucket of an object that an operation names itself. @throws TrespassError when there is none. */
export function bucketOf(resource: Resource, bucket: string | undefined): string {
  const found = bucket ?? resource.name
  if (found !== allBuckets) return found
  throw new TrespassError('no-bucket', 'a new object in no bucket: the matrix is about buckets themselves', {
    hint: 'Name one with `bucket:`, such as `bucket: $drawer.id`.',
  })
}

type NewObject = (typeof objectSchemas.upload)['_output']['upload']

/** @returns the row that a new object is, with the name that its address spells. */
function rowOf({ bucket, name, content = '', owner, ...file }: NewObject, resource: Resource): JsonObject {
  const owned = owner === undefined ? {} : { owner_id: owner }
  const row = { bucket_id: bucketOf(resource, bucket), name: decoded(name), content, ...given(file), ...owned }
  return withCanonicalContent(row)
}

function adding(object: NewObject, resource: Resource, at: NamedColumn['at']): Footprint {
  const row = rowOf(object, resource)
  const writes = [newObject(row), ...misplacedWrites(row.bucket_id, misplacedNames(object.name, decoded(object.name)))]
  return { ...nothing, writes, columns: named(objectsTable, given(object), at) }
}

const key = ['bucket_id', 'name']

/** Any object under the name is read: half of an object is an effect too. */
function newObject(row: JsonObject): WriteIntent {
  const decided = 'owner_id' in row ? { decided: ['owner_id'] } : {}
  return { kind: 'add', table: objectsTable, rows: [row], identify: key, skippable: false, exact: true, ...decided }
}

/** Other places where an object lands if a service reads its name differently. */
function misplacedWrites(bucket: JsonObject[string] | undefined, names: readonly string[]): WriteIntent[] {
  const rows = names.map((name) => ({ bucket_id: bucket ?? null, name }))
  if (rows.length === 0) return []
  return [{ kind: 'add', table: objectsTable, rows, identify: key, skippable: true, stray: true }]
}

function newName(name: string, bucket: string | undefined, resource: Resource): WriteIntent[] {
  const row = { bucket_id: bucketOf(resource, bucket), name }
  return [newObject(row), ...misplacedWrites(row.bucket_id, misplacedNames(name, name))]
}

function begunBy(actor: string | undefined): Pick<Footprint, 'others'> {
  return actor === undefined ? {} : { others: [actor] }
}

function reading(fixtures: string | readonly string[]): Footprint {
  const reads = fixtures === '*' ? fixtures : [fixtures].flat()
  return { ...nothing, reads, readOnly: true }
}

function changing(table: string, fixture: string, set: JsonObject, at: NamedColumn['at']): Footprint {
  return { ...nothing, writes: [{ kind: 'change', fixture, set }], columns: named(table, set, at) }
}

function removing(fixtures: readonly string[]): Footprint {
  return { ...nothing, writes: fixtures.map((fixture) => ({ kind: 'remove', fixture })) }
}

type After = (typeof objectSchemas.download)['_output']['after']

/** Events during the attempt change the cell's own fixtures. */
function eventsAfter(after: After): Partial<Footprint> {
  if (after === undefined) return {}
  const event: ThirdPartyEvent =
    'remove' in after
      ? { kind: 'remove', fixture: after.remove }
      : { kind: 'change', fixture: after.change, set: after.set }
  return { meanwhile: [event], readOnly: false }
}

function named(table: string, row: JsonObject, at: NamedColumn['at']): NamedColumn[] {
  return Object.keys(row)
    .filter((column) => column !== 'bucket' && column !== 'owner')
    .map((column) => ({ table, column, at: [...at, column] }))
}

/** @returns the values that were given. */
function given(values: Readonly<Record<string, JsonObject[string] | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
