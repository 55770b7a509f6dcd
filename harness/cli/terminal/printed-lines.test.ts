import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleBreach } from '../../../test/support/example-records.ts'
import { hostileText, obeyedLines } from '../../../test/support/hostile-texts.ts'
import { withoutCommands } from '../../log-lines.ts'
import { findings } from './findings.ts'
import { plain, wrap } from './text.ts'

describe('the text that a command prints', () => {
  it('holds no command that a reader of logs knows, however it is wrapped', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 10, max: 120 }), (text, width) => {
        expect(obeyedLines(withoutCommands(wrap(plain(text), width).join('\n')))).toEqual([])
        expect(obeyedLines(withoutCommands(text))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('holds none in the findings of a run', () => {
    const style = { color: true, unicode: true, width: 60 }
    fc.assert(
      fc.property(hostileText, hostileText, (because, operation) => {
        const text = findings(
          [exampleBreach({ because, operation })],
          { target: { alias: 'a', kind: 'sandbox' }, holes: [] },
          style,
        )
        expect(obeyedLines(withoutCommands(text))).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    ['a plain text: with 2 colons :: and #1 [x]', 'a plain text: with 2 colons :: and #1 [x]'],
    ['\u001b[31mBREACH\u001b[39m  notes', '\u001b[31mBREACH\u001b[39m  notes'],
    ['  ::error::x', '  : :error::x'],
    ['\u001b[1m::error::x', '\u001b[1m: :error::x'],
    ['xx ##[add-mask]held', 'xx # #[add-mask]held'],
    ['\u0000\u001b[2J\r', '\\u0000\\u001b[2J\\u000d'],
  ])('%j becomes %j', (text, expected) => {
    expect(withoutCommands(text)).toBe(expected)
  })
})
