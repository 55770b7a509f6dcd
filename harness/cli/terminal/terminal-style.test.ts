import { expect, test } from 'vitest'
import { paint, terminalStyleOf } from './terminal-style.ts'
import { count, cut, padEnd, plain, widthOf, wrap } from './text.ts'

const terminal = { isTTY: true, columns: 120 }

test.each([
  [{}, terminal, true],
  [{}, {}, false],
  [{ NO_COLOR: '1' }, terminal, false],
  [{ NO_COLOR: '' }, terminal, true],
  [{ TERM: 'dumb' }, terminal, false],
  [{ FORCE_COLOR: '1' }, {}, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, {}, true],
  [{ FORCE_COLOR: '0' }, terminal, false],
])('colour: %j', (environment, stream, color) => {
  expect(terminalStyleOf(environment, stream).color).toBe(color)
})

test.each([
  [{ LANG: 'en_GB.UTF-8' }, true],
  [{ LANG: 'C.utf8' }, true],
  [{ LANG: 'C' }, false],
  [{ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, false],
  [{ LANG: 'en_GB.UTF-8', TERM: 'linux' }, false],
  [{}, false],
  [{ CI: 'true' }, true],
])('unicode: %j', (environment, unicode) => {
  expect(terminalStyleOf(environment, terminal).unicode).toBe(unicode)
})

test('width', () => {
  expect(terminalStyleOf({}, terminal).width).toBe(120)
  expect(terminalStyleOf({}, {}).width).toBe(100)
  expect(terminalStyleOf({}, { columns: 0 }).width).toBe(40)
})

test('paints only where colour is wanted', () => {
  const style = { unicode: true, width: 100 }
  expect(paint({ ...style, color: true }, 'red', 'x')).toBe('\u001b[31mx\u001b[39m')
  expect(paint({ ...style, color: false }, 'red', 'x')).toBe('x')
})

test('measures, pads, cuts and wraps by columns', () => {
  expect(['abc', '漢字', 'é', 'e\u0301', '\u001b[31mx\u001b[39m', '✓', '😀'].map(widthOf)).toEqual([
    3, 4, 1, 1, 1, 1, 2,
  ])
  expect(padEnd('漢', 4)).toBe('漢  ')
  expect(cut('abcdef', 4, true)).toBe('abc…')
  expect(cut('abcdef', 4, false)).toBe('abc~')
  expect(cut('漢字漢字', 4, true)).toBe('漢…')
  expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrap('a verylongword b', 4)).toEqual(['a', 'very', 'long', 'word', 'b'])
  expect(wrap('', 4)).toEqual([''])
  expect([0, 999, 1000, 1234567].map(count)).toEqual(['0', '999', '1,000', '1,234,567'])
  expect(plain('a\u001b[1m\tb\r\n')).toBe('a\\u001b[1m b\\u000d\\n')
})
