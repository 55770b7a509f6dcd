import type { AccessPath, ResponsePattern } from '../path.ts'
import { postgrestMarking } from '../postgrest/marking.ts'
import { postgrestResponses } from '../postgrest/responses.ts'
import { attempt, complete, statement } from './attempt.ts'
import { verbs } from './verbs.ts'

/**
 * Response patterns of the Data API alone: row security filtered every row out of a request. PostgREST answers every statement
 * that it executes with `Content-Range` (Response.hs), so an empty list without one did not come from PostgREST.
 */
const emptyAnswers: readonly ResponsePattern[] = [
  {
    name: 'no-rows',
    matches: (answer, verb) =>
      ['select', 'update', 'delete'].includes(verb) &&
      answer.status === 200 &&
      answer.rows?.length === 0 &&
      answer.headers['content-range'] !== undefined,
    means: { kind: 'denied', layer: 'filtered' },
  },
]

/** Tables and views through PostgREST's `/rest/v1/<relation>`. */
export const dataApi: AccessPath = {
  name: 'data-api',
  sendsHeaders: true,
  resources: ['table', 'view'],
  verbs,
  responses: [...emptyAnswers, ...postgrestResponses],
  marking: postgrestMarking,
  attempt,
  complete,
  statement,
}
