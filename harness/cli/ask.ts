import { createInterface } from 'node:readline'
import { TrespassError } from '../errors.ts'
import { withEscapes } from '../invisible.ts'

/** Asks the user a question. An invalid answer prints the reason and repeats the question. */
export type Ask = (question: string, read: (answer: string) => string) => Promise<string>

/**
 * Opens an interactive session on the terminal. Questions go to standard error.
 *
 * @throws TrespassError `no-answer`, from a question, if the user ends the session.
 */
export async function withQuestions<T>(
  { input, output }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const conversation = createInterface({ input, output })
  // Buffers lines that arrive before their question, such as pasted ones.
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
