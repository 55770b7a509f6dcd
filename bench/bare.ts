import pLimit from 'p-limit'
import type { RunContext } from '../harness/cells/context.ts'
import type { Journal } from '../harness/fixtures/journal.ts'
import type { JsonObject } from '../harness/json.ts'
import type { CellRecord } from '../harness/model/record.ts'
import type { Witness } from '../harness/witness/witness.ts'

const table = 'public.documents'

/**
 * Puts the rows back that the requests of a run were about, so that the same requests find what they found then.
 *
 * @param records of the cells of the bench's own matrix.
 */
export async function restoreRows(
  context: RunContext,
  witness: Witness,
  journal: Pick<Journal, 'append'>,
  records: readonly CellRecord[],
): Promise<void> {
  const rows = new Map<string, JsonObject>()
  for (const { actor, outcome } of records) {
    for (const [id] of (outcome?.request ?? '').matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)) {
      const owner = outcome?.reading?.seen?.includes('own') === true || outcome?.status === 204 ? actor : 'owner'
      rows.set(id, { id, owner_id: context.sessions[owner]?.user?.id ?? null, title: 'again' })
    }
  }
  await witness.insert({ table, keyColumns: ['id'], rows: [...rows.values()] }, (keys) =>
    journal.append(keys.map(({ key }) => ({ made: 'row', table, key }))),
  )
}

/**
 * Sends the requests of a run once more: plain `fetch`, the same credentials, the same concurrency, nothing judged.
 *
 * @returns milliseconds for all of them.
 */
export async function bareRequests(context: RunContext, records: readonly CellRecord[]): Promise<number> {
  const limit = pLimit(context.concurrency.start)
  const start = performance.now()
  await Promise.all(records.map((record) => limit(() => send(context, record))))
  return performance.now() - start
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
