import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostileText, obeyedLines } from '../../test/support/hostile-texts.ts'
import { TrespassError } from '../errors.ts'
import { printableMessage, printableName, withPrintableErrors } from './printable.ts'

const thrownBy = (error: unknown): Promise<unknown> =>
  withPrintableErrors(() => Promise.reject(error)).catch((thrown: unknown) => thrown)

/** All texts of an error that a reporter of Vitest prints. */
function printedOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [JSON.stringify(error)]
  const { name, message, stack = '', cause, ...members } = { ...error, ...errorTexts(error) }
  return [name, message, stack, JSON.stringify(members), ...(cause === undefined ? [] : printedOf(cause))]
}

const errorTexts = ({ name, message, stack, cause }: Error) => ({ name, message, stack, cause })

describe('the lines that a reporter of Vitest prints', () => {
  it('holds no command of a reader of logs in a name', () => {
    fc.assert(
      fc.property(hostileText, (name) => {
        expect(printableName(name)).not.toContain('\n')
        expect(obeyedLines(printableName(name))).toEqual([])
        expect(obeyedLines(printableMessage(name))).toEqual([])
      }),
    )
  })

  it('holds none in an error, its causes and its members', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const cause = Object.assign(new Error(text), { detail: text, where: { deep: [text] } })
        for (const error of [
          cause,
          new TrespassError('bad-answer', text, { hint: text, cause }),
          new Error('x', { cause }),
        ]) {
          expect(printedOf(await thrownBy(error)).flatMap(obeyedLines)).toEqual([])
        }
      }),
    )
  })

  it('keeps an ordinary error and an ordinary name as they are', async () => {
    const error = new TrespassError('bad-answer', 'two\nlines', { hint: 'a: b :: c' })
    expect(await thrownBy(error)).toBe(error)
    expect(printableName('alice › rename own #1 [x]')).toBe('alice › rename own #1 [x]')
  })
})
