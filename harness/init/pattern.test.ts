import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asJavaScript, textMatching } from './pattern.ts'

const atom = fc.oneof(
  fc.constantFrom(
    'a',
    '-',
    '@',
    '\\.',
    '\\d',
    '\\w',
    '[a-z]',
    '[A-Z0-9]',
    '[^a]',
    '[^@\\s]',
    '.',
    '[[:alpha:]]',
    '[]x]',
  ),
  fc.constantFrom('(?:ab|cd)', '(x|)', '([0-9]+)'),
)
const count = fc.constantFrom('', '+', '*', '?', '{2}', '{1,4}', '{3,}')
const sequence = fc
  .array(fc.tuple(atom, count), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.map((part) => part.join('')).join(''))
const pattern = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((parts) => `^(${parts.join('|')})$`)

test('every pattern of literals, classes, groups, alternatives and counts is matched', () => {
  fc.assert(
    fc.property(pattern, (written) => {
      // A bracket that begins a class is PostgreSQL's way of writing.
      const readable = written.replaceAll('[]x]', '[\\]x]')
      const text = textMatching(readable)
      expect(text).not.toBeNull()
      expect(text).toMatch(new RegExp(asJavaScript(readable)))
    }),
  )
})

test.each(['(', '[a', 'a)', '\\q', '(?=a)b', '(?<name>a)'])('%s is not known', (written) => {
  expect(textMatching(written)).toBeNull()
})
