import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execute } from '../harness/engine/execute.ts'
import { RunRecords } from '../harness/engine/run-records.ts'
import { openRun } from '../harness/run/open-run.ts'

const migration = `
create table public.seats (id uuid primary key default gen_random_uuid(), label text, taken boolean not null default false);
alter table public.seats enable row level security;
grant select, insert, update, delete on public.seats to service_role;
create function public.take(seat uuid) returns void language plpgsql security definer set search_path = '' as $$
begin
  update public.seats set taken = true where id = seat and not taken;
  if not found then raise exception 'taken'; end if;
end $$;
grant execute on function public.take(uuid) to authenticated;
`

const matrix = `
matrix: seats
resource: { table: public.seats }
operations: { add: { insert: { label: "$run" } } }
expect: { "*": { "*": deny } }
`

/** The cost of rounds behind a gate, and the overlap that they reached. */
export interface ScenarioCosts {
  readonly rounds: number
  readonly contestants: number
  /** Milliseconds for all of them, with fixtures, state and sweep. */
  readonly took: number
  /** Milliseconds from the first invocation to the last return, over all rounds: the time of the requests themselves. */
  readonly contending: number
  /** Rounds at overlap level 3 or more. */
  readonly overlapped: number
}

/** Runs one contended transition, round after round. */
export async function scenarioRun(rounds: number, contestants: number): Promise<ScenarioCosts> {
  const root = await mkdtemp(join(tmpdir(), 'trespass-bench-'))
  try {
    const names = Array.from({ length: 4 }, (_, n) => `actor${n}`)
    const contest = Array.from({ length: contestants }, (_, n) => names[n % names.length]).join(', ')
    const scenario = `
scenario: one seat
recipe: contended
rounds: ${rounds}
resource: { function: public.take }
fixtures: { seat: { table: public.seats, values: { label: $unique } } }
operations: { take: { call: { seat: $seat.id } } }
contest: { take: [${contest}] }
gate: seat
expect: { winners: 1, losers: deny(application), final: { seat: { taken: true } } }
`
    await write(root, 'supabase/migrations/20260101000000_seats.sql', migration)
    await write(
      root,
      'matrices/actors.yaml',
      `actors:\n${names.map((name) => `  ${name}: { kind: authenticated }\n`).join('')}`,
    )
    await write(root, 'matrices/seats.matrix.yaml', matrix)
    await write(root, 'scenarios/seat.scenario.yaml', scenario)
    return await measured(root, rounds, contestants)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function measured(root: string, rounds: number, contestants: number): Promise<ScenarioCosts> {
  const run = await openRun({ root, onlyScenarios: ['*'], onProgress: () => undefined })
  const records = new RunRecords()
  const started = performance.now()
  await execute({ run, listener: records })
  const took = performance.now() - started
  await run.close('whole')
  const [result] = records.scenarios
  if (result?.record.verdict !== 'held') throw new Error(`the scenario was to be held: ${result?.record.because}`)
  const { overlap } = result.record
  const contending = overlap.rounds.reduce((sum, { round }) => {
    const own = result.history.filter((event) => event.kind === 'operation').filter((event) => event.round === round)
    const first = Math.min(...own.map(({ invokedAt }) => invokedAt))
    return sum + Math.max(...own.map(({ returnedAt }) => returnedAt)) - first
  }, 0)
  return { rounds, contestants, took, contending, overlapped: overlap.rounds.filter(({ level }) => level >= 3).length }
}

async function write(root: string, file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), text)
}
