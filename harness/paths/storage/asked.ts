import type { Exchange } from './client.ts'

/**
 * Asks on the witness's behalf. A connection that was kept open may have been closed at the other end by now; to ask
 * changes nothing, so a question that nobody answered is asked once more. Never for an actor: its attempt is the outcome.
 */
export async function asked(question: () => Promise<Exchange>): Promise<Exchange> {
  const answer = await question()
  return answer.status === 0 ? question() : answer
}
