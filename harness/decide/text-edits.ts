/** Replaces a part of a text; an insertion replaces nothing. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** @returns the text with all edits made; those that begin at one place, in their order. All else stays as it was. */
export function withEdits(text: string, edits: readonly TextEdit[]): string {
  let result = ''
  let position = 0
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    if (edit.start < position) throw new Error('two edits of one place')
    result += text.slice(position, edit.start) + edit.text
    position = edit.end
  }
  return result + text.slice(position)
}
