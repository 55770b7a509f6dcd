import fc from 'fast-check'

/** For tests: texts that imitate log commands, and how the readers of a log recognise commands. */

/** The command syntax of log readers, from their sources; each gets the log line by line. */
const grammars: Readonly<Record<string, (line: string) => boolean>> = {
  // actions/runner, ActionCommand.TryParseV2: the line is trimmed at its start.
  'GitHub, second form': (line) => /^[\s\u0085]*::/.test(line),
  // actions/runner, ActionCommand.TryParse: anywhere in the line.
  'GitHub, first form': (line) => /##\[[^\]]*\]/.test(line),
  // microsoft/azure-pipelines-agent, Command.TryParse.
  Azure: (line) => /##vso\[[^\]]*\]/i.test(line),
  TeamCity: (line) => /##teamcity\[/.test(line),
  GitLab: (line) => /section_(?:start|end):\d+:/.test(line),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  'a terminal': (line) => /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[[0-9;]*m)/.test(line),
  'the order of writing': (line) => /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(line),
}

/** Returns every line that a log reader takes as a command, with the name of the reader. */
export function obeyedLines(text: string): string[] {
  return text
    .split(/\r\n|\r|\n/)
    .flatMap((line) => Object.entries(grammars).flatMap(([name, finds]) => (finds(line) ? [`${name}: ${line}`] : [])))
}

const pieces = [
  ...['##[add-mask]held', '##[error]', '::error title=x::y', '::stop-commands::token', '##vso[task.complete]'],
  ...['##teamcity[x]', '###[group]', 'section_start:1:x\r\u001b[0K', '##VSO[task.setvariable variable=a]b'],
  ...['\u001b[2J', '\u001b]0;title\u0007', '\u001b[8m', '\u001b[31m', '\u0000', '\u009b2J', '\ud800', '\udfff'],
  ...['\u061c', '\u200b', '\u200d', '\u202e', '\u2066', '\u2069', '\ufeff', '\u{e0041}', '\uffff'],
  ...['\r', '\n', '\r\n', '\u0085', '\u2028', ' ', '    ', '\t', ':', '#', '[', ']', '%0A', '%', 'words of a message'],
  ...['</script>', '<!--', '<img src=x onerror=alert(1)>', '"', "'", '&amp;', ']]>', '<?xml?>', '-->', '<'],
  ...['`', '```', '~~~', '|', '\\', '\\|', '\\\\|', '[a](https://x.test)', '![a](b)', '**', '_', '~~', '$', '1.', '-'],
  ...['# ', '> ', '@team', '#12', 'https://x.test/a', 'WWW.x.test', '{0}', '{', '}', '](', '<https://x.test>', '==='],
  ...['trespass', '\n::set-output name=a::b', '\n    at mallory (/etc/passwd:1:1)'],
]

/** Commands, markup, control characters and ordinary text in any order. */
export const hostileText = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary' })), {
    maxLength: 30,
  })
  .map((parts) => parts.join(''))
