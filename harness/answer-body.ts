/** The most bytes of an answer that are read: far above a thousand rows, far below what strains the process. */
export const longestAnswer = 16 * 1024 * 1024

/**
 * Reads the body of an answer up to a limit.
 *
 * @param limit in bytes, after decompression.
 * @returns the bytes; null when there are more, and then the rest is not received.
 */
export async function bodyOf(response: Response, limit: number = longestAnswer): Promise<Uint8Array | null> {
  return response.body === null ? new Uint8Array() : readUpTo(response.body, limit)
}

/** As {@link bodyOf}, of the stream of an answer. */
export async function readUpTo(
  stream: AsyncIterable<Uint8Array>,
  limit: number = longestAnswer,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop cancels the stream, and with it the connection.
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > limit) return null
    chunks.push(chunk)
  }
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
}

/**
 * @returns why no answer came, as `ECONNREFUSED`, `ENOTFOUND`, `timeout` and the like. The cause's own message is left out: an
 *   error of `fetch` names the host there.
 */
export function reasonOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'TimeoutError') return 'timeout'
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return 'no connection'
}
