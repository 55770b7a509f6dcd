import { withoutInvisible } from '../invisible.ts'
import { withoutCommands } from '../log-lines.ts'

/**
 * @returns a text of unknown origin on one line, without characters that reorder or hide text, and without commands of CI
 *   systems: jobs print the summary into their logs.
 */
function oneLine(text: string): string {
  return withoutCommands(withoutInvisible(text, ' '))
}

/** @returns a text of unknown origin as plain words in Markdown on one line: no markup, no HTML, no mention. */
export function escaped(text: string): string {
  return (
    oneLine(text)
      .trimStart()
      .replace(/[\\`*_{}[\]()<>#+!|~&$]/g, '\\$&')
      // The zero-width space is invisible, and keeps the service from seeing a mention or a reference to an issue.
      .replace(/[@#](?=\w)/g, '$&\u200b')
      // Services turn an address without markup into a link as well.
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

/** @returns the lines in a code block whose fence none of them can close. */
export function block(lines: readonly string[]): string {
  const inside = lines.map(oneLine)
  const fence = '`'.repeat(Math.max(3, ...inside.map((line) => longestRun(line) + 1)))
  return [`${fence}text`, ...inside, fence].join('\n')
}

/** @returns a table of cells that are Markdown already. */
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
