import type { FromFile } from './database-types.ts'
import type { JsonValues, Listing, OneOrMore, Proving, Scope, Sending } from './define-scope.ts'
import type { Exclusive } from './exclusive.ts'

type Content = string | FromFile

interface FileSettings {
  readonly content_type?: string
  readonly cache_control?: string
  readonly metadata?: JsonValues
}

/** The fixture of a bucket: an object. */
export interface ObjectValues extends FileSettings {
  readonly name: string
  readonly content?: Content
}

/** An object of another bucket, as `table: storage.objects` takes it. */
export interface ObjectElsewhere extends ObjectValues {
  readonly bucket_id: string
}

interface NewObject extends ObjectValues {
  readonly bucket?: string
  readonly owner?: string
}

interface BucketSettings {
  readonly public?: boolean
  readonly file_size_limit?: number | null
  readonly allowed_mime_types?: readonly string[] | null
}

/** The fixture of `bucket: "*"`: a bucket. */
export interface BucketValues extends BucketSettings {
  readonly id: string
}

/** The event between the first use and the following ones. */
type Meanwhile<Fixture extends string> = Exclusive<
  { readonly remove: Fixture } | { readonly change: Fixture; readonly set: JsonValues }
>

interface Watched<Names extends Scope> extends Sending<Names> {
  readonly after?: Meanwhile<Names['fixture']>
  readonly watch?: number
}

export interface Upload<Names extends Scope> extends Sending<Names> {
  readonly via?: 'tus'
  readonly begun_by?: Names['asker']
  readonly upload: NewObject
}

export interface Overwrite<Names extends Scope> extends Sending<Names>, FileSettings {
  readonly overwrite: Names['fixture']
  readonly content: Content
}

export interface UpsertObject<Names extends Scope> extends Sending<Names>, FileSettings {
  readonly via?: 'tus' | 's3' | 's3-parts'
  readonly begun_by?: Names['asker']
  readonly upsert: Names['fixture'] | NewObject
  readonly content?: Content
}

export interface Download<Names extends Scope> extends Watched<Names> {
  readonly download: Names['row']
  readonly via?: 's3' | 'image'
}

export interface PublicDownload<Names extends Scope> extends Proving<Names> {
  readonly public: Names['row']
  readonly via?: 'image'
}

export interface Info<Names extends Scope> extends Sending<Names> {
  readonly info: Names['row']
}

export interface Exists<Names extends Scope> extends Sending<Names> {
  readonly exists: Names['row']
  readonly via?: 's3'
}

export interface List<Names extends Scope> extends Listing<Names>, Sending<Names> {
  readonly list: OneOrMore<Names['row'] | '*'>
  readonly prefix?: string
  readonly version?: 1 | 2
  readonly via?: 's3'
}

interface Moved<Names extends Scope> extends Sending<Names> {
  readonly to: string
  readonly to_bucket?: string
}

export interface Move<Names extends Scope> extends Moved<Names> {
  readonly move: Names['fixture']
}

export interface Copy<Names extends Scope> extends Moved<Names> {
  readonly copy: Names['row']
  readonly via?: 's3'
  readonly replace?: true
}

export interface Remove<Names extends Scope> extends Sending<Names> {
  readonly remove: OneOrMore<Names['fixture']>
  readonly via?: 's3'
}

export interface DeleteObject<Names extends Scope> extends Sending<Names> {
  readonly delete: Names['fixture']
  readonly via?: 's3'
}

export interface Sign<Names extends Scope> extends Watched<Names> {
  readonly sign: Names['row']
  readonly seconds: number
  readonly via?: 'image'
}

export interface SignMany<Names extends Scope> extends Sending<Names> {
  readonly sign_many: OneOrMore<Names['row'] | '*'>
  readonly seconds: number
}

export interface SignUpload<Names extends Scope> extends Sending<Names> {
  readonly sign_upload: NewObject
  readonly replace?: true
  readonly after?: Meanwhile<Names['fixture']>
}

/** An operation on the objects of a bucket. */
export type ObjectOperation<Names extends Scope> =
  | Upload<Names>
  | Overwrite<Names>
  | UpsertObject<Names>
  | Download<Names>
  | PublicDownload<Names>
  | Info<Names>
  | Exists<Names>
  | List<Names>
  | Move<Names>
  | Copy<Names>
  | Remove<Names>
  | DeleteObject<Names>
  | Sign<Names>
  | SignMany<Names>
  | SignUpload<Names>

export interface CreateBucket<Names extends Scope> extends Sending<Names> {
  readonly create_bucket: BucketValues
}

export interface GetBucket<Names extends Scope> extends Sending<Names> {
  readonly get_bucket: Names['row']
}

export interface ListBuckets<Names extends Scope> extends Listing<Names>, Sending<Names> {
  readonly list_buckets: '*'
}

export interface UpdateBucket<Names extends Scope> extends Sending<Names> {
  readonly update_bucket: Names['fixture']
  readonly set: BucketSettings
}

export interface EmptyBucket<Names extends Scope> extends Sending<Names> {
  readonly empty_bucket: Names['fixture']
  readonly objects: readonly Names['fixture'][]
}

export interface DeleteBucket<Names extends Scope> extends Sending<Names> {
  readonly delete_bucket: Names['fixture']
}

/** An operation on the buckets themselves. */
export type BucketOperation<Names extends Scope> =
  | CreateBucket<Names>
  | GetBucket<Names>
  | ListBuckets<Names>
  | UpdateBucket<Names>
  | EmptyBucket<Names>
  | DeleteBucket<Names>
