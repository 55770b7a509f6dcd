import type { JsonObject } from '../../json.ts'
import type { Effect } from '../../model/verdict.ts'
import { divided } from '../../qualified-name.ts'
import type { Answer, Call, TargetRow } from '../path.ts'
import { Asking } from './answer.ts'
import { changeAsTold, changeOf, changeTypes, removalSince } from './changes.ts'
import { type Twin, twinFor } from './company.ts'
import type { Caller } from './line.ts'
import { newMark } from './messages.ts'
import type { Change } from './notices.ts'
import type { ChangesWanted, Room } from './room.ts'
import { patience } from './timing.ts'
import { schemas } from './verbs.ts'
import type { Visit } from './visit.ts'

type Body = ReturnType<(typeof schemas)['subscribe']['parse']>

const untouched: Effect = { kind: 'standing' }

/**
 * Subscribes to the changes of a table and listens for that of one row. The subscription is open only after the service's own
 * message about it: Realtime answers a join before there is a subscription.
 */
export async function subscribe(visit: Visit, caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.subscribe.parse(call.body)
  const { through } = body
  const asking = new Asking('SUBSCRIBE', call.resource.name, sent(body))
  const room = { topic: through ?? `trespass-${newMark()}`, private: through !== undefined }
  const [joining, twin] = await Promise.all([
    visit.join(caller, { ...room, changes: wantedBy(body, call.resource.name) }),
    twinOf(visit, call),
  ])
  if (joining.kind !== 'joined') return asking.notJoined(joining, { caught: untouched })
  const refusal = await notOpened(asking, joining.room)
  if (refusal !== null) return refusal
  await call.meanwhile()
  return await changeHeard(asking, call, body, joining.room, twin)
}

/** Subscribed to everything of the table, with the secret key. */
async function twinOf(visit: Visit, call: Call): Promise<Twin> {
  const changes = [{ event: '*' as const, ...tableOf(call.resource.name) }]
  const twin = await twinFor(visit, call, { topic: `trespass-${newMark()}`, private: true, changes })
  if (twin.room === null) return twin
  const opening = await opened(twin.room)
  if (typeof opening !== 'string' && opening.ok) return twin
  const why = typeof opening === 'string' ? 'the subscription with the secret key did not open' : opening.message
  return { room: null, why }
}

/** The tested change, and any removal: every subscriber receives removals, so one can end the wait. */
function wantedBy({ on, filter, columns }: Body, table: string): readonly ChangesWanted[] {
  const any: ChangesWanted = { event: 'DELETE', ...tableOf(table) }
  const tested: ChangesWanted = {
    event: changeTypes[on],
    ...tableOf(table),
    ...(filter === undefined ? {} : { filter }),
    ...(columns === undefined ? {} : { select: [...columns] }),
  }
  return on === 'delete' && filter === undefined && columns === undefined ? [tested] : [tested, any]
}

function tableOf(name: string): { readonly schema: string; readonly table: string } {
  const { schema, name: table } = divided(name)
  return { schema, table }
}

function sent({ on, filter, columns, through }: Body): JsonObject {
  return {
    event: changeTypes[on],
    ...(filter === undefined ? {} : { filter }),
    ...(columns === undefined ? {} : { select: columns }),
    private: through !== undefined,
  }
}

function opened(room: Room) {
  return room.until(
    (notice) => (notice.kind === 'system' && notice.extension === 'postgres_changes' ? notice : undefined),
    patience.subscription,
  )
}

/** @returns null when the subscription is open. */
async function notOpened(asking: Asking, own: Room): Promise<Answer | null> {
  const opening = await opened(own)
  if (typeof opening === 'string') {
    return asking.missing(own, opening, 'the subscription did not open', { caught: untouched })
  }
  if (opening.ok) return null
  return asking.answer({ code: 'postgres_changes', message: opening.message, caught: untouched })
}

/**
 * Listens until the change has come, or a later removal of the same row. Every subscriber of the table receives removals
 * (Realtime, apply_rls), after everything that was committed before.
 */
async function changeHeard(asking: Asking, call: Call, body: Body, own: Room, twin: Twin): Promise<Answer> {
  const [target] = call.targets
  if (target === undefined) throw new Error('the subscription is about no row')
  const type = changeTypes[body.on]
  const known = twin.room === null ? null : await twin.room.until(changeOf(type, target), patience.change)
  if (known === null || typeof known === 'string') {
    const wait = known === null ? patience.change : 0
    const heard = await own.until(changeAsTold(type, target, null), wait)
    if (typeof heard !== 'string') return contentOf(asking, heard.change)
    const why = known === null ? twin.why : 'the control did not receive the change either'
    return asking.missing(own, heard, why, { caught: { kind: 'unread', why } })
  }
  const look = changeAsTold(type, target, known.change)
  const early = own.find(look)
  if (early !== undefined) return contentOf(asking, early.change)
  const behind = await removalBehind(call, target, twin.room)
  if (behind === null) return asking.answer({ silence: 'unproven', details: removalLost, caught: untouched })
  const passed = await own.until(removalSince(behind), patience.change)
  const unanswered = typeof passed === 'string' ? passed : await own.fence()
  const late = own.find(look)
  if (late !== undefined) return contentOf(asking, late.change)
  if (unanswered !== null) return asking.missing(own, unanswered, removalLost, { caught: untouched })
  return asking.answer({ silence: 'proven', caught: untouched })
}

const removalLost = 'the removal behind it was not heard of'

/** Removes the row and waits until the secret key's channel has received that. @returns null when it has not. */
async function removalBehind(call: Call, target: TargetRow, twin: Room | null): Promise<Change | null> {
  const from = twin?.mark ?? 0
  await call.afterwards()
  const removed = await twin?.until(changeOf('DELETE', target), patience.change, from)
  return removed === undefined || typeof removed === 'string' ? null : removed.change
}

/** The parts of the change that came. An error takes the place of the row, or of most of it. */
function contentOf(asking: Asking, { type, record, old, errors }: Change): Answer {
  const [error] = errors ?? []
  if (error === undefined) return asking.answer({ rows: [type === 'DELETE' ? old : record], caught: untouched })
  const [, code = null, message = error] = /^Error (\d+): (.*)$/s.exec(error) ?? []
  return asking.answer({ code, message, caught: untouched })
}
