import type { Answer } from '../path.ts'

/** The most rows of a further request. */
const pageSize = 1000
/** The most further requests of one kind. A row beyond them is not known to be withheld. */
const mostPages = 5

/** Sends the request for a part of the rows: from the first number to the second, both included. */
type RequestPage = (from: number, to: number) => Promise<Answer>

/**
 * Requests the rows that an answer may lack. PostgREST cuts a list at `db-max-rows` without saying so (references/configuration,
 * db-max-rows).
 *
 * @param ways each requests all rows that may be missing, page by page; the first that works to its end decides.
 * @param start by way, how many of its rows the first answer has already brought.
 */
export async function requestRemainingRows(
  answer: Answer,
  ways: readonly RequestPage[],
  start: readonly number[] = [],
): Promise<Answer> {
  let result = answer
  for (const [n, ask] of ways.entries()) {
    const asked = await pages(result, ask, start[n] ?? 0)
    result = asked.answer
    if (asked.ended) return result
  }
  return { ...result, cut: true }
}

async function pages(
  first: Answer,
  ask: RequestPage,
  start: number,
): Promise<{ readonly answer: Answer; readonly ended: boolean }> {
  let answer = first
  let from = start
  for (let page = 0; page < mostPages; page += 1) {
    const further = await ask(from, from + pageSize - 1)
    answer = joined(answer, further)
    if (further.status >= 300 || further.rows === null) return { answer, ended: false }
    if (further.rows.length === 0) return { answer, ended: true }
    from += further.rows.length
  }
  return { answer, ended: false }
}

function joined(answer: Answer, further: Answer): Answer {
  const rows = further.status < 300 ? further.rows : null
  const request = { request: further.request.path, status: further.status, rows: rows?.length ?? null }
  return {
    ...answer,
    rows: [...(answer.rows ?? []), ...(rows ?? [])],
    further: [...(answer.further ?? []), request],
  }
}
