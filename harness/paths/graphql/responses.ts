import { isList, isObject, type Json } from '../../json.ts'
import { messageMatches } from '../database-responses.ts'
import type { Answer, ResponsePattern } from '../path.ts'
import { denied, unknown, unusable } from '../response-pattern.ts'
import { webResponses } from '../web/responses.ts'

/**
 * Response patterns of pg_graphql. It answers an error with status 200 and a message alone: `graphql.resolve` catches PostgreSQL's
 * error, rolls the statement back and passes its text on without its code (github.com/supabase/pg_graphql, `sql/resolve.sql`).
 * PostgREST in front of it has statuses and codes of its own.
 */
export const graphqlResponses: readonly ResponsePattern[] = [
  unusable(
    'no-graphql',
    'the project has not enabled pg_graphql, or does not expose the schema graphql_public',
    (answer) => {
      return (
        messageMatches(answer, /^pg_graphql extension is not enabled/) || /^PGRST(?:202|106)$/.test(answer.code ?? '')
      )
    },
  ),
  denied('policy-check', 'rls', (answer) => fails(answer, /^new row violates row-level security policy\b/)),
  denied('missing-grant', 'grant', (answer) => fails(answer, /^permission denied for [a-z -]+ "?[^ ]+"?$/)),
  // An object on which the role has no privilege is not part of the role's schema (`docs/security.md`). A misspelt name looks the
  // same, and no control works then.
  denied('unknown-field', 'grant', (answer) => fails(answer, /^(?:Unknown field ["'].+["'] on type |Unknown type )/)),
  denied('constraint', 'constraint', (answer) =>
    fails(
      answer,
      /^(?:duplicate key value violates|null value in column .+ violates|(?:insert or )?update or delete on table .+ violates|insert or update on table .+ violates|new row for relation .+ violates)/,
    ),
  ),
  denied('too-many-records', 'limit', (answer) => fails(answer, /^(?:update|delete) impacts too many records$/)),
  unknown('statement-timeout', 'the statement timed out', (answer) => fails(answer, /^canceling statement due to /)),
  unusable('graphql-error', 'the query is refused with an error that is no refusal of the caller', (answer) =>
    fails(answer, /(?:)/),
  ),
  denied('no-rows', 'filtered', (answer) => answer.status === 200 && isEmpty(answer.value)),
  ...webResponses,
]

/** True for an error of pg_graphql itself. */
function fails(answer: Answer, pattern: RegExp): boolean {
  return answer.status === 200 && answer.message !== null && messageMatches(answer, pattern)
}

/** True when no field of an answer holds anything: no edge, no record, no value. */
function isEmpty(value: Json): boolean {
  const data = isObject(value) ? value.data : undefined
  return isObject(data) && Object.values(data).every(isEmptyField)
}

function isEmptyField(field: Json): boolean {
  if (field === null) return true
  if (!isObject(field)) return false
  const lists = [field.edges, field.records].filter(isList)
  return lists.length > 0 && lists.every((list) => list.length === 0) && (field.affectedCount ?? 0) === 0
}
