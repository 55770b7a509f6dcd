const note = '\n\n**Cut here**: the rest is in `summary.md` of the report.\n'

/**
 * Cuts Markdown between two of its blocks, so that what is left of it stays whole; a table that is longer than all of it
 * ends behind one of its rows.
 *
 * @param limit in bytes.
 * @returns the text as it is where it fits, else its beginning and a note; empty where not even that fits.
 */
export function cutTo(markdown: Buffer, limit: number): Buffer {
  if (markdown.length <= limit) return markdown
  const room = limit - Buffer.byteLength(note)
  if (room < 0) return Buffer.alloc(0)
  const block = markdown.lastIndexOf('\n\n', room)
  const end = block > 0 ? block : Math.max(0, markdown.lastIndexOf('\n', room))
  return Buffer.concat([markdown.subarray(0, end), Buffer.from(note)])
}
