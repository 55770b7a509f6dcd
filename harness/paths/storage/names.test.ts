import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { asDecodedName, asWritten, decoded, folderOf, misplacedNames } from './names.ts'

describe('a name in an address', () => {
  it('is sent as it was written, encoded only where it could not be sent', () => {
    expect(asWritten('a/%2e%2e//../ä b?#\\"')).toBe('a/%2e%2e//../%C3%A4%20b%3F%23%5C%22')
  })

  it('of a fixture is read back character by character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
        expect(decodeURIComponent(asDecodedName(name))).toBe(name)
      }),
    )
  })

  it('may hold half a character', () => expect(asWritten('a\ud800b')).toBe('a%EF%BF%BDb'))

  test.each([
    ['a/%2e%2e/b', 'a/../b'],
    ['a%252fb', 'a%2fb'],
    ['100%', '100%'],
    ['ä b', 'ä b'],
  ])('%s spells the name %s', (written, name) => expect(decoded(written)).toBe(name))
})

describe('the places where an object could land by mistake', () => {
  test.each([
    ['plain.txt', []],
    ['folder/ä (1).txt', []],
    ['a/../b', ['b']],
    ['a/%2e%2e/b', ['a/%2e%2e/b', 'b']],
    ['%2fb', ['%2fb', 'b']],
    ['/b', ['b']],
    ['a//b', ['a/b']],
    ['a.', ['a']],
    ['a\\b', ['a/b']],
  ])('%s', (written, places) => {
    expect(misplacedNames(written, decoded(written)).toSorted()).toEqual(places.toSorted())
  })

  it('are found through several readings', () => {
    expect(misplacedNames('a/%252e%252e//b', decoded('a/%252e%252e//b'))).toContain('b')
  })

  it('of a name in a body are those of the name itself', () => {
    expect(misplacedNames('a/%2e%2e/b', 'a/%2e%2e/b')).toContain('a/../b')
  })
})

test.each([
  ['a/b/c.txt', 'a/b/'],
  ['c.txt', ''],
  ['a//c', 'a//'],
])('the folder of %s is %s', (name, folder) => expect(folderOf(name)).toBe(folder))
