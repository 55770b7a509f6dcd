const controls = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu

/** @returns a text of unknown origin on one line, without what could turn or hide the words around it. */
export function oneLine(text: string): string {
  return text.replace(controls, ' ')
}

/** @returns a text of unknown origin as plain words in Markdown: no markup, no HTML, no mention, on one line. */
export function escaped(text: string): string {
  return (
    oneLine(text)
      .replace(/[\\`*_{}[\]()<>#+!|~&$]/g, '\\$&')
      // A reader sees no difference; the service no longer sees a name to notify.
      .replace(/@(?=\w)/g, '@\u200b')
      .replace(/^(\s*\d*)([-=.])/, '$1\\$2')
  )
}

/** @returns the text as inline code, with a fence that is longer than any run of backticks inside. */
export function code(text: string): string {
  const inside = oneLine(text)
  if (inside.trim() === '') return '` `'
  const fence = '`'.repeat(longestRun(inside) + 1)
  const space = /^`|`$|^ .* $/.test(inside) ? ' ' : ''
  return `${fence}${space}${inside}${space}${fence}`
}

/** @returns the lines as they are, in a block whose fence none of them can close. */
export function block(lines: readonly string[]): string {
  const inside = lines.map(oneLine)
  const fence = '`'.repeat(Math.max(3, ...inside.map((line) => longestRun(line) + 1)))
  return [`${fence}text`, ...inside, fence].join('\n')
}

/** @returns a table; cells are Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  // Even inside code, a pipe ends a cell unless it is escaped.
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`
  return [line(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(line)].join('\n')
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
}
