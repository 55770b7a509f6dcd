import { expect, test } from 'vitest'
import { expectation, type Mistake, matrixFile, matrixText, readMatrixText } from '../../test/support/matrix-texts.ts'

const forms = '`allow`, `deny`, `deny(layer)`, `define`, `n/a` or `{ allow: { … } }`'
const quotes = 'inside { } a comma ends the value: write it in quotes, "deny(rls, filtered)"'

const mistakes: readonly Mistake[] = [
  {
    it: 'an unknown actor',
    text: matrixText({ expect: 'expect: { ‸alicia: { "*": allow }, "*": { "*": deny } }' }),
    code: 'unknown-actor',
    found: 'the actor `alicia`',
    expected: 'an actor or a group of the actors file',
    hint: 'did you mean `alice`?',
  },
  {
    it: 'an unknown actor among several',
    text: matrixText({ expect: 'expect: { ‸"alice, bop": { "*": allow } }' }),
    code: 'unknown-actor',
    found: 'the actor `bop`',
    expected: 'an actor or a group of the actors file',
    hint: 'did you mean `bob`?',
  },
  {
    it: 'an undeclared operation',
    text: matrixText({ expect: 'expect: { alice: { ‸renam own: allow } }' }),
    code: 'unknown-operation',
    found: 'an expectation for the operation `renam own`',
    expected: 'an operation of this matrix',
    hint: 'did you mean `rename own`?',
  },
  {
    it: 'a star among names',
    text: matrixText({ expect: 'expect: { ‸"alice, *": { "*": allow } }' }),
    code: 'expect-key',
    found: 'the key `alice, *`',
    expected: 'actors separated by commas, or `*` alone',
  },
  {
    it: 'an expectation for all operations at once',
    text: matrixText({ expect: 'expect: { alice: ‸allow }' }),
    code: 'wrong-type',
    found: '`allow`',
    expected: 'a mapping of operations to expectations',
  },
  {
    it: 'an unknown expectation',
    text: matrixText({ expect: 'expect: { "*": { "*": ‸alow } }' }),
    code: 'expectation-form',
    found: '`alow`',
    expected: forms,
    hint: 'did you mean `allow`?',
  },
  {
    it: 'no expectation',
    text: matrixText({ expect: 'expect: { alice: { ‸read own: } }' }),
    code: 'expectation-form',
    found: 'no value',
    expected: forms,
  },
  {
    it: 'an unknown layer',
    text: matrixText({ expect: 'expect: { alice: { "*": ‸deny(grants) } }' }),
    code: 'unknown-layer',
    found: 'the layer `grants`',
    expected:
      'one of the layers `unauthenticated`, `grant`, `rls`, `filtered`, `hidden`, `constraint`, `limit` or `application`',
    hint: 'did you mean `grant`?',
  },
  {
    it: 'several layers without quotes',
    text: matrixText({ expect: 'expect: { alice: { read own: ‸deny(rls, filtered), "*": allow } }' }),
    code: 'expectation-form',
    found: '`deny(rls`',
    expected: forms,
    hint: quotes,
  },
  {
    it: 'an unknown key beside allow',
    text: matrixText({ expect: 'expect: { alice: { "*": { allow: {}, ‸exactly: [own] } } }' }),
    code: 'unknown-key',
    found: 'the key `exactly`',
    expected: 'one of the keys `allow`',
  },
  {
    it: 'an unknown key inside allow',
    text: matrixText({ expect: 'expect: { alice: { "*": { allow: { ‸exact: [own] } } } }' }),
    code: 'unknown-key',
    found: 'the key `exact`',
    expected: 'one of the keys `exactly`, `columns`, `returns` or `ends_within`',
    hint: 'did you mean `exactly`?',
  },
  {
    it: 'exactly an unknown fixture',
    text: matrixText({ expect: 'expect: { alice: { read own: { allow: { exactly: [own, ‸other] } } } }' }),
    code: 'unknown-fixture',
    found: 'the fixture `other`',
    expected: 'a fixture of this matrix or a row of the world',
  },
  {
    it: 'exactly a fixture that is not asked for',
    text: matrixText({ expect: 'expect: { alice: { read own: { allow: { exactly: [‸theirs] } } } }' }),
    code: 'out-of-reach',
    found: 'the fixture `theirs`',
    expected: 'what `read own` asks for: `own`',
  },
  {
    it: 'exactly a fixture from a write',
    text: matrixText({ expect: 'expect: { alice: { rename own: { allow: { exactly: [‸own] } } } }' }),
    code: 'out-of-reach',
    found: 'the fixture `own` from an operation that reads nothing',
    expected: 'a read',
  },
  {
    it: 'a returned value with an unknown reference',
    text: matrixText({ expect: 'expect: { alice: { read own: { allow: { returns: ‸$nobody.id } } } }' }),
    code: 'unknown-reference',
    found: 'the reference `$nobody.id`',
    expected: 'the name of an actor, of a row of the world or of a fixture',
    hint: 'a dollar sign itself is written `$$`',
  },
  {
    it: 'an actor twice',
    text: matrixText({ expect: 'expect:\n  alice: { read own: allow }\n  alice, bob: { ‸read own: deny }' }),
    code: 'second-expectation',
    found: 'a second expectation for `alice` and `read own`, beside `alice › read own`',
    expected: 'one expectation for a combination',
  },
  {
    it: 'an actor in two groups',
    text: matrixText({ expect: 'expect:\n  people: { read own: allow }\n  members: { ‸read own: deny }' }),
    code: 'second-expectation',
    found: 'a second expectation for `bob` and `read own`, beside `people › read own`',
    expected: 'one expectation for a combination',
    hint: 'an expectation under `bob` itself decides',
  },
  {
    it: 'an operation twice',
    text: matrixText({ expect: 'expect: { alice: { read own: allow, ‸"read own, rename own": deny } }' }),
    code: 'second-expectation',
    found: 'a second expectation for `alice` and `read own`, beside `alice › read own`',
    expected: 'one expectation for a combination',
  },
  {
    it: 'no cell',
    text: matrixText({ expect: 'expect: ‸{ "*": { "*": n/a } }' }),
    code: 'no-cell',
    found: 'no cell: every combination is `n/a`',
    expected: 'at least one combination of actor and operation to try',
  },
  {
    it: 'a layer for a comparison',
    text: matrixText({
      operations: 'operations: { a: { select: own }, b: { select: theirs }, tell: { distinguish: [a, b] } }',
      expect: 'expect: { alice: { tell: ‸deny(grant) } }',
    }),
    code: 'compared-detail',
    found: 'more than a decision for `tell`, which compares two answers',
    expected: '`allow`, `deny`, `define` or `n/a`',
  },
]

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, matrixFile)
  expect(readMatrixText(text).problems).toEqual([problem])
})
