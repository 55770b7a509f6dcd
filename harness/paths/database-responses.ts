import type { Answer, ResponsePattern } from './path.ts'
import { broken, denied, unknown, unusable } from './response-pattern.ts'

/**
 * Response patterns of PostgreSQL, for services that pass its code and message on. The lists are separate because such a service
 * has codes of its own, which are matched between them.
 */

export const recursivePolicy =
  'a policy refers to itself (42P17): the table fails for every role that policies apply to'
export const endlessRecursion = 'a function, policy or trigger calls itself without end (54001)'

/** Authorization, and the checks that PostgreSQL makes after it. */
export const refusals: readonly ResponsePattern[] = [
  denied('missing-grant', 'grant', (answer) => answer.code === '42501' && messageMatches(answer, deniedByPrivilege)),
  denied('not-owner', 'grant', (answer) => answer.code === '42501' && messageMatches(answer, /^must be owner of /)),
  denied('policy-check', 'rls', (answer) => answer.code === '42501' && messageMatches(answer, violatesPolicy)),
]

/** Comes behind everything that has another reason for 42501. */
export const raisedInsufficientPrivilege: ResponsePattern = denied(
  'raised-insufficient-privilege',
  'application',
  (answer) => answer.code === '42501',
)

/**
 * PostgreSQL checks constraints only after BEFORE triggers, grants and WITH CHECK (ExecInsert). 44000 is the check option of a
 * view, which comes last of all.
 */
export const constraint: ResponsePattern = denied('constraint', 'constraint', (answer) =>
  /^(23...|44000)$/.test(answer.code ?? ''),
)

/** Recursion that PostgreSQL detects in a policy, and recursion through functions that ends at the limit of the stack. */
export const recursions: readonly ResponsePattern[] = [
  broken('policy-recursion', recursivePolicy, (answer) => answer.code === '42P17'),
  broken('endless-recursion', endlessRecursion, (answer) => answer.code === '54001'),
]

/** Names that do not exist, in the request or in a function, a policy or a trigger that it runs. */
export const unknownNames: readonly ResponsePattern[] = [
  broken(
    'unknown-column',
    'a column does not exist (42703): the request, or a function, policy or trigger behind it, names it',
    (answer) => answer.code === '42703',
  ),
  broken(
    'unknown-function',
    'no function has this name and these argument types (42883): the request, or a function, policy or trigger behind it, calls it',
    (answer) => answer.code === '42883',
  ),
  broken(
    'unknown-relation',
    'a table does not exist (42P01): the request, or a function, policy or trigger behind it, names it',
    (answer) => answer.code === '42P01',
  ),
]

/**
 * Class 42 is a fault in SQL itself (an ambiguous column in a function, types that do not fit), which every caller meets at any
 * time. 42501 is a refusal; 428C9 and 42P10 are faults of the request's values.
 */
export const faultySql: ResponsePattern = broken(
  'faulty-sql',
  'an SQL statement of the request, or of a function, policy or trigger behind it, is faulty (class 42)',
  ({ code }) => /^42/.test(code ?? '') && !['42501', '428C9', '42P10'].includes(code ?? ''),
)

/** Answers after which the outcome is unknown. */
export const unknownOutcomes: readonly ResponsePattern[] = [
  unknown('statement-timeout', 'the statement timed out (57014)', (answer) => answer.code === '57014'),
  unknown('service-unavailable', 'the service or its database was not available', (answer) =>
    /^(PGRST00\d|PGRST300|08|53|57|58|XX|F0|HV)/.test(answer.code ?? ''),
  ),
  unknown('lost-a-race', 'the transaction lost against another (class 40)', (answer) => /^40/.test(answer.code ?? '')),
]

/** Every other class of codes by which PostgreSQL itself refuses a statement. */
export const invalidValue: ResponsePattern = unusable(
  'invalid-value',
  'a value does not fit its column or the statement',
  (answer) => /^(21|22|42|54|0A)/.test(answer.code ?? ''),
)

/** @returns true when the message of an answer matches a pattern. */
export function messageMatches(answer: Answer, pattern: RegExp): boolean {
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
