import { z } from 'zod'
import { TrespassError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import { didYouMean } from '../../message-text.ts'
import type { DatabaseLogin } from '../../model/session.ts'
import { effectKeys, effectsOf } from '../declared-effects.ts'
import type { AccessPath, Footprint, MissingResource, OwnWrite, Statement } from '../path.ts'
import { Connection, NoReply } from '../postgres/connection.ts'
import { unusable } from '../response-pattern.ts'
import { responses } from '../sql-responses.ts'

const { changes, removes, adds } = effectKeys('job')

/** A run of a job, as a matrix writes it. */
export const schema = z
  .strictObject({ run: z.literal('once').describe('runs the command of the job once'), changes, removes, adds })
  .refine((body) => [body.changes, body.removes, body.adds].some((effect) => effect !== undefined), {
    path: ['run'],
    message: 'an effect: `changes`, `removes` or `adds`',
  })

/** Milliseconds to read the list of jobs. */
const listTimeout = 10_000

/**
 * Jobs of pg_cron. The command runs as the owner of the job in a transaction that is rolled back, so that it changes no row
 * that the run did not make.
 */
export const jobs: AccessPath = {
  name: 'jobs',
  resources: ['job'],
  resourceName: z.string().min(1),
  callers: ['scheduler'],
  verbs: { run: { schema, exercises: ['call'], footprint } },
  responses: [
    unusable(
      'ends-transaction',
      'the job ends its transaction itself, or has to run outside of one, so that it cannot be rolled back',
      ({ code, message }) =>
        code === '2D000' || code === '25001' || (code === '0A000' && /transaction commands/.test(message ?? '')),
    ),
    ...responses,
  ],
  isRolledBack: true,
  unavailable: ({ databaseUrl, isDatabaseUntied }) =>
    databaseUrl === null || isDatabaseUntied === true
      ? 'a job is run in the database: set TRESPASS_DATABASE_URL, to the database of this project'
      : null,
  findMissing: ({ name }, { database, patience = listTimeout }) =>
    database === undefined ? Promise.resolve(null) : absenceOf(name, database, patience),
  attempt() {
    throw new TrespassError('no-owner', 'a job runs as its owner, which no session is: only a matrix runs one')
  },
  statement: ({ resource, body, targets }): Statement => {
    const given = schema.parse(body)
    const target = (name: string) => targets.find((row) => row.name === name)
    const writes = [
      ...Object.entries(given.changes ?? {}).map(([name, set]) => ({ row: target(name), set })),
      ...(given.removes ?? []).map((name) => ({ row: target(name), set: null })),
    ].flatMap(({ row, set }): OwnWrite[] => (row === undefined ? [] : [{ table: row.table, key: row.key, set }]))
    return { kind: 'job', name: resource.name, writes }
  },
  controls: () => false,
}

function footprint(body: JsonObject): Footprint {
  return { ...effectsOf(schema.parse(body)), readOnly: false, arguments: [] }
}

const listed = z.array(z.tuple([z.string(), z.string().nullable(), z.enum(['t', 'f'])]))

/** pg_cron allows a name to one job of each owner, and runs no job that is not active. */
async function absenceOf(name: string, login: DatabaseLogin, timeoutMs: number): Promise<MissingResource | null> {
  const connection = new Connection(login, timeoutMs)
  try {
    const reply = await connection.run(
      'select username, jobname, active from cron.job where database = current_database()',
      [],
    )
    if ('refused' in reply) {
      const found = `no list of jobs: ${reply.refused.message}`
      return {
        found,
        expected: 'the extension pg_cron, and a database user that reads `cron.job`',
        hint: 'See docs/extensions.md.',
      }
    }
    const known = listed.parse(reply.result.rows)
    const [job, ...others] = known.filter(([, jobname]) => jobname === name)
    const expected = 'one active job of this name in `cron.job`'
    if (job === undefined) {
      const names = known.flatMap(([, jobname]) => (jobname === null ? [] : [jobname]))
      const hint = didYouMean(name, names) ?? 'A migration makes it: select cron.schedule(name, schedule, command).'
      return { found: `no job \`${name}\``, expected, hint }
    }
    if (others.length > 0) {
      const owners = [job, ...others].map(([owner]) => owner).join(', ')
      return {
        found: `${others.length + 1} jobs \`${name}\`, of ${owners}`,
        expected,
        hint: 'Give each a name of its own.',
      }
    }
    if (job[2] === 'f') {
      const hint = 'Activate it with cron.alter_job, or remove its matrix.'
      return { found: `the job \`${name}\`, which is not active`, expected, hint }
    }
    return null
  } catch (error) {
    if (!(error instanceof NoReply)) throw error
    throw new TrespassError('database-unreachable', `the list of jobs could not be read: ${error.message}`)
  } finally {
    await connection.close()
  }
}
