import { expect, test } from 'vitest'
import { expectation, type Mistake, matrixFile, matrixText, readMatrixText } from '../../test/support/matrix-texts.ts'

const keys = '`matrix`, `resource`, `invariants`, `changes_on_refusal`, `fixtures`, `operations` or `expect`'

const mistakes: readonly Mistake[] = [
  {
    it: 'an empty file',
    text: '‸',
    code: 'empty-file',
    found: 'an empty file',
    expected: 'a mapping of keys',
  },
  {
    it: 'a list',
    text: '‸- matrix',
    code: 'wrong-type',
    found: 'a list',
    expected: 'a mapping with the key `matrix`',
  },
  {
    it: 'an unknown key',
    text: `${matrixText()}\n‸expects: {}`,
    code: 'unknown-key',
    found: 'the key `expects`',
    expected: `one of the keys ${keys}`,
    hint: 'did you mean `expect`?',
  },
  {
    it: 'a key twice',
    text: matrixText({ fixtures: 'fixtures:\n  own: { title: a }\n  ‸own: { title: b }\n' }),
    code: 'duplicate-key',
    found: 'the key `own` a second time',
    expected: 'every key once',
  },
  {
    it: 'a second document',
    text: `${matrixText()}\n‸---\n${matrixText()}`,
    code: 'several-documents',
    found: 'a second YAML document',
    expected: 'one document in a file',
  },
  {
    it: 'a brace without quotes',
    text: matrixText({ fixtures: 'fixtures: { own: { id: $‸{a row.id }, theirs: {} }' })
      .split('\n')
      .slice(0, 4)
      .join('\n'),
    code: 'yaml-syntax',
    found: 'Unexpected flow-map-start at node end',
    expected: 'valid YAML',
    hint: 'a text that holds { } [ ] , # or ": " needs quotes',
  },
  {
    it: 'a tab',
    text: matrixText({ fixtures: 'fixtures:\n‸\town: {}' }),
    code: 'yaml-syntax',
    found: 'Tabs are not allowed as indentation',
    expected: 'valid YAML',
  },
  {
    it: 'an alias of nothing',
    text: matrixText({ fixtures: 'fixtures: { own: ‸*base }', operations: 'operations: { read: { select: own } }' }),
    code: 'yaml-syntax',
    found: 'the alias `*base`',
    expected: 'an alias of an earlier anchor',
  },
  {
    it: 'an alias that holds itself',
    text: matrixText({ fixtures: 'fixtures: { own: &own { title: ‸*own }, theirs: { title: "" } }' }),
    code: 'yaml-syntax',
    found: 'an alias that holds itself',
    expected: 'an alias of an earlier anchor',
  },
  {
    it: 'a number that JSON cannot carry',
    text: matrixText({ fixtures: 'fixtures: { own: { id: ‸12345678901234567890 } }' }),
    code: 'number-form',
    found: 'a number that JSON cannot carry exactly',
    expected: 'a smaller number, or a text in quotes',
  },
  {
    it: 'a key that is no name',
    text: matrixText({ fixtures: 'fixtures: { own: { ‸[a, b]: 1 } }' }),
    code: 'key-form',
    found: 'a key that is no name',
    expected: 'a plain text as key',
  },
  {
    it: 'no name',
    text: `‸${matrixText({ matrix: '' })}`,
    code: 'missing-key',
    found: 'no `matrix`',
    expected: 'the name of the matrix',
  },
  {
    it: 'a name that is a number',
    text: matrixText({ matrix: 'matrix: ‸7' }),
    code: 'wrong-type',
    found: '`7`',
    expected: 'the name of the matrix',
  },
  {
    it: 'no expectations',
    text: `‸${matrixText({ expect: '' })}`,
    code: 'missing-key',
    found: 'no `expect`',
    expected: 'a mapping',
  },
  {
    it: 'fixtures without a value',
    text: matrixText({ fixtures: '‸fixtures:' }),
    code: 'wrong-type',
    found: 'no value',
    expected: 'a mapping',
  },
  {
    it: 'an invariant without a sentence',
    text: matrixText({ invariants: 'invariants: { DOC-1: ‸[] }' }),
    code: 'wrong-type',
    found: 'an empty list',
    expected: 'a sentence that says what holds',
  },
]

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, matrixFile)
  expect(readMatrixText(text).problems).toEqual([problem])
})
