import pLimit from 'p-limit'
import type { RunContext } from '../harness/cells/context.ts'
import type { Journal } from '../harness/fixtures/journal.ts'
import type { JsonObject } from '../harness/json.ts'
import type { CellRecord } from '../harness/model/record.ts'
import type { Witness } from '../harness/witness/witness.ts'

/**
 * Restores the rows that the requests of a run used, so that the same requests meet the same state.
 *
 * @param records of the cells of the bench's own matrices.
 */
export async function restoreRows(
  context: RunContext,
  witness: Witness,
  journal: Pick<Journal, 'append'>,
  records: readonly CellRecord[],
): Promise<void> {
  const tables = new Map<string, Map<string, JsonObject>>()
  for (const { actor, resource, outcome } of records) {
    const table = resource.replace(/^table /, '')
    const rows = tables.get(table) ?? new Map<string, JsonObject>()
    tables.set(table, rows)
    for (const [id] of (outcome?.request ?? '').matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)) {
      const owner = outcome?.reading?.seen?.includes('own') === true || outcome?.status === 204 ? actor : 'owner'
      rows.set(id, { id, owner_id: context.sessions[owner]?.user?.id ?? null, title: 'again' })
    }
  }
  for (const [table, rows] of tables) {
    await witness.insert({ table, keyColumns: ['id'], rows: [...rows.values()] }, (keys) =>
      journal.append(keys.map(({ key }) => ({ made: 'row', table, key }))),
    )
  }
}

/** Repeats the requests of a run with plain `fetch`, the same credentials and the same concurrency, and judges nothing. */
export async function bareRequests(context: RunContext, records: readonly CellRecord[]): Promise<void> {
  const limit = pLimit(context.concurrency.start)
  await Promise.all(records.map((record) => limit(() => send(context, record))))
}

async function send(context: RunContext, { actor, outcome }: CellRecord): Promise<void> {
  const session = context.sessions[actor]
  if (outcome === null || session === undefined) throw new Error(`${actor} sent nothing`)
  const response = await fetch(`${context.target.endpoint.url}${outcome.request}`, {
    method: outcome.method,
    headers: {
      apikey: session.apiKey ?? '',
      authorization: `Bearer ${session.token ?? ''}`,
      'content-type': 'application/json',
      ...(outcome.prefer === null ? {} : { prefer: outcome.prefer }),
    },
    ...(outcome.body === null ? {} : { body: JSON.stringify(outcome.body) }),
  })
  await response.text()
}
