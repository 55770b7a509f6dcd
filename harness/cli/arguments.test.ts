import { expect, test } from 'vitest'
import { type Flag, readArguments } from './arguments.ts'

const flags = {
  target: { type: 'string', short: 't', value: 'ALIAS', help: 'one' },
  matrix: { type: 'string', multiple: true, value: 'GLOB', help: 'many' },
  json: { type: 'boolean', help: 'on' },
} as const satisfies Readonly<Record<string, Flag>>

test('a flag that may be repeated keeps every value', () => {
  expect(readArguments(['--matrix', 'a', '--matrix=b'], flags).texts('matrix')).toEqual(['a', 'b'])
})

test.each([[['--target', 'a', '--target', 'b']], [['--target=a', '--target=a']], [['-t', 'a', '--target', 'b']]])(
  'a flag that may not be repeated is refused the second time: %j',
  (args) => {
    const message = 'found --target twice, expected it once'
    expect(() => readArguments(args, flags)).toThrow(expect.objectContaining({ code: 'usage', message }))
  },
)

test('a flag without a value may be given twice', () => {
  expect(readArguments(['--json', '--json'], flags).on('json')).toBe(true)
})
