import { withoutInvisible } from '../invisible.ts'
import { withoutCommands } from '../log-lines.ts'

/**
 * @returns a text of unknown origin on one line, without what could turn or hide the words around it, and without commands of
 *   CI systems: jobs print the summary into their logs.
 */
function oneLine(text: string): string {
  return withoutCommands(withoutInvisible(text, ' '))
}

/** @returns a text of unknown origin as plain words in Markdown: no markup, no HTML, no mention, on one line. */
export function escaped(text: string): string {
  return (
    oneLine(text)
      .trimStart()
      .replace(/[\\`*_{}[\]()<>#+!|~&$]/g, '\\$&')
      // A reader sees no difference; the service no longer sees a name to notify or an issue to refer to.
      .replace(/[@#](?=\w)/g, '$&\u200b')
      // An address without markup becomes a link, too.
      .replace(/:(?=\/\/)/g, '\\:')
      .replace(/www\./gi, (match) => `${match.slice(0, -1)}\\.`)
      .replace(/^(\d*)([-=.])/, '$1\\$2')
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
  const line = (cells: readonly string[]) => `| ${cells.map(cellOf).join(' | ')} |`
  return [line(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(line)].join('\n')
}

/** Even inside code, a pipe ends a cell unless an odd number of backslashes stands before it. */
function cellOf(text: string): string {
  return text.replace(/(\\*)\|/g, (match, before: string) => (before.length % 2 === 0 ? `${before}\\|` : match))
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
}
