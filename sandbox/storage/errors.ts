import pg from 'pg'

/** Further properties of a `StorageError`. */
export interface StorageErrorDetail {
  /** The older name of the error; by default the code. */
  error?: string
  /** The HTTP status, if it is neither 400 nor that of the error itself. */
  httpStatus?: number
  cause?: unknown
}

/**
 * An answer of Storage that is not a success. `statusCode` is the error's own status and is in the body only: the HTTP status
 * is 400 for nearly all of them, 500 for 500 (https://github.com/supabase/storage, `internal/errors`).
 */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly statusCode: number
  readonly code: string
  readonly error: string
  readonly httpStatus: number

  constructor(statusCode: number, code: string, message: string, detail: StorageErrorDetail = {}) {
    super(message, { cause: detail.cause })
    this.statusCode = statusCode
    this.code = code
    this.error = detail.error ?? code
    this.httpStatus = detail.httpStatus ?? (statusCode === 500 ? 500 : 400)
  }
}

/** The connection to the database broke or could not be made. */
export class DatabaseLost extends Error {
  override readonly name = 'DatabaseLost'
}

export const noSuchBucket = () =>
  new StorageError(404, 'NoSuchBucket', 'Bucket not found', { error: 'Bucket not found' })
export const noSuchKey = () => new StorageError(404, 'NoSuchKey', 'Object not found', { error: 'not_found' })
/** The row exists without bytes, because SQL wrote it. */
export const noSuchBytes = () =>
  new StorageError(404, 'NoSuchKey', 'The resource was not found', { error: 'Not found' })
export const accessDenied = (message: string, httpStatus = 400) =>
  new StorageError(403, 'AccessDenied', message, { error: 'Unauthorized', httpStatus })
export const duplicate = (code: 'ResourceAlreadyExists' | 'KeyAlreadyExists' | 'BucketAlreadyExists') =>
  new StorageError(409, code, 'The resource already exists', { error: 'Duplicate' })
export const tooLarge = (what = 'object') =>
  new StorageError(413, 'EntityTooLarge', `The ${what} exceeded the maximum allowed size`, {
    error: 'Payload too large',
  })
export const unsupportedMimeType = (type: string) =>
  new StorageError(415, 'InvalidMimeType', `mime type ${type} is not supported`, { error: 'invalid_mime_type' })
export const invalidRequest = (message: string) => new StorageError(400, 'InvalidRequest', message)
export const invalidParameter = (name: string) => new StorageError(400, 'InvalidParameter', `Invalid Parameter ${name}`)
/** A request of a shape that the HTTP layer refuses before Storage handles it. */
export const malformed = (message: string) => new StorageError(400, 'InvalidRequest', message, { error: 'Error' })

/** Maps an error of a statement to Storage's error. Any other error is returned unchanged. */
export function fromDatabase(thrown: unknown): unknown {
  if (!(thrown instanceof pg.DatabaseError)) return thrown
  const cause = thrown
  const { code, message } = thrown
  switch (code) {
    case '42501': {
      const bySecurity = message.includes('row-level security')
      return accessDenied(bySecurity ? 'new row violates row-level security policy' : message)
    }
    case '23505':
      return duplicate('ResourceAlreadyExists')
    case '23503':
      if (thrown.detail?.includes('is still referenced from table') !== true) {
        return new StorageError(404, 'InvalidRequest', 'The related resource does not exist', { cause })
      }
      return new StorageError(
        409,
        'ResourceReferenced',
        'The resource could not be updated or removed due to a foreign key constraint',
        { cause },
      )
    case '55P03':
      return new StorageError(423, 'ResourceLocked', 'The resource is locked', { cause })
    case '57014':
      return new StorageError(544, 'DatabaseTimeout', 'The connection to the database timed out', {
        httpStatus: 544,
        cause,
      })
    case '25006':
      return new StorageError(
        503,
        'DatabaseReadOnly',
        'The database is currently in read-only mode. Please try again later.',
        { cause },
      )
    case '42P17':
      return new StorageError(
        503,
        'DatabaseInvalidObjectDefinition',
        'The database schema is invalid or incompatible.',
        { cause },
      )
    case '22P02':
      return new StorageError(400, 'InvalidParameter', message, { cause })
    case '42703':
    case '42P01':
      return new StorageError(503, 'DatabaseSchemaMismatch', schemaMismatch(thrown), { cause })
    default:
      return new StorageError(500, 'DatabaseError', `database error, code: ${code}`, { cause })
  }
}

function schemaMismatch(error: pg.DatabaseError): string {
  return error.internalQuery !== undefined && error.internalPosition !== undefined
    ? `There is a database schema mismatch in a trigger or RLS policy: ${error.where}`
    : 'The database schema is out of sync. Please run migrations or contact support.'
}

/** Returns a JSON answer. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  })
}

/** Formats an error as the answer of a route. */
export type ErrorFormat = (error: StorageError, path: string) => Response

/** Storage's usual error body, with the status 400 for nearly every error. */
export const usualError: ErrorFormat = (error) => json(error.httpStatus, bodyOf(error))

/** The same body with the error's own status. */
export const ownStatusError: ErrorFormat = (error) => json(error.statusCode, bodyOf(error))

function bodyOf({ statusCode, code, error, message }: StorageError) {
  return { statusCode: String(statusCode), code, error, message }
}

/** @returns what was thrown, as an error of Storage */
export function asAnswer(thrown: unknown): StorageError {
  if (thrown instanceof StorageError) return thrown
  // Warns of a defect of the sandbox, which a 500 would hide. A lost database is no such defect.
  if (!(thrown instanceof DatabaseLost)) process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
  return new StorageError(500, 'InternalError', 'Internal Server Error', { error: 'Internal', cause: thrown })
}
