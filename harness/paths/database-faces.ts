import { denied, unknown, unusable } from './face.ts'
import type { Answer, Face } from './path.ts'

/**
 * How PostgreSQL shows each meaning, to whoever hands its code and message on. The lists are apart because a service in
 * front of it has codes of its own, some of which come between.
 */

/** What authorizes, and what is looked at after it. */
export const refusals: readonly Face[] = [
  denied('missing-grant', 'grant', (answer) => answer.code === '42501' && says(answer, deniedByPrivilege)),
  denied('not-owner', 'grant', (answer) => answer.code === '42501' && says(answer, /^must be owner of /)),
  denied('policy-check', 'rls', (answer) => answer.code === '42501' && says(answer, violatesPolicy)),
]

/** Comes behind everything that has another reason for 42501. */
export const raisedInsufficientPrivilege: Face = denied(
  'raised-insufficient-privilege',
  'application',
  (answer) => answer.code === '42501',
)

/**
 * Looked at only after BEFORE triggers, grants and WITH CHECK (PostgreSQL, ExecInsert). 44000 is the check option of a
 * view, which comes last of all.
 */
export const constraint: Face = denied('constraint', 'constraint', (answer) =>
  /^(23...|44000)$/.test(answer.code ?? ''),
)

/** Answers after which nobody knows what happened. */
export const doubts: readonly Face[] = [
  unknown(
    'policy-recursion',
    'a policy refers to itself (42P17): the table is broken for everyone',
    (answer) => answer.code === '42P17',
  ),
  unknown('statement-timeout', 'the statement timed out (57014)', (answer) => answer.code === '57014'),
  unknown('service-unavailable', 'the service or its database was not available', (answer) =>
    /^(PGRST00\d|PGRST300|08|53|57|58|XX|F0|HV)/.test(answer.code ?? ''),
  ),
  unknown('lost-a-race', 'the transaction lost against another (class 40)', (answer) => /^40/.test(answer.code ?? '')),
]

/** Every other class of codes by which PostgreSQL itself refuses a statement. */
export const invalidValue: Face = unusable(
  'invalid-value',
  'a value does not fit its column or the statement',
  (answer) => /^(21|22|42|54|0A)/.test(answer.code ?? ''),
)

/** @returns whether the message of an answer has a form. */
export function says(answer: Answer, pattern: RegExp): boolean {
  return pattern.test(answer.message ?? '')
}

/** The kinds of things that PostgreSQL names (aclchk.c, aclcheck_error); a project's own sentence may begin alike. */
const deniedByPrivilege = new RegExp(
  `^permission denied for (${[
    'table|column|view|materialized view|foreign table|relation|sequence|schema|database|language|large object',
    'function|procedure|routine|aggregate|type|domain|operator|foreign server|foreign-data wrapper|parameter',
  ].join('|')}) `,
)

/** `new row` of INSERT and UPDATE, `target row` of MERGE; a restrictive policy is named (execMain.c). */
const violatesPolicy = /^(new|target) row violates row-level security policy\b/
