import { get } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { startSandbox } from '../index.ts'
import { makeWorkspace } from '../test-support.ts'
import { type Bench, join, openWire, refusal, startBench } from './test-support.ts'

async function start(...parameters: Parameters<typeof startBench>): Promise<Bench> {
  const bench = await startBench(...parameters)
  onTestFinished(() => bench.stop())
  return bench
}

describe('a project that allows private channels only', () => {
  it('is made by a setting of the database, which holds for the next join', async () => {
    const bench = await start('alter database postgres set trespass.realtime_private_only = on')
    const person = await bench.person()
    await bench.admit(person, 'club')
    const reason = 'PrivateOnly: This project only allows private channels'
    expect(await refusal(await bench.client(person), 'club')).toBe(reason)
    await join(await bench.client(person), 'club', { private: true })
    await bench.database.query('alter database postgres reset trespass.realtime_private_only')
    await join(await bench.client(person), 'club')
  })
})

describe('a project without Realtime', () => {
  it('refuses connections and messages', async () => {
    const workspace = await makeWorkspace({ 'supabase/config.toml': '[realtime]\nenabled = false' })
    const sandbox = await startSandbox({ workspace })
    onTestFinished(() => sandbox.stop())
    const socket = new WebSocket(`${sandbox.url.replace('http', 'ws')}/realtime/v1/websocket?apikey=${sandbox.anonKey}`)
    const [status, body] = await new Promise<[number, string]>((resolve) => {
      socket.on('unexpected-response', (_request, response) => {
        response.on('data', (chunk) => resolve([response.statusCode ?? 0, String(chunk)]))
      })
    })
    expect([status, JSON.parse(body)]).toEqual([403, { error: 'Realtime was disabled for this tenant' }])
    const headers = { apikey: sandbox.anonKey, 'content-type': 'application/json' }
    const message = { topic: 't', event: 'e', payload: {} }
    const answer = await fetch(`${sandbox.url}/realtime/v1/api/broadcast`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ messages: [message] }),
    })
    expect([answer.status, await answer.json()]).toEqual([403, { message: 'Tenant is suspended' }])
  })
})

describe('the delay of refusals', () => {
  it('holds up the connection of a refused join, and no other', async () => {
    const bench = await start('', { realtimeRefusalDelay: 1000 })
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    const other = await openWire(bench.sandbox, { vsn: '2.0.0' })
    const began = performance.now()
    wire.send(['1', '1', 'realtime:club', 'phx_join', { config: { private: true } }])
    wire.send([null, '2', 'phoenix', 'heartbeat', {}])
    other.send([null, '3', 'phoenix', 'heartbeat', {}])
    await other.next((text) => text.includes('"3"'))
    expect(wire.frames).toEqual([])
    await wire.next((text) => text.includes('"2"'))
    expect(performance.now() - began).toBeGreaterThan(990)
    expect(wire.frames.map((text) => JSON.parse(text)[1])).toEqual(['1', '2'])
    const refused = performance.now()
    const answer = await new Promise((resolve) => {
      const headers = { connection: 'upgrade', upgrade: 'websocket' }
      get(`${bench.sandbox.url}/realtime/v1/websocket`, { headers }, ({ statusCode }) => resolve(statusCode))
    })
    expect(answer).toBe(401)
    expect(performance.now() - refused).toBeGreaterThan(390)
  })
})

describe('a sandbox that stops', () => {
  it('closes every connection, a join that waits for its refusal included', async () => {
    const bench = await startBench('', { realtimeRefusalDelay: 60_000 })
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    wire.send(['1', '1', 'realtime:club', 'phx_join', { config: { private: true } }])
    await bench.stop()
    expect(await wire.closed).toBe(1012)
  })
})
