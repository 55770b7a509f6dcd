import { createHash } from 'node:crypto'

/** A body: all of its bytes up to a limit, and the size and digest of a longer one. */
export interface Bytes {
  readonly size: number
  /** Of the whole body, in hexadecimal. */
  readonly sha256: string
  /** Null when there was more than was to be kept. */
  readonly kept: Buffer | null
}

/**
 * Reads a stream to its end without holding more of it than is to be kept.
 *
 * @param keep the largest body, in bytes, that is kept.
 */
export async function readBytes(stream: AsyncIterable<Uint8Array>, keep: number): Promise<Bytes> {
  const hash = createHash('sha256')
  let chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    size += chunk.length
    if (size <= keep) chunks.push(chunk)
    else chunks = []
  }
  return { size, sha256: hash.digest('hex'), kept: size <= keep ? Buffer.concat(chunks) : null }
}
