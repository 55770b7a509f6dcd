const note = '\n\n**Cut here**: the rest is in `summary.md` of the report.\n'

/**
 * Cuts Markdown between two of its blocks, so that the rest stays valid; a table that is too long by itself is cut after a row.
 *
 * @param limit in bytes.
 * @returns the text unchanged if it fits, else its beginning and a note; empty if not even the note fits.
 */
export function cutTo(markdown: Buffer, limit: number): Buffer {
  if (markdown.length <= limit) return markdown
  const room = limit - Buffer.byteLength(note)
  if (room < 0) return Buffer.alloc(0)
  const block = markdown.lastIndexOf('\n\n', room)
  const end = block > 0 ? block : Math.max(0, markdown.lastIndexOf('\n', room))
  return Buffer.concat([markdown.subarray(0, end), Buffer.from(note)])
}
