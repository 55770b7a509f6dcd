import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleBreach } from '../../evidence/example-records.ts'
import { findings } from './findings.ts'
import { withoutCommands } from './log-lines.ts'
import { plain, wrap } from './text.ts'

/** How readers of logs find commands, after their sources; each gets the log line by line. */
const grammars: Readonly<Record<string, (line: string) => boolean>> = {
  // actions/runner, ActionCommand.TryParseV2: the line is trimmed at its start.
  'GitHub, second form': (line) => /^[\s\u0085]*::/.test(line),
  // actions/runner, ActionCommand.TryParse: anywhere in the line.
  'GitHub, first form': (line) => /##\[[^\]]*\]/.test(line),
  // microsoft/azure-pipelines-agent, Command.TryParse.
  Azure: (line) => /##vso\[[^\]]*\]/.test(line),
  TeamCity: (line) => /##teamcity\[/.test(line),
  GitLab: (line) => /section_(?:start|end):\d+:/.test(line),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  'a terminal': (line) => /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[[0-9;]*m)/.test(line),
}

const reads = (text: string): string[] =>
  text
    .split(/\r\n|\r|\n/)
    .flatMap((line) => Object.entries(grammars).flatMap(([name, finds]) => (finds(line) ? [`${name}: ${line}`] : [])))

const pieces = [
  ...['##[add-mask]held', '##[error]', '::error title=x::y', '::stop-commands::token', '##vso[task.complete]'],
  ...[
    '##teamcity[x]',
    '###[group]',
    'section_start:1:x\r\u001b[0K',
    '\u001b[2J',
    '\u001b]0;title\u0007',
    '\u0000',
    '\u009b2J',
  ],
  ...['\r', '\n', '\u0085', '\u2028', ' ', '\t', ':', '#', '[', ']', 'words of a message', '\u001b[31m'],
]
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 30 })
  .map((parts) => parts.join(''))

describe('what is printed', () => {
  it('holds no command that a reader of logs knows, however it is wrapped', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 10, max: 120 }), (text, width) => {
        expect(reads(withoutCommands(wrap(plain(text), width).join('\n')))).toEqual([])
        expect(reads(withoutCommands(text))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('holds none in the findings of a run', () => {
    const look = { color: true, unicode: true, width: 60 }
    fc.assert(
      fc.property(hostile, hostile, (because, operation) => {
        const text = findings(
          [exampleBreach({ because, operation })],
          { target: { alias: 'a', kind: 'sandbox', versions: {} }, holes: [] },
          look,
        )
        expect(reads(withoutCommands(text))).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    ['a plain text: with 2 colons :: and #1 [x]', 'a plain text: with 2 colons :: and #1 [x]'],
    ['\u001b[31mBREACH\u001b[39m  notes', '\u001b[31mBREACH\u001b[39m  notes'],
    ['  ::error::x', '  : :error::x'],
    ['\u001b[1m::error::x', '\u001b[1m: :error::x'],
    ['xx ##[add-mask]held', 'xx # #[add-mask]held'],
    ['\u0000\u001b[2J\r', '\\u0000\\u001b[2J\\u000d'],
  ])('%j becomes %j', (text, expected) => {
    expect(withoutCommands(text)).toBe(expected)
  })
})
