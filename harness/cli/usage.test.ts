import { expect, test } from 'vitest'
import { readArguments } from './arguments.ts'
import { allCommands } from './commands.ts'
import { commandHelp } from './usage.ts'

const commands = Object.entries(await allCommands())

test.each(commands)('the help of %s names its exit codes and two examples that it understands', (name, command) => {
  const help = commandHelp(name, command)
  expect(Object.keys(command.exits)).toEqual(expect.arrayContaining(['0', '2']))
  for (const example of command.examples) {
    expect(help).toContain(`\n  ${example}\n`)
    const [start, rest = ''] = example.split(`npx trespass ${name}`)
    expect(start).toBe('')
    const words = [...(rest.split(' > ')[0]?.matchAll(/"([^"]+)"|(\S+)/g) ?? [])].map(
      ([, quoted, bare]) => quoted ?? bare ?? '',
    )
    expect(() => readArguments(words, command.flags)).not.toThrow()
  }
})

test('the page about commands is the help of all of them', async () => {
  const parts = commands.map(
    ([name, command]) => `## ${name}\n\n\`\`\`\n${commandHelp(name, command).trim()}\n\`\`\`\n`,
  )
  const opening = 'Each command prints its part of this page with `--help`.'
  await expect(`# Commands\n\n${opening}\n\n${parts.join('\n')}`).toMatchFileSnapshot('../../docs/commands.md')
})
