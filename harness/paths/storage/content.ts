import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '../../json.ts'
import type { Bytes } from './bytes.ts'

/** Longer contents are known by their digest. In bytes. */
export const longestContent = 64 * 1024

const asData = 'data:application/octet-stream;base64,'
const written = /^data:[^,]*;base64,([A-Za-z0-9+/]*={0,2})$/
/** Texts that would be taken for another form are written as bytes. */
const ambiguous = /^(?:data:|sha256:)/

/** @returns the bytes that a matrix means: those of a text, or those of a data URL in base64. */
export function bytesOf(content: string): Buffer {
  const encoded = written.exec(content)?.[1]
  return encoded === undefined ? Buffer.from(content, 'utf8') : Buffer.from(encoded, 'base64')
}

/**
 * @returns the one text for these bytes, so that equal texts mean equal bytes: the text itself, a data URL, or, for bytes that
 *   are too long to be kept, `sha256:<hex> (<n> bytes)`.
 */
export function contentText(bytes: Bytes): string {
  const { kept, size, sha256 } = bytes
  if (kept === null || size > longestContent) return `sha256:${sha256} (${size} bytes)`
  const text = isUtf8(kept) ? kept.toString('utf8') : null
  return text === null || ambiguous.test(text) ? `${asData}${kept.toString('base64')}` : text
}

/** @returns the content in a matrix, in the form in which contents are compared. */
export function canonicalContent(content: string): string {
  const kept = bytesOf(content)
  return contentText({ kept, size: kept.length, sha256: createHash('sha256').update(kept).digest('hex') })
}

/** @returns a row whose content, where it has one, is in the form in which contents are compared. */
export function withCanonicalContent(row: JsonObject): JsonObject {
  const content: Json | undefined = row.content
  return typeof content === 'string' ? { ...row, content: canonicalContent(content) } : row
}

/** @returns true when a content is a digest and the bytes themselves are not known. */
export function isDigest(content: string): boolean {
  return /^sha256:[0-9a-f]{64} \(\d+ bytes\)$/.test(content)
}
