import type { JsonObject } from '../../json.ts'
import type { Effect } from '../../model/verdict.ts'
import { divided } from '../../qualified-name.ts'
import type { Answer, Call, TargetRow } from '../path.ts'
import { StartedRequest } from './answer.ts'
import { changeOf, changeTypes, changeWithoutKey, removalSince } from './changes.ts'
import type { ChangesWanted, Channel } from './channel.ts'
import type { Caller } from './connection.ts'
import { newMark } from './messages.ts'
import type { Change } from './notices.ts'
import type { Subscriptions } from './subscriptions.ts'
import { timeouts } from './timing.ts'
import { schemas } from './verbs.ts'
import { joinAsWitness, type WitnessChannel } from './witness-channel.ts'

type Body = ReturnType<(typeof schemas)['subscribe']['parse']>

const untouched: Effect = { kind: 'standing' }

/**
 * Subscribes to the changes of a table and listens for that of one row. The subscription is open only after the service's own
 * message about it: Realtime answers a join before there is a subscription.
 */
export async function subscribe(subscriptions: Subscriptions, caller: Caller, call: Call): Promise<Answer> {
  const body = schemas.subscribe.parse(call.body)
  const { through } = body
  const request = new StartedRequest('SUBSCRIBE', call.resource.name, sent(body))
  const channel = { topic: through ?? `trespass-${newMark()}`, private: through !== undefined }
  const [joined, witness] = await Promise.all([
    subscriptions.join(caller, { ...channel, changes: wantedBy(body, call.resource.name) }),
    witnessOf(subscriptions, call),
  ])
  if (joined.kind !== 'joined') return request.notJoined(joined, { caught: untouched })
  const refusal = await notOpened(request, joined.channel)
  if (refusal !== null) return refusal
  await call.meanwhile()
  return await changeReceived(request, call, body, joined.channel, witness)
}

/** Subscribed to everything of the table, with the secret key. */
async function witnessOf(subscriptions: Subscriptions, call: Call): Promise<WitnessChannel> {
  const changes = [{ event: '*' as const, ...tableOf(call.resource.name) }]
  const witness = await joinAsWitness(subscriptions, call, { topic: `trespass-${newMark()}`, private: true, changes })
  if (witness.channel === null) return witness
  const opening = await opened(witness.channel)
  if (typeof opening !== 'string' && opening.ok) return witness
  const why = typeof opening === 'string' ? 'the subscription with the secret key did not open' : opening.message
  return { channel: null, why }
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

function opened(channel: Channel) {
  return channel.until(
    (notice) => (notice.kind === 'system' && notice.extension === 'postgres_changes' ? notice : undefined),
    timeouts.subscription,
  )
}

/** @returns null when the subscription is open. */
async function notOpened(request: StartedRequest, own: Channel): Promise<Answer | null> {
  const opening = await opened(own)
  if (typeof opening === 'string') {
    return request.missing(own, opening, 'the subscription did not open', { caught: untouched })
  }
  if (opening.ok) return null
  return request.answer({ code: 'postgres_changes', message: opening.message, caught: untouched })
}

/**
 * Listens until the change has come, or a later removal of the same row. Every subscriber of the table receives removals
 * (Realtime, apply_rls), after everything that was committed before.
 */
async function changeReceived(
  request: StartedRequest,
  call: Call,
  body: Body,
  own: Channel,
  witness: WitnessChannel,
): Promise<Answer> {
  const [target] = call.targets
  if (target === undefined) throw new Error('the subscription is about no row')
  const type = changeTypes[body.on]
  const known = witness.channel === null ? null : await witness.channel.until(changeOf(type, target), timeouts.change)
  if (known === null || typeof known === 'string') {
    const wait = known === null ? timeouts.change : 0
    const received = await own.until(changeWithoutKey(type, target, null), wait)
    if (typeof received !== 'string') return contentOf(request, received.change)
    const why = known === null ? witness.why : 'the control did not receive the change either'
    return request.missing(own, received, why, { caught: { kind: 'unread', why } })
  }
  const match = changeWithoutKey(type, target, known.change)
  const early = own.find(match)
  if (early !== undefined) return contentOf(request, early.change)
  const behind = await removalBehind(call, target, witness.channel)
  if (behind === null) return request.answer({ silence: 'unproven', details: removalLost, caught: untouched })
  const passed = await own.until(removalSince(behind), timeouts.change)
  const unanswered = typeof passed === 'string' ? passed : await own.fence()
  const late = own.find(match)
  if (late !== undefined) return contentOf(request, late.change)
  if (unanswered !== null) return request.missing(own, unanswered, removalLost, { caught: untouched })
  return request.answer({ silence: 'proven', caught: untouched })
}

const removalLost = 'the removal behind it was not heard of'

/** Removes the row and waits until the secret key's channel has received that. @returns null when it has not. */
async function removalBehind(call: Call, target: TargetRow, witness: Channel | null): Promise<Change | null> {
  const from = witness?.position ?? 0
  await call.afterwards()
  const removed = await witness?.until(changeOf('DELETE', target), timeouts.change, from)
  return removed === undefined || typeof removed === 'string' ? null : removed.change
}

/** The parts of the change that came. An error takes the place of the row, or of most of it. */
function contentOf(request: StartedRequest, { type, record, old, errors }: Change): Answer {
  const [error] = errors ?? []
  if (error === undefined) return request.answer({ rows: [type === 'DELETE' ? old : record], caught: untouched })
  const [, code = null, message = error] = /^Error (\d+): (.*)$/s.exec(error) ?? []
  return request.answer({ code, message, caught: untouched })
}
