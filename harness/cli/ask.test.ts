import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { TrespassError } from '../errors.ts'
import { withQuestions } from './ask.ts'

const short = (answer: string): string => {
  if (answer.length < 4) return answer
  throw new TrespassError('usage', 'expected less')
}

test('asks, prints the problem of an invalid answer, and asks again', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.write('too long\nyes\nno\n')
  const answers = await withQuestions({ input, output }, async (ask) => {
    return [await ask('first', short), await ask('second', short)]
  })
  expect(answers).toEqual(['yes', 'no'])
  output.end()
  expect(await text(output)).toBe('first:   expected less\nfirst: second: ')
})

test('ends with an error when the input ends', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.end()
  await expect(withQuestions({ input, output }, (ask) => ask('first', short))).rejects.toMatchObject({
    code: 'no-answer',
  })
})
