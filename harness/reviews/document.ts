import { code, escaped } from '../evidence/markdown.ts'

/** A review as lines with lines below them; text and Markdown are written from it. */
export interface Section {
  readonly title: string
  readonly lines: readonly Line[]
}

export interface Line {
  readonly text: string
  /** SQL or a name, which Markdown shows as code behind the text. */
  readonly code?: string
  readonly under?: readonly Line[]
}

/** @returns a review for a terminal. */
export function asText(title: string, sections: readonly Section[]): string {
  const blocks = sections.map((section) =>
    [section.title, ...section.lines.flatMap((line) => textLines(line, 1))].join('\n'),
  )
  return `${[title, ...blocks].join('\n\n')}\n`
}

/** @returns a review for a pull request or a deployment record. */
export function asMarkdown(title: string, sections: readonly Section[]): string {
  const blocks = sections.map((section) =>
    [`## ${escaped(section.title)}`, '', ...section.lines.flatMap((line) => markdownLines(line, 0))].join('\n'),
  )
  return `${[`# ${escaped(title)}`, ...blocks].join('\n\n')}\n`
}

function textLines({ text, code: shown, under = [] }: Line, depth: number): string[] {
  const own = `${'  '.repeat(depth)}${text}${shown === undefined ? '' : ` ${shown}`}`
  return [own, ...under.flatMap((line) => textLines(line, depth + 1))]
}

function markdownLines({ text, code: shown, under = [] }: Line, depth: number): string[] {
  const own = `${'  '.repeat(depth)}- ${escaped(text)}${shown === undefined ? '' : ` ${code(shown)}`}`
  return [own, ...under.flatMap((line) => markdownLines(line, depth + 1))]
}

/** @returns `2 policies`. */
export function counted(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

/** @returns the first names of a list, and how many more there are. */
export function some(names: readonly string[], limit: number): string {
  const more = names.length - limit
  return more > 0 ? `${names.slice(0, limit).join(', ')} and ${more} more` : names.join(', ')
}
