import type { Answer } from '../path.ts'
import { answerOf, noAnswer } from './answer.ts'
import { exchange } from './client.ts'

/**
 * Sends one request and reads its answer.
 *
 * @param request builds and starts the request with a client of `clientOf`.
 */
export async function send(request: () => PromiseLike<{ error: unknown }>): Promise<Answer> {
  const startedAt = performance.now()
  const result = await exchange(request)
  return 'status' in result ? answerOf(result, startedAt) : noAnswer(result.departure, result.why, startedAt)
}

/**
 * A refused HEAD has no body, and before PostgREST 13 no header that names the reason either: the same caller then asks
 * the same by GET, and the reason is taken from there.
 *
 * @param ask sends the request by HEAD or by GET.
 */
export async function sendHead(ask: (head: boolean) => Promise<Answer>): Promise<Answer> {
  const answer = await ask(true)
  if (answer.status < 400 || answer.code !== null) return answer
  const { code, message, details, hint } = await ask(false)
  return { ...answer, code, message, details, hint }
}
