import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { stringify } from 'yaml'
import type { RunContext } from '../harness/cells/context.ts'
import { execute } from '../harness/engine/execute.ts'
import { RunRecords } from '../harness/engine/run-records.ts'
import { openJournal } from '../harness/fixtures/journal.ts'
import type { CellRecord } from '../harness/model/record.ts'
import { openRun } from '../harness/run/open-run.ts'
import { openWitness } from '../harness/run/open-witness.ts'

const actors = 20
const objects = '/storage/v1/object/files/'

const migration = `
insert into storage.buckets (id, name) values ('files', 'files');
create policy "owners" on storage.objects for all to authenticated
  using (bucket_id = 'files' and (storage.foldername(name))[1] = (select auth.uid())::text);
`

/** The time of cells of Storage and of the same requests alone, in milliseconds. */
export interface StorageCosts {
  readonly cells: number
  readonly judged: number
  readonly bare: number
}

/**
 * Runs a matrix of Storage, half of it writes, and sends the same requests once more.
 *
 * @param cells a multiple of 80: four kinds of operations by 20 actors.
 */
export async function storageRun(cells: number): Promise<StorageCosts> {
  const root = await mkdtemp(join(tmpdir(), 'trespass-bench-'))
  try {
    await storageWorkspace(root, cells / actors)
    const run = await openRun({ root, onProgress: () => undefined })
    const listener = new RunRecords()
    const started = performance.now()
    await execute({ run, listener })
    const judged = performance.now() - started
    const { cells: records } = listener
    const held = records.filter(({ verdict }) => verdict === 'held').length
    if (held !== cells) throw new Error(`${held} of ${cells} cells of Storage held`)
    const witness = await openWitness(run.context.target)
    const journal = openJournal({ workspace: root, run: run.context.runId, alias: run.context.target.alias })
    const table = 'storage.objects'
    const names = records.flatMap(({ outcome }) => (outcome?.method === 'POST' ? [] : [nameIn(outcome?.request ?? '')]))
    const rows = [...new Set(names)].map((name) => ({ bucket_id: 'files', name, content: 'again' }))
    await witness.insert({ table, keyColumns: ['bucket_id', 'name'], rows }, (keys) =>
      journal.append(keys.map(({ key }) => ({ made: 'row', table, key }))),
    )
    const bare = await bareRequests(run.context, records)
    await witness.close()
    journal.close()
    await run.close('whole')
    return { cells, judged, bare }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

function nameIn(request: string): string {
  return decodeURIComponent(request.slice(objects.length))
}

async function bareRequests(context: RunContext, records: readonly CellRecord[]): Promise<number> {
  const limit = pLimit(context.concurrency.start)
  const start = performance.now()
  await Promise.all(
    records.map(({ actor, outcome }) =>
      limit(async () => {
        const session = context.sessions[actor]
        if (outcome === null || session === undefined) throw new Error(`${actor} sent nothing`)
        const { method, request } = outcome
        const response = await fetch(`${context.target.endpoint.url}${request}`, {
          method,
          headers: { apikey: session.apiKey ?? '', authorization: `Bearer ${session.token ?? ''}` },
          ...(method === 'POST' || method === 'PUT' ? { body: 'bytes' } : {}),
        })
        await response.arrayBuffer()
      }),
    ),
  )
  return performance.now() - start
}

async function storageWorkspace(root: string, operations: number): Promise<void> {
  await mkdir(join(root, 'matrices'))
  await mkdir(join(root, 'supabase', 'migrations'), { recursive: true })
  await writeFile(join(root, 'supabase', 'migrations', '20260101000000_files.sql'), migration)
  const names = ['owner', ...Array.from({ length: actors - 1 }, (_, n) => `actor ${n + 1}`)]
  const roster = { actors: Object.fromEntries(names.map((name) => [name, { kind: 'authenticated' }])) }
  await writeFile(join(root, 'matrices', 'actors.yaml'), stringify(roster))
  await writeFile(join(root, 'matrices', 'files.matrix.yaml'), stringify(matrix(operations)))
}

function matrix(operations: number): object {
  const kinds = [
    (n: number) => [`read own ${n}`, { download: 'own' }],
    (n: number) => [`upload ${n}`, { upload: { name: `$actor.id/new-${n}-$unique.txt`, content: 'bytes' } }],
    (n: number) => [`read theirs ${n}`, { download: 'theirs' }],
    (n: number) => [`overwrite theirs ${n}`, { overwrite: 'theirs', content: 'bytes' }],
  ]
  const declared = Array.from({ length: operations }, (_, n) => kinds[n % kinds.length]?.(n) ?? [])
  const own = declared.map(([name]) => String(name)).filter((name) => !name.includes('theirs'))
  const reads = declared.map(([name]) => String(name)).filter((name) => name.startsWith('read theirs'))
  return {
    matrix: 'files',
    resource: { bucket: 'files' },
    fixtures: {
      own: { name: '$actor.id/own-$unique.txt', content: 'mine' },
      theirs: { name: '$owner.id/theirs-$unique.txt', content: 'theirs' },
    },
    operations: Object.fromEntries(declared),
    expect: {
      owner: { '*': 'allow' },
      '*': {
        ...Object.fromEntries(own.map((name) => [name, 'allow'])),
        ...Object.fromEntries(reads.map((name) => [name, 'deny(filtered)'])),
        '*': 'deny(rls)',
      },
    },
  }
}
