import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execute } from '../../harness/engine/execute.ts'
import { RunRecords } from '../../harness/engine/run-records.ts'
import type { ScenarioRecord } from '../../harness/model/scenario.ts'
import { openRun } from '../../harness/run/open-run.ts'
import type { Run } from '../../harness/run/run.ts'
import { makeWorkspace } from '../workspace.ts'

const table = (name: string, isOpen: string) => `
create table public.${name} (
  id uuid primary key default gen_random_uuid(),
  label text not null,
  status text not null default 'free',
  uses integer not null default 0
);
alter table public.${name} enable row level security;
grant select, insert, update, delete on public.${name} to authenticated, service_role;
create policy "everyone sees" on public.${name} for select to authenticated using (true);
create policy "everyone takes" on public.${name} for update to authenticated using (${isOpen}) with check (true);
create policy "everyone removes" on public.${name} for delete to authenticated using (true);
`

const called = (name: string, where: string) => `
create function public.${name}(ticket uuid) returns void language sql security definer set search_path = '' as $$
  update public.tickets set status = 'taken', uses = uses + 1 where id = ticket and ${where}
$$;
grant execute on function public.${name}(uuid) to authenticated;
`

const migration = [
  table('tickets', "status = 'free'"),
  table('open_tickets', 'true'),
  called('take', "status = 'free'"),
  called('take_blindly', 'true'),
].join('\n')

const scenario = (name: string, resource: string, on: string, operation: string, final: string) => `
scenario: ${name}
recipe: contended
resource: ${resource}
invariants: { TICKET-1: A ticket is taken once. }
proves: [TICKET-1]
fixtures:
  ticket: { table: public.${on}, values: { label: "$unique" } }
operations:
  take: ${operation}
contest: { take: [alice, bob, carol] }
gate: ticket
rounds: 2
expect:
  winners: 1
  losers: deny(filtered)
  final: ${final}
`

const taken = '{ ticket: { status: taken } }'
const gone = '{ rows: { table: public.tickets, where: { id: $ticket.id }, count: 0 } }'
const update = '{ update: ticket, set: { status: taken } }'
const call = '{ call: { ticket: $ticket.id } }'

const { root, remove } = makeWorkspace({
  'supabase/migrations/20260101000000_tickets.sql': migration,
  'matrices/actors.yaml':
    'actors: { alice: { kind: authenticated }, bob: { kind: authenticated }, carol: { kind: authenticated } }',
  'matrices/tickets.matrix.yaml': `
matrix: tickets
resource: { table: public.tickets }
fixtures: { ticket: { label: "$run" } }
operations: { see: { select: ticket } }
expect: { "*": { see: allow } }
`,
  'scenarios/update.scenario.yaml': scenario('update', '{ table: public.tickets }', 'tickets', update, taken),
  'scenarios/open.scenario.yaml': scenario(
    'update of an open table',
    '{ table: public.open_tickets }',
    'open_tickets',
    update,
    taken,
  ),
  'scenarios/delete.scenario.yaml': scenario(
    'delete',
    '{ table: public.tickets }',
    'tickets',
    '{ delete: ticket }',
    gone,
  ),
  'scenarios/call.scenario.yaml': scenario('call', '{ function: public.take }', 'tickets', call, taken),
  'scenarios/blind.scenario.yaml': scenario('blind call', '{ function: public.take_blindly }', 'tickets', call, taken),
})
afterAll(remove)

/** @param marked the access paths whose changes are read from the write-ahead log; by default those of the target. */
async function recordsOf(marked?: readonly string[]): Promise<ReadonlyMap<string, ScenarioRecord>> {
  const opened = await openRun({ root, onlyScenarios: ['*'], onProgress: () => undefined })
  const run: Run = marked === undefined ? opened : { ...opened, context: { ...opened.context, marked } }
  const records = new RunRecords()
  await execute({ run, listener: records })
  await opened.close('whole')
  expect(records.failures).toEqual([])
  return new Map(records.scenarios.map(({ record }) => [record.id, record]))
}

describe('where the write-ahead log is read', () => {
  let records: ReadonlyMap<string, ScenarioRecord>

  beforeAll(async () => {
    records = await recordsOf()
  }, 120_000)

  test.each([
    ['update', 'held'],
    ['delete', 'held'],
    ['call', 'held'],
    ['update of an open table', 'breach'],
    ['blind call', 'breach'],
  ])(
    'the winners of a race by %s with empty answers are those with a transaction that changed the row: %s',
    (name, verdict) => {
      expect(records.get(name)).toMatchObject({ verdict, overlap: { reached: 4 } })
    },
  )
})

describe('where the write-ahead log is not read', () => {
  let records: ReadonlyMap<string, ScenarioRecord>

  beforeAll(async () => {
    records = await recordsOf([])
  }, 120_000)

  test.each([
    ['update', 'held'],
    ['update of an open table', 'breach'],
  ])('PostgREST states the rows of a race by %s: %s', (name, verdict) => {
    expect(records.get(name)?.verdict).toBe(verdict)
  })

  test.each(['delete', 'call', 'blind call'])('a race by %s is inconclusive and names the way out', (name) => {
    expect(records.get(name)?.verdict).toBe('inconclusive')
    expect(records.get(name)?.because).toMatch(/^Whether .+ won is not known: .+ Add `returning: representation`/)
  })
})
