import { randomUUID } from 'node:crypto'

/** A resumable upload, which may lack bytes. Its bytes are stored under its version. */
export interface Unfinished {
  readonly version: string
  readonly bucket: string
  readonly name: string
  /** The size of the whole object in bytes; undefined while the client has not declared it. */
  size: number | undefined
  /** The number of bytes that have arrived. */
  offset: number
  /** The header `Upload-Metadata` as it came. */
  readonly header: string | undefined
  readonly metadata: Readonly<Record<string, string>>
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Storage's own default (`TUS_URL_EXPIRY_MS`). */
const LIFETIME = 60 * 60 * 1000

/** The resumable uploads of one sandbox, by the id in their address. */
export class UnfinishedUploads {
  readonly #uploads = new Map<string, Unfinished>()
  readonly #turns = new Map<string, Promise<unknown>>()

  /** Adds an upload. @returns its id, as Storage makes it of bucket, name and version, and the upload */
  add(upload: Omit<Unfinished, 'version' | 'offset' | 'expiresAt'>): { id: string; upload: Unfinished } {
    const version = randomUUID()
    const added = { ...upload, version, offset: 0, expiresAt: Date.now() + LIFETIME }
    const id = Buffer.from(`${upload.bucket}/${upload.name}/${version}`, 'utf8').toString('base64url')
    this.#uploads.set(id, added)
    return { id, upload: added }
  }

  get(id: string): Unfinished | undefined {
    const found = this.#uploads.get(id)
    return found === undefined || found.expiresAt < Date.now() ? undefined : found
  }

  remove(id: string): void {
    this.#uploads.delete(id)
  }

  /** Removes the uploads whose time is over. @returns the versions of their bytes */
  removeExpired(): string[] {
    const expired = [...this.#uploads].filter(([, { expiresAt }]) => expiresAt < Date.now())
    for (const [id] of expired) this.#uploads.delete(id)
    return expired.filter(([, { size, offset }]) => size !== offset).map(([, { version }]) => version)
  }

  /** Runs one request of an upload at a time. */
  async inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(id) ?? Promise.resolve()
    const turn = before.then(work, work)
    this.#turns.set(id, turn)
    try {
      return await turn
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id)
    }
  }
}
