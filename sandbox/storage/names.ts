import { StorageError } from './errors.ts'

/** The characters that Storage accepts in the name of an object; a bucket's may not contain a slash (`storage/limits.ts`). */
const OBJECT_NAME = /^[A-Za-z0-9_/!.*'() &$=@;:+,?-]+$/
const BUCKET_NAME = /^[A-Za-z0-9_!.*'() &$=@;:+,?-]{1,100}$/

/** The ending of the names of analytics buckets. */
const RESERVED_ENDING = '--table-s3'

/** @throws StorageError 400 `InvalidKey` */
export function requireObjectName(name: string): void {
  if (!OBJECT_NAME.test(name)) throw invalidKey(name)
}

/** @throws StorageError 400 `InvalidBucketName` */
export function requireBucketName(name: string): void {
  if (!BUCKET_NAME.test(name)) throw invalidBucketName()
}

/** Checks the name of a new bucket. @throws StorageError 400 `InvalidBucketName` */
export function requireNewBucketName(name: string): void {
  if (name.trim() !== name || name.endsWith(RESERVED_ENDING)) throw invalidBucketName()
  requireBucketName(name)
}

/**
 * Refuses `.` and `..` as a part of a name for new bytes, as Storage's file backend does. Here they would be harmless, because
 * files are not stored under their names.
 *
 * @throws StorageError 400 `InvalidKey`
 */
export function refuseDotSegments(name: string): void {
  if (name.split('/').some((part) => part === '.' || part === '..')) {
    throw new StorageError(400, 'InvalidKey', `Invalid key: ${name} contains dot path segment`)
  }
}

/** Whether the object stands for a folder without files; it may have no bytes. */
export function isEmptyFolder(name: string): boolean {
  return name.endsWith('.emptyFolderPlaceholder')
}

function invalidKey(name: string): StorageError {
  return new StorageError(400, 'InvalidKey', `Invalid key: ${name}`)
}

function invalidBucketName(): StorageError {
  return new StorageError(400, 'InvalidBucketName', 'Bucket name invalid', { error: 'Invalid Input' })
}
