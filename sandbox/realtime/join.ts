import pg from 'pg'
import type { Caller, Policies } from './authorization.ts'
import { DatabaseAway } from './database.ts'
import type { JoinPayload } from './join-payload.ts'
import { CHANNELS_PER_CONNECTION } from './limits.ts'
import { readPolicies, unreadable } from './permissions.ts'
import { JoinRefusal } from './refusal.ts'
import { type Replayed, replay } from './replay.ts'
import type { Service } from './service.ts'
import { isPrivateOnly } from './settings.ts'
import { type Claims, TokenRefusal } from './tokens.ts'

/** A request to join a channel. */
export interface JoinRequest {
  /** The channel's name, without `realtime:`. */
  name: string
  payload: JoinPayload
  token: string
  headers: Record<string, string>
  /** The number of channels that the connection has already. */
  channels: number
}

/** The result of an accepted join. */
export interface JoinGrant {
  claims: Claims
  /** Undefined for a public channel, which needs no permission. */
  policies: Policies | undefined
  replayed: Replayed[]
}

/**
 * Checks a join in the order of Realtime (`realtime_channel.ex`, `join/3`).
 *
 * @throws JoinRefusal
 */
export async function checkJoin(service: Service, request: JoinRequest): Promise<JoinGrant> {
  const { name, payload, token, headers, channels } = request
  const { broadcast, presence, private: isPrivate } = payload.config
  if (name === '') throw new JoinRefusal('TopicNameRequired: You must provide a topic name')
  try {
    if (!isPrivate && (await isPrivateOnly(service.pool))) {
      throw new JoinRefusal('PrivateOnly: This project only allows private channels')
    }
    if (channels >= CHANNELS_PER_CONNECTION) throw new JoinRefusal('ChannelRateLimitReached: Too many channels')
    const claims = await service.tokens.verify(token)
    const caller = { claims, topic: name, headers }
    const policies = isPrivate ? await readable(service, caller, presence.enabled) : undefined
    if (broadcast.replay === undefined) return { claims, policies, replayed: [] }
    if (policies === undefined) {
      throw new JoinRefusal('UnableToReplayMessages: Replay is not allowed for public channels')
    }
    if (policies.broadcast.read !== true) throw unauthorized(name)
    return { claims, policies, replayed: await replay(service.pool, name, broadcast.replay) }
  } catch (error) {
    throw refusalOf(error)
  }
}

/** A caller's permissions on a private channel. @throws JoinRefusal if the caller may not read it */
async function readable(service: Service, caller: Caller, withPresence: boolean): Promise<Policies> {
  const policies = await readPolicies(service.pool, caller, withPresence)
  if (policies !== undefined) return policies
  throw unauthorized(caller.topic)
}

function unauthorized(name: string): JoinRefusal {
  return new JoinRefusal(`Unauthorized: ${unreadable(name)}`)
}

function refusalOf(error: unknown): unknown {
  if (error instanceof TokenRefusal) return new JoinRefusal(`${error.code}: ${error.message}`)
  if (error instanceof DatabaseAway) {
    return new JoinRefusal('UnableToConnectToProject: Realtime was unable to connect to the project database')
  }
  if (error instanceof pg.DatabaseError && error.code === '57014')
    return new JoinRefusal(`QueryCanceled: ${error.message}`)
  return error
}
