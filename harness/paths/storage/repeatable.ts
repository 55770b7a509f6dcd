import type { Exchange } from './client.ts'

/**
 * Sends a request of the witness. The other end may have closed an idle connection, and the request changes nothing, so it is
 * sent once more when no answer came. Never used for an actor: its first response is the outcome.
 */
export async function sendRepeatable(question: () => Promise<Exchange>): Promise<Exchange> {
  const answer = await question()
  return answer.status === 0 ? question() : answer
}
