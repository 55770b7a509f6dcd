import type { Answer, Call } from '../path.ts'
import { answerOf, noAnswer } from './answer.ts'
import { exchange } from './client.ts'

/**
 * Sends one request and reads its answer.
 *
 * @param request builds the request with a client of `clientOf`, and gives it the signal.
 * @param call its headers, and its mark; without the mark where PostgREST runs the request in a transaction that cannot
 *   write.
 */
export async function send(
  request: (signal: AbortSignal) => PromiseLike<{ error: unknown }>,
  call: Pick<Call, 'mark' | 'headers'> = {},
): Promise<Answer> {
  const startedAt = performance.now()
  const result = await exchange(request, call)
  return 'status' in result ? answerOf(result, startedAt) : noAnswer(result.departure, result.why, startedAt)
}

/**
 * A refused HEAD has no body. Since PostgREST 13 a header holds the code, and without the message a missing grant looks like a
 * policy: the same caller then sends the request by GET, whose answer has the reason.
 *
 * @param ask sends the request by HEAD or by GET.
 */
export async function sendHead(ask: (head: boolean) => Promise<Answer>): Promise<Answer> {
  const answer = await ask(true)
  if (answer.status < 400 || answer.status === 429) return answer
  const { code, message, details, hint } = await ask(false)
  if (answer.code !== null && answer.code !== code) return answer
  return { ...answer, code, message, details, hint }
}
