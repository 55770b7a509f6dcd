import { expect, test } from 'vitest'
import { commandFor, commandLine, scenarioCommand } from './command-line.ts'

const staging = { target: { alias: 'staging', kind: 'hosted' }, holes: [] } as const
const sandbox = { target: { alias: 'sandbox', kind: 'sandbox' }, holes: [] } as const

test.each([
  [commandFor('a › b › c', staging), 'npx trespass run --target staging --cell "a › b › c"'],
  [
    commandFor(`a › $b › c's "d" \`e\``, staging),
    `npx trespass run --target staging --cell 'a › $b › c'\\''s "d" \`e\`'`,
  ],
  [
    commandFor('a', { target: { alias: 'my stage', kind: 'hosted' }, holes: ['one', 'two'] }),
    'npx trespass run --target "my stage" --with-hole one --with-hole two --cell a',
  ],
  [
    commandFor('a', { ...sandbox, workspace: '../my app', oldDefaultGrants: true }),
    'npx trespass run --workspace "../my app" --old-default-grants --cell a',
  ],
  [
    scenarioCommand('one seat each', 3, { ...sandbox, workspace: 'apps/api' }),
    'npx trespass run --workspace apps/api --scenario "one seat each" --round 3',
  ],
  [scenarioCommand('seats', null, staging), 'npx trespass run --target staging --scenario seats'],
  [
    commandLine('decide', ['notes'], { ...staging, workspace: '..' }),
    'npx trespass decide --workspace .. --target staging notes',
  ],
])('a command is written as a shell takes it: %s', (written, expected) => {
  expect(written).toBe(expected)
})
