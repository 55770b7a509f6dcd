import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { redactor } from './redact.ts'

const secret = ['sb', 'secret', 'N7UND0UgjKTVKUodkm0Hg'].join('_')
const token = ['head3rhead3r', 'payl0adpayl0ad', 's1gnature-s1gnature'].join('.')
const redact = redactor([secret, token])

const between = fc.stringMatching(/^[ \t\n.,;:|/_*-]{0,3}$/)

describe('a secret of the run', () => {
  const spread = fc
    .tuple(fc.constantFrom(secret, token), fc.boolean(), fc.array(between, { minLength: 80, maxLength: 80 }))
    .map(([text, isReversed, gaps]) => {
      const characters = isReversed ? [...text].reverse() : [...text]
      return characters.map((character, at) => character + gaps[at % gaps.length]).join('')
    })

  it('is found apart, in reverse and split over lines', () => {
    fc.assert(
      fc.property(spread, fc.constantFrom('', 'said: '), (text, before) => {
        const shown = redact(`${before}${text} and more`)
          .replace(/[^a-z0-9]/gi, '')
          .toLowerCase()
        for (const hiddenText of [secret, token]) {
          const bare = hiddenText.replace(/[^a-z0-9]/gi, '').toLowerCase()
          expect(shown).not.toContain(bare)
          expect(shown).not.toContain([...bare].reverse().join(''))
        }
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    ['a list of characters', [...secret]],
    ['a list of pieces', ['here:', token.slice(0, 9), token.slice(9, 20), token.slice(20)]],
    ['a list in reverse', [...token].reverse()],
  ])('is found in %s', (_, pieces) => {
    expect(redact({ rows: [{ pieces, other: ['a', 'b'] }] })).toEqual({
      rows: [{ pieces: pieces.map(() => '[secret]'), other: ['a', 'b'] }],
    })
  })

  it('leaves the words around it', () => {
    expect(redact(`before ${[...token].reverse().join(' ')} after`)).toBe('before [secret] after')
  })
})

test('ordinary text stays as it is', () => {
  const text = 'a denial was expected, and it happened: title theirs → defaced; 20261121-084512-k3f9'
  expect(redact(text)).toBe(text)
  expect(redactor(['short one'])('s h o r t o n e')).toBe('s h o r t o n e')
})
