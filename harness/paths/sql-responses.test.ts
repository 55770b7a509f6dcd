import { describe, expect, it } from 'vitest'
import { answerWith } from '../../test/support/example-answers.ts'
import type { Answer } from './path.ts'
import { responses } from './sql-responses.ts'

function faceOf(answer: Partial<Answer> & { readonly status: number }) {
  const found = responses.find((face) => face.matches(answerWith(answer), 'sql'))
  if (found === undefined) throw new Error('no face')
  const { means } = found
  return [found.name, means.kind === 'denied' ? means.layer : means.kind]
}

const refused = (code: string, message: string, routine = 'aclcheck_error') => ({
  ...{ status: 400, code, message },
  headers: { routine },
})

describe('a refusal', () => {
  it.each([
    ['28P01', 'password authentication failed for user "task_worker"', ['login-refused', 'unauthenticated']],
    ['28000', 'role "task_worker" is not permitted to log in', ['login-refused', 'unauthenticated']],
    ['42501', 'permission denied for table documents', ['missing-grant', 'grant']],
    ['42501', 'permission denied for schema private', ['missing-grant', 'grant']],
    ['42501', 'must be owner of table tasks', ['not-owner', 'grant']],
    ['42501', 'permission denied to set role "postgres"', ['missing-privilege', 'grant']],
    ['42501', 'new row violates row-level security policy for table "tasks"', ['policy-check', 'rls']],
    ['23505', 'duplicate key value violates unique constraint "tasks_pkey"', ['constraint', 'constraint']],
    ['44000', 'new row violates check option for view "open"', ['constraint', 'constraint']],
    ['42P17', 'infinite recursion detected in policy for relation "tasks"', ['policy-recursion', 'broken']],
    ['54001', 'stack depth limit exceeded', ['endless-recursion', 'broken']],
    ['57014', 'canceling statement due to statement timeout', ['statement-timeout', 'unknown']],
    ['57P01', 'terminating connection due to administrator command', ['service-unavailable', 'unknown']],
    ['53300', 'too many connections for role "task_worker"', ['service-unavailable', 'unknown']],
    ['08006', 'connection failure', ['service-unavailable', 'unknown']],
    ['40001', 'could not serialize access due to concurrent update', ['lost-a-race', 'unknown']],
    ['40P01', 'deadlock detected', ['lost-a-race', 'unknown']],
    ['55P03', 'could not obtain lock on row in relation "tasks"', ['lock-not-available', 'unknown']],
    ['42P01', 'relation "public.task" does not exist', ['unknown-relation', 'broken']],
    ['42703', 'column "state" does not exist', ['unknown-column', 'broken']],
    ['42883', 'function leave() does not exist', ['unknown-function', 'broken']],
    ['42702', 'column reference "id" is ambiguous', ['faulty-sql', 'broken']],
    ['3F000', 'schema "offices" does not exist', ['unknown-name', 'unusable']],
    ['428C9', 'cannot insert a non-DEFAULT value into column "id"', ['invalid-value', 'unusable']],
    ['25P02', 'current transaction is aborted', ['transaction-aborted', 'unusable']],
    ['22P02', 'invalid input syntax for type uuid: "x"', ['invalid-value', 'unusable']],
    ['42601', 'cannot insert multiple commands into a prepared statement', ['faulty-sql', 'broken']],
    ['25006', 'cannot execute UPDATE in a read-only transaction', ['refused-by-database', 'unusable']],
  ])('with %s, %s', (code, message, meaning) => {
    expect(faceOf(refused(code, message))).toEqual(meaning)
  })

  it.each([
    ['P0001', 'the lease is over', ['raised-by-project', 'application']],
    ['42501', 'not an editor', ['raised-insufficient-privilege', 'application']],
    ['55000', 'the task is done', ['raised-by-project', 'application']],
    ['42P17', 'no loops', ['raised-by-project', 'application']],
    ['42883', 'no such thing', ['raised-by-project', 'application']],
    ['28000', 'who are you', ['raised-by-project', 'application']],
  ])('that the project raises with %s is its own code’s', (code, message, meaning) => {
    expect(faceOf(refused(code, message, 'exec_stmt_raise'))).toEqual(meaning)
  })

  it('is none when no answer came', () => {
    expect(faceOf({ status: 0, message: 'ECONNRESET' })).toEqual(['no-answer', 'unknown'])
  })
})

describe('an answer without a row', () => {
  const done = (command: string, affected: string) => ({ status: 200, headers: { command, affected } })

  it.each(['SELECT', 'UPDATE', 'DELETE', 'MERGE'])('is filtered when %s found none', (command) => {
    expect(faceOf(done(command, '0'))).toEqual(['no-rows', 'filtered'])
    expect(faceOf(done(command, '1'))).toEqual(['done', 'done'])
  })

  it('is nothing that was filtered where no row was looked for', () => {
    expect(faceOf(done('INSERT', '0'))).toEqual(['done', 'done'])
    expect(faceOf({ status: 200, headers: { command: 'BEGIN' } })).toEqual(['done', 'done'])
  })
})
