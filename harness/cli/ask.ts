import { createInterface } from 'node:readline'
import { TrespassError } from '../errors.ts'
import { withEscapes } from '../invisible.ts'

/** Asks a person one thing; what is wrong with the answer is said, and it is asked again. */
export type Ask = (question: string, read: (answer: string) => string) => Promise<string>

/**
 * Opens a conversation on the terminal. Questions go beside the output.
 *
 * @throws TrespassError `no-answer`, from a question, when the person ends the conversation.
 */
export async function withQuestions<T>(
  { input, output }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const conversation = createInterface({ input, output })
  // Lines that come before they are asked for, pasted ones, wait here.
  const lines = conversation[Symbol.asyncIterator]()
  const answerTo = async (question: string): Promise<string> => {
    output.write(`${withEscapes(question, '\n')}: `)
    const line = await lines.next()
    if (line.done !== true) return line.value
    throw new TrespassError('no-answer', 'the questions were not answered, and nothing was written')
  }
  try {
    return await work(async (question, read) => {
      for (;;) {
        const answer = await answerTo(question)
        try {
          return read(answer)
        } catch (error) {
          if (!(error instanceof TrespassError)) throw error
          output.write(`  ${withEscapes(error.message, '\n')}\n`)
        }
      }
    })
  } finally {
    conversation.close()
  }
}
