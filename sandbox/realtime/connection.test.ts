import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../test-support.ts'
import { type Bench, broadcast, hears, join, openWire, startBench, subscribe } from './test-support.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

/** Requests a WebSocket and reads the HTTP answer that refuses it. */
function refused(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  const upgrade = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
  const key = { 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' }
  return new Promise((resolve, fail) => {
    get(`${bench.sandbox.url}${path}`, { headers: { ...upgrade, ...key, ...headers } }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    })
      .on('upgrade', () => fail(new Error('The connection was let in.')))
      .on('error', fail)
  })
}

const path = '/realtime/v1/websocket'

describe('a handshake', () => {
  it('is let in with every kind of key, in the URL and as a header', async () => {
    const { publishableKey, secretKey, anonKey, serviceRoleKey } = bench.sandbox
    for (const apikey of [publishableKey, secretKey, anonKey, serviceRoleKey]) {
      const wire = await openWire(bench.sandbox, { apikey })
      wire.send({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '1' })
      await wire.next((text) => text.includes('"ok"'))
    }
    expect(await refused(path, { apikey: 'nonsense' })).toMatchObject({ status: 401 })
  })

  it('is refused with an HTTP answer that contains the reason', async () => {
    const expired = await bench.sign({ role: 'anon' }, -60)
    const roleless = await bench.sign({ role: undefined })
    const forged = `${(await bench.sign({})).slice(0, -4)}AAAA`
    for (const [apikey, error] of [
      ['', 'API key is missing'],
      ['nonsense', 'The token provided is not a valid JWT'],
      [expired, 'Token has expired'],
      [roleless, 'Fields `role` and `exp` are required in JWT'],
      [forged, 'Failed to validate JWT signature'],
    ]) {
      const query = apikey === '' ? '' : `?apikey=${apikey}`
      expect(await refused(`${path}${query}`)).toEqual({ status: 401, body: { error } })
    }
  })

  it('is refused for another path and for an unknown version', async () => {
    expect(await refused('/realtime/v1/other')).toMatchObject({ status: 404 })
    expect(await refused(`${path}?apikey=${bench.sandbox.anonKey}&vsn=3.0.0`)).toMatchObject({ status: 403 })
  })
})

describe('the protocol', () => {
  it('is version 1.0.0 when the client names none: objects', async () => {
    const wire = await openWire(bench.sandbox)
    wire.send({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '7' })
    expect(JSON.parse(await wire.next(() => true))).toEqual({
      topic: 'phoenix',
      event: 'phx_reply',
      payload: { status: 'ok', response: {} },
      ref: '7',
    })
  })

  it('is arrays in version 2.0.0', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    wire.send([null, '7', 'phoenix', 'heartbeat', {}])
    expect(JSON.parse(await wire.next(() => true))).toEqual([
      null,
      '7',
      'phoenix',
      'phx_reply',
      { status: 'ok', response: {} },
    ])
  })

  it('answers joins with the join reference, closes with it, and leaves in that order', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    wire.send(['3', '3', 'realtime:room', 'phx_join', { config: {} }])
    wire.send(['3', '4', 'realtime:room', 'phx_leave', {}])
    await wire.next((text) => text.includes('phx_close'))
    expect(wire.frames.map((text) => JSON.parse(text))).toEqual([
      ['3', '3', 'realtime:room', 'phx_reply', { status: 'ok', response: { postgres_changes: [] } }],
      ['3', '4', 'realtime:room', 'phx_reply', { status: 'ok', response: {} }],
      ['3', '3', 'realtime:room', 'phx_close', {}],
    ])
  })

  it('closes the channel that is joined once more', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    wire.send(['1', '1', 'realtime:room', 'phx_join', { config: {} }])
    wire.send(['2', '2', 'realtime:room', 'phx_join', { config: {} }])
    await wire.next((text) => text.startsWith('["2","2"'))
    expect(wire.frames.map((text) => JSON.parse(text).slice(0, 4))).toEqual([
      ['1', '1', 'realtime:room', 'phx_reply'],
      ['1', '1', 'realtime:room', 'phx_close'],
      ['2', '2', 'realtime:room', 'phx_reply'],
    ])
  })

  it('answers messages of unknown channels, and ignores malformed ones', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    wire.send('nonsense')
    wire.send([1, 2, 3])
    wire.sendBytes(Buffer.from([3, 200, 200]))
    wire.send([null, '1', 'realtime:room', 'broadcast', {}])
    wire.send([null, '2', 'elsewhere', 'phx_join', {}])
    wire.send([null, '3', 'realtime:room', 'phx_leave', {}])
    wire.send([null, '4', 'realtime:', 'phx_join', {}])
    await wire.next((text) => text.includes('"4"'))
    const reason = 'unmatched topic'
    expect(wire.frames.map((text) => JSON.parse(text)[4])).toEqual([
      { status: 'error', response: { reason } },
      { status: 'error', response: { reason } },
      { status: 'ok', response: {} },
      { status: 'error', response: { reason: 'TopicNameRequired: You must provide a topic name' } },
    ])
  })

  it('accepts switches as texts, and ignores unreadable ones', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    const broadcast = { self: 'TRUE', ack: 7 }
    wire.send(['1', '1', 'realtime:room', 'phx_join', { config: { broadcast, presence: 'x', postgres_changes: null } }])
    wire.send(['1', '2', 'realtime:room', 'broadcast', { type: 'broadcast', event: 'mine', payload: {} }])
    await wire.next((text) => text.includes('mine'))
    expect(wire.frames).toHaveLength(2)
  })

  it('refuses the channel after the hundredth of a connection', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    for (let count = 1; count <= 101; count += 1) wire.send(['1', `${count}`, `realtime:${count}`, 'phx_join', {}])
    const last = await wire.next((text) => text.includes('"realtime:101"'))
    const response = { reason: 'ChannelRateLimitReached: Too many channels' }
    expect(JSON.parse(last)[4]).toEqual({ status: 'error', response })
    expect(wire.frames.filter((text) => text.includes('"ok"'))).toHaveLength(100)
  })
})

describe.each(['1.0.0', '2.0.0'])('supabase-js with version %s', (version) => {
  it('joins, sends, leaves and joins again', async () => {
    const client = await bench.client(undefined, version)
    const first = await join(client, 'room', { broadcast: { self: true } })
    await broadcast(first, 'hello', { n: 1 })
    await hears(first, 'hello')
    expect(await client.removeChannel(first.channel)).toBe('ok')
    expect(first.states.at(-1)).toEqual({ state: 'CLOSED', reason: undefined })
    await join(client, 'room')
  })

  it('understands the other version', async () => {
    const other = await bench.client(undefined, version === '1.0.0' ? '2.0.0' : '1.0.0')
    const speaker = await join(await bench.client(undefined, version), 'mixed')
    const listener = await join(other, 'mixed')
    const payload = { text: 'Grüße, 世界', n: 12345678901 }
    await broadcast(speaker, 'hello', payload)
    await hears(listener, 'hello')
    expect(listener.heard).toEqual([{ type: 'broadcast', event: 'hello', payload }])
  })
})

describe('a reset', () => {
  it('closes the connections, and the clients come back by themselves', async () => {
    const wire = await openWire(bench.sandbox)
    const ear = await subscribe(await bench.client(), 'room')
    // The reset would break the test's own connection.
    await bench.database.end()
    await bench.sandbox.reset()
    expect(await wire.closed).toBe(1012)
    await eventually(
      'joining again',
      () => ear.states.filter(({ state }) => state === 'SUBSCRIBED').length === 2,
      20_000,
    )
  })
})
