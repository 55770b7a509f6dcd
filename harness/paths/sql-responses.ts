import {
  constraint,
  faultySql,
  invalidValue,
  raisedInsufficientPrivilege,
  recursions,
  refusals,
  unknownNames,
  unknownOutcomes,
} from './database-responses.ts'
import type { Answer, ResponsePattern } from './path.ts'
import { denied, unknown, unusable } from './response-pattern.ts'

/**
 * Response patterns of PostgreSQL for a role that is logged in to it. By convention the status of an answer is 200 for a
 * statement that was executed and 400 for one that was refused, with its SQLSTATE as the code.
 */
export const responses: readonly ResponsePattern[] = [
  unknown('no-answer', 'no answer came', (answer) => answer.status === 0),

  // Class 28: the password, the role itself, or pg_hba.conf.
  denied('login-refused', 'unauthenticated', (answer) => /^28/.test(answer.code ?? '') && !raised(answer)),

  ...refusals,
  { ...raisedInsufficientPrivilege, matches: (answer) => answer.code === '42501' && raised(answer) },
  // "permission denied to set role", "must be superuser to …": roles and their attributes are granted too.
  denied('missing-privilege', 'grant', (answer) => answer.code === '42501'),
  constraint,

  ...recursions.map(unlessRaised),
  ...unknownOutcomes,
  unknown('lock-not-available', 'a lock was not to be had at once (55P03)', (answer) => answer.code === '55P03'),

  ...unknownNames.map(unlessRaised),
  unusable('unknown-name', 'the database has no such schema: misspelt', (answer) => answer.code === '3F000'),
  unusable(
    'transaction-aborted',
    'an earlier statement of the transaction had failed',
    // COMMIT rolls back such a transaction, and only its command tag shows that.
    ({ code, headers, request }) =>
      code === '25P02' || (headers.command === 'ROLLBACK' && /^commit/i.test(request.path)),
  ),
  unlessRaised(faultySql),
  unlessRaised(invalidValue),
  denied(
    'raised-by-project',
    'application',
    (answer) => answer.status >= 400 && (raised(answer) || /^P0/.test(answer.code ?? '')),
  ),
  unusable('refused-by-database', 'the database cannot carry the statement out', (answer) => answer.status >= 400),

  {
    name: 'no-rows',
    matches: ({ headers }) =>
      ['SELECT', 'UPDATE', 'DELETE', 'MERGE'].includes(headers.command ?? '') && headers.affected === '0',
    means: { kind: 'denied', layer: 'filtered' },
  },
  { name: 'done', matches: (answer) => answer.status === 200, means: { kind: 'done' } },
]

/** The project's own code may raise any code, which is then its refusal and no defect. */
function unlessRaised(face: ResponsePattern): ResponsePattern {
  return { ...face, matches: (answer, verb) => !raised(answer) && face.matches(answer, verb) }
}

/** The server's routine in the error identifies RAISE: `exec_stmt_raise` (PL/pgSQL, pl_exec.c). */
function raised({ headers }: Answer): boolean {
  return headers.routine === 'exec_stmt_raise'
}
