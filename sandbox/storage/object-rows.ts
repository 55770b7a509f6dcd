import type { Session } from './database.ts'
import { duplicate, noSuchKey } from './errors.ts'

/** The metadata of an object's bytes. Rows that SQL wrote may lack any of it. */
export interface ObjectMetadata {
  eTag?: string | undefined
  size?: number | undefined
  mimetype?: string | undefined
  cacheControl?: string | undefined
  lastModified?: string | undefined
  contentLength?: number | undefined
  httpStatusCode?: number | undefined
}

/** One row of `storage.objects`. */
export interface ObjectRow extends Record<string, unknown> {
  id: string
  bucket_id: string
  name: string
  owner: string | null
  owner_id: string | null
  version: string | null
  metadata: ObjectMetadata | null
  user_metadata: Record<string, unknown> | null
  created_at: Date
  updated_at: Date
  last_accessed_at: Date
}

/** The values of an insert or update. Undefined columns are left out of the statement. */
export interface ObjectValues {
  bucket_id: string
  name: string
  version: string
  /** The claim `sub`; the older column `owner` gets it if it is a UUID. */
  owner: string | undefined
  metadata?: ObjectMetadata | undefined
  user_metadata?: Record<string, unknown> | null | undefined
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-5][0-9a-f]{3}-[089ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** The value of the older column `owner`, which takes UUIDs only. */
export function asUuid(owner: string | undefined): string | undefined {
  return owner !== undefined && UUID.test(owner) ? owner : undefined
}

/**
 * Inserts a new object. There is no RETURNING, so that no policy for SELECT applies.
 *
 * @throws StorageError 409 `KeyAlreadyExists`
 */
export async function insertObject(session: Session, object: ObjectValues): Promise<void> {
  const { names, marks, values } = columns(object)
  await session
    .query(`insert into storage.objects (${names}) values (${marks})`, values)
    .catch((error: { code?: string }) => {
      throw error.code === '23505' ? duplicate('KeyAlreadyExists') : error
    })
}

/** Inserts an object or replaces one of this name. With RETURNING, the policies for SELECT apply as well. */
export async function upsertObject(session: Session, object: ObjectValues): Promise<ObjectRow> {
  const { names, marks, values, list } = columns(object)
  const updates = list.filter((name) => name !== 'name' && name !== 'bucket_id')
  const rows = await session.query<ObjectRow>(
    `insert into storage.objects (${names}) values (${marks})
     on conflict (name, bucket_id) do update set ${updates.map((name) => `${name} = excluded.${name}`).join(', ')}
     returning *`,
    values,
  )
  return only(rows)
}

/** Renames an object or changes its metadata. @throws StorageError 404 `NoSuchKey` if no row may be updated */
export async function updateObject(
  session: Session,
  bucket: string,
  name: string,
  object: ObjectValues,
): Promise<ObjectRow> {
  const { list, values } = columns(object)
  const assignments = list.map((column, index) => `${column} = $${index + 1}`).join(', ')
  const rows = await session.query<ObjectRow>(
    `update storage.objects set ${assignments}
     where bucket_id = $${list.length + 1} and name = $${list.length + 2} returning *`,
    [...values, bucket, name],
  )
  return only(rows)
}

/** @throws StorageError 404 `NoSuchKey` if there is no visible row */
export async function findObject(session: Session, bucket: string, name: string): Promise<ObjectRow> {
  return only(await selectObject(session, bucket, name))
}

/** The object with this name, locked until the transaction ends, or undefined. */
export async function lockObject(session: Session, bucket: string, name: string): Promise<ObjectRow | undefined> {
  const rows = await selectObject(session, bucket, name, 'for update')
  return rows[0]
}

/** Serialises writers of a name; the lock ends with the transaction. */
export async function lockName(session: Session, bucket: string, name: string): Promise<void> {
  await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${bucket}/${name}`])
}

async function selectObject(session: Session, bucket: string, name: string, lock = '') {
  return await session.query<ObjectRow>(
    `select id, bucket_id, name, owner, owner_id, version, metadata, user_metadata, created_at, updated_at,
       last_accessed_at
     from storage.objects where name = $1 and bucket_id = $2 limit 1 ${lock}`,
    [name, bucket],
  )
}

function columns(object: ObjectValues) {
  const { owner, ...rest } = object
  const record = { ...rest, owner: asUuid(owner), owner_id: owner }
  const defined = Object.entries(record).filter(([, value]) => value !== undefined)
  const list = defined.map(([name]) => name)
  return {
    list,
    names: list.join(', '),
    marks: list.map((_name, index) => `$${index + 1}`).join(', '),
    values: defined.map(([, value]) => value),
  }
}

function only(rows: readonly ObjectRow[]): ObjectRow {
  const row = rows[0]
  if (row === undefined) throw noSuchKey()
  return row
}

/** An object in the form of Storage's answers. */
export function shown(row: ObjectRow): Record<string, unknown> {
  const { name, bucket_id, owner, owner_id, version, id, updated_at, created_at, last_accessed_at } = row
  const { metadata, user_metadata } = row
  return {
    name,
    bucket_id,
    owner: owner ?? '',
    owner_id: owner_id ?? '',
    version: version ?? '',
    id,
    updated_at,
    created_at,
    last_accessed_at,
    metadata,
    user_metadata,
  }
}
