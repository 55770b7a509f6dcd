import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { noSuchBytes, StorageError, tooLarge } from './errors.ts'

/** Bytes that have arrived and belong to no object yet. */
export interface Arrived {
  version: string
  /** In bytes. */
  size: number
  /** An entity tag with its quotes. */
  eTag: string
}

const VERSION = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * The bytes of all objects, as files that are named by the object's version, a UUID of Storage's own: a caller's name for an
 * object never becomes a path. New bytes wait in a folder of their own until their row is written.
 */
export class FileStore {
  readonly #kept: string
  readonly #arriving: string
  readonly #held = new Set<Promise<unknown>>()

  /** @param folder an existing folder; it may contain other files */
  constructor(folder: string) {
    this.#kept = join(folder, 'objects')
    this.#arriving = join(folder, 'arriving')
  }

  /** Creates missing folders. Has to be called first. */
  async prepare(): Promise<void> {
    await mkdir(this.#kept, { recursive: true, mode: 0o700 })
    await mkdir(this.#arriving, { recursive: true, mode: 0o700 })
  }

  /**
   * Stores a stream. If it is interrupted, is too long or cannot be written, nothing of it is kept.
   *
   * @param limit the maximum number of bytes
   * @throws StorageError 413 `EntityTooLarge`, 500 `InternalError` with the reason of the stream or the file system
   */
  async receive(version: string, source: Readable, limit: number): Promise<Arrived> {
    const file = join(this.#arriving, version)
    const hash = createHash('md5')
    let size = 0
    try {
      await pipeline(
        source,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            size += chunk.length
            if (size > limit) throw tooLarge()
            hash.update(chunk)
            yield chunk
          }
        },
        createWriteStream(file, { mode: 0o600 }),
      )
    } catch (error) {
      await this.discard(version)
      throw asStorageError(error)
    }
    return { version, size, eTag: `"${hash.digest('hex')}"` }
  }

  /**
   * Adds a stream to bytes that belong to no object yet. If it breaks off, the bytes that arrived stay.
   *
   * @param room the maximum number of bytes; the rest is ignored
   * @returns the number of added bytes
   */
  async append(version: string, source: AsyncIterable<Buffer>, room: number): Promise<number> {
    const file = await open(join(this.#arriving, version), 'a', 0o600)
    let added = 0
    try {
      for await (const chunk of source) {
        const some = chunk.subarray(0, room - added)
        await file.appendFile(some)
        added += some.length
      }
    } catch (error) {
      // After a request that broke off, the client asks for the offset and goes on there. The file system's errors have codes.
      if (error instanceof Error && 'code' in error) throw asStorageError(error)
    } finally {
      await file.close()
    }
    return added
  }

  /** Puts bytes that belong to no object yet together, in this order. */
  async join(versions: readonly string[], into: string): Promise<void> {
    for (const version of versions) {
      await this.append(into, createReadStream(join(this.#arriving, version)), Number.MAX_SAFE_INTEGER)
    }
  }

  /** Measures bytes that belong to no object yet. */
  async measure(version: string): Promise<Arrived> {
    const hash = createHash('md5')
    let size = 0
    for await (const chunk of createReadStream(join(this.#arriving, version))) {
      hash.update(chunk)
      size += chunk.length
    }
    return { version, size, eTag: `"${hash.digest('hex')}"` }
  }

  /**
   * Gives the bytes of one version to a new one that belongs to no object yet. Files are never changed, so one file may have
   * several names.
   *
   * @throws StorageError 404 `NoSuchKey` if there are no bytes
   */
  async copy(from: string | null, to: string): Promise<void> {
    if (from === null || !VERSION.test(from)) throw noSuchBytes()
    await link(this.#file(from), join(this.#arriving, to)).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? noSuchBytes() : asStorageError(error)
    })
  }

  /** Moves arrived bytes to their final place. To be called after their row is written and before it is visible. */
  async keep(version: string): Promise<void> {
    await rename(join(this.#arriving, version), this.#file(version))
  }

  /** Removes bytes whose row was not written. */
  async discard(version: string): Promise<void> {
    await rm(join(this.#arriving, version), { force: true })
    await rm(this.#file(version), { force: true })
  }

  /**
   * Runs work that looks up a version and then opens its file. No file is removed meanwhile.
   *
   * @param work must not remove files itself
   */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    const held = work()
    this.#held.add(held)
    return await held.finally(() => this.#held.delete(held))
  }

  /** Opens the bytes of a version; undefined if there are none. */
  async open(version: string | null): Promise<FileHandle | undefined> {
    if (version === null || !VERSION.test(version)) return undefined
    return await open(this.#file(version)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
  }

  /** Removes versions that no row names any more. Open reads of them complete. */
  async remove(versions: readonly (string | null)[]): Promise<void> {
    await Promise.allSettled([...this.#held])
    await Promise.all(
      versions.map(async (version) => {
        if (version !== null && VERSION.test(version)) await rm(this.#file(version), { force: true })
      }),
    )
  }

  #file(version: string): string {
    return join(this.#kept, version)
  }
}

/** An error of the file system or of the stream is returned with its own message, as in Storage. */
function asStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return new StorageError(500, 'InternalError', message, { error: name, cause: error })
}
