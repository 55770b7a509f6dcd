import { type Context, Hono } from 'hono'
import pg from 'pg'
import { probeWrite } from './authorization.ts'
import { readBatch, readSingle } from './http-body.ts'
import { type Broadcast, topicKey } from './hub.ts'
import type { Service } from './service.ts'
import { type Claims, TokenRefusal } from './tokens.ts'

/** The caller of an HTTP endpoint. */
interface Asker {
  claims: Claims
  headers: Record<string, string>
}

/**
 * The HTTP endpoints of Realtime: `POST /api/broadcast` for several messages and `POST /api/broadcast/{topic}/events/{event}`
 * for one (Realtime `tenants/batch_broadcast.ex`, `single_broadcast.ex`).
 *
 * @param enabled whether the project has Realtime enabled
 */
export function createHttp(service: Service, enabled: boolean): Hono {
  const app = new Hono()

  /** The batch endpoint always answers 202: a message without permission is dropped silently. */
  app.post('/api/broadcast', async (c) => {
    const asker = await askerOf(service, c)
    if (asker === undefined) return message(c, 401, 'Unauthorized')
    const batch = readBatch(await c.req.text())
    if ('errors' in batch) return c.json(batch, 422)
    if (!enabled) return message(c, 403, 'Tenant is suspended')
    const send = (broadcast: Broadcast, topic: string, isPrivate: boolean) =>
      service.hub.broadcast(topicKey(topic, isPrivate), broadcast)
    const writable = new Map<string, Promise<boolean>>()
    for (const { topic, private: isPrivate, ...broadcast } of batch.messages) {
      if (!isPrivate) send(broadcast, topic, false)
      else if (!writable.has(topic)) writable.set(topic, mayWrite(service, asker, topic).catch(denied))
    }
    for (const { topic, private: isPrivate, ...broadcast } of batch.messages) {
      if (isPrivate && (await writable.get(topic)) === true) send(broadcast, topic, true)
    }
    return c.body(null, 202)
  })

  /** The single endpoint reports a missing permission. */
  app.post('/api/broadcast/:topic/events/:event', async (c) => {
    const type = /^[^;]*/
      .exec(c.req.header('content-type') ?? 'application/json')?.[0]
      .trim()
      .toLowerCase()
    if (type !== 'application/json' && type !== 'application/octet-stream') {
      return c.json({ error: 'Unsupported Media Type. Use application/json or application/octet-stream' }, 415)
    }
    const asker = await askerOf(service, c)
    if (asker === undefined) return message(c, 401, 'Unauthorized')
    const bytes = Buffer.from(await c.req.arrayBuffer())
    const broadcast = readSingle(c.req.param('event'), bytes, type === 'application/json' ? 'json' : 'binary')
    if (broadcast === undefined) return message(c, 400, 'Bad Request')
    if ('errors' in broadcast) return c.json(broadcast, 422)
    if (!enabled) return message(c, 403, 'Tenant is suspended')
    const topic = c.req.param('topic')
    const isPrivate = c.req.query('private') === 'true'
    try {
      if (isPrivate && !(await mayWrite(service, asker, topic))) return message(c, 403, 'Unauthorized')
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) return message(c, 422, 'Tenant database unavailable')
      return message(c, 422, error.code === '57014' ? 'Query canceled' : 'RLS policy error')
    }
    service.hub.broadcast(topicKey(topic, isPrivate), broadcast)
    return c.body(null, 202)
  })

  app.notFound((c) => c.body('Not Found', 404))
  return app
}

/** The caller, by the bearer token, or else by the API key. */
async function askerOf(service: Service, c: Context): Promise<Asker | undefined> {
  const authorization = c.req.header('authorization') ?? ''
  const token = authorization === '' ? c.req.header('apikey') : /^bearer (\S+)$/i.exec(authorization)?.[1]
  if (token === undefined) return undefined
  try {
    return { claims: await service.tokens.verify(token), headers: c.req.header() }
  } catch (error) {
    if (error instanceof TokenRefusal) return undefined
    throw error
  }
}

async function mayWrite(service: Service, { claims, headers }: Asker, topic: string): Promise<boolean> {
  const policies = await probeWrite(service.pool, { claims, headers, topic }, undefined)
  return policies.broadcast.write === true
}

function denied(): false {
  return false
}

function message(c: Context, status: 400 | 401 | 403 | 422, text: string): Response {
  return c.json({ message: text }, status)
}
