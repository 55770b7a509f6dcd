import type { Finding } from '../../doctor/index.ts'
import type { Target } from '../../model/target.ts'
import { type Paint, paint, type TerminalStyle } from './terminal-style.ts'
import { padEnd, plain, widthOf, wrap } from './text.ts'

const styles: Readonly<Record<Finding['state'], { readonly word: string; readonly style: Paint }>> = {
  good: { word: 'ok', style: 'green' },
  told: { word: '', style: 'reset' },
  less: { word: 'less', style: ['yellow'] },
  bad: { word: 'BAD', style: ['red', 'bold'] },
}

/** @returns the findings about a target as a table, each with the way to change it, and a last sentence. */
export function diagnosis(
  target: Pick<Target, 'alias' | 'kind'>,
  findings: readonly Finding[],
  terminalStyle: TerminalStyle,
): string {
  const first = Math.max(...Object.values(styles).map(({ word }) => word.length)) + 2
  const second = Math.max(...findings.map(({ about }) => widthOf(about))) + 2
  const indent = ' '.repeat(first + second)
  const lines = findings.flatMap(({ state, about, says, change }) => {
    const { word, style } = styles[state]
    const width = terminalStyle.width - first - second
    const [head = '', ...rest] = wrap(plain(says), width)
    const more = change === undefined ? [] : wrap(plain(change), width)
    return [
      `${paint(terminalStyle, style, word)}${' '.repeat(first - word.length)}${padEnd(about, second)}${head}`,
      ...rest.map((line) => `${indent}${line}`),
      ...more.map((line) => `${indent}${paint(terminalStyle, 'dim', line)}`),
    ]
  })
  return [`${plain(target.alias)} (${target.kind})`, '', ...lines, '', ...ending(findings)].join('\n')
}

function ending(findings: readonly Finding[]): string[] {
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  const [bad, less] = [count('bad'), count('less')]
  if (bad > 0) return [`A run would not work: ${bad} ${bad === 1 ? 'thing has' : 'things have'} to be mended first.`]
  if (less === 0) return ['Everything can be tested on this target.']
  return [`A run works. ${less} ${less === 1 ? 'thing' : 'things'} cannot be tested on this target, as said above.`]
}
