import { withEscapes } from './invisible.ts'

/** Styles, the only control sequences that this project writes into a line (ECMA-48, SGR). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const styles = /(\u001b\[[0-9;]*m)/

/**
 * Makes lines safe for the log of a CI system, which reads commands from it. GitHub Actions takes `##[…]` anywhere in a
 * line and `::…` at its start (actions/runner, `ActionCommand.cs`), Azure Pipelines `##vso[…]` and `##[…]`, TeamCity
 * `##teamcity[…]`, GitLab `section_start:…` with a carriage return. All of them lose their form by a blank.
 *
 * It is applied to everything that is printed, after wrapping: a line may begin anywhere in a text.
 *
 * @param text lines of this project, with its own styles; what they quote may come from anywhere.
 */
export function withoutCommands(text: string): string {
  return text.split('\n').map(safeLine).join('\n')
}

function safeLine(line: string): string {
  const visible = line
    .split(styles)
    .map((part, index) => (index % 2 === 1 ? part : withEscapes(part, '\t')))
    .join('')
  return visible
    .replace(/#(?=#\w*\[)/g, '# ')
    .replace(/section_(?=(?:start|end):)/g, 'section ')
    .replace(leadingCommand, '$1: :')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a style may stand before the command.
const leadingCommand = /^((?:\s|\u001b\[[0-9;]*m)*)::/
