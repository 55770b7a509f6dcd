import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../test-support.ts'
import { type Bench, broadcast, hears, join, openWire, refusal, startBench } from './test-support.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

describe('a broadcast', () => {
  it('reaches every member of the topic, the sender only with self, and no other topic', async () => {
    const here = await join(await bench.client(), 'here')
    const own = await join(await bench.client(), 'here', { broadcast: { self: true } })
    const elsewhere = await join(await bench.client(), 'elsewhere', { broadcast: { self: true } })
    await broadcast(here, 'one', { n: 1 })
    await hears(own, 'one')
    await broadcast(own, 'two', { n: 2 })
    await hears(here, 'two')
    await broadcast(elsewhere, 'fence')
    await hears(elsewhere, 'fence')
    expect(here.events()).toEqual(['two'])
    expect(own.events()).toEqual(['one', 'two'])
    expect(elsewhere.events()).toEqual(['fence'])
    expect(here.heard[0]).toEqual({ type: 'broadcast', event: 'two', payload: { n: 2 } })
  })

  it('is acknowledged only when the channel asks for it', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    const push = ['1', '2', 'realtime:acks', 'broadcast', { type: 'broadcast', event: 'a', payload: {} }]
    wire.send(['1', '1', 'realtime:acks', 'phx_join', { config: {} }])
    wire.send(push)
    wire.send([null, '3', 'phoenix', 'heartbeat', {}])
    await wire.next((text) => text.includes('"3"'))
    // Once the channel has left, its own queue is empty.
    wire.send(['1', '4', 'realtime:acks', 'phx_leave', {}])
    await wire.next((text) => text.includes('"4"'))
    expect(wire.frames.some((text) => text.includes('"2"'))).toBe(false)
    expect(await broadcast(await join(await bench.client(), 'acks', { broadcast: { ack: true } }), 'b')).toBe('ok')
  })

  it('may be binary, which the older protocol does not carry', async () => {
    const config = { broadcast: { self: true } }
    const ear = await join(await bench.client(), 'bytes', config)
    const older = await join(await bench.client(undefined, '1.0.0'), 'bytes', config)
    await broadcast(ear, 'bytes', new Uint8Array([1, 2, 250]).buffer)
    await broadcast(ear, 'fence')
    await hears(older, 'fence')
    expect(older.events()).toEqual(['fence'])
    const [first] = ear.heard
    expect(first?.payload).toBeInstanceOf(ArrayBuffer)
    expect([...new Uint8Array(first?.payload as ArrayBuffer)]).toEqual([1, 2, 250])
  })

  it('that is too large is refused, or dropped without an acknowledgement', async () => {
    const config = { broadcast: { self: true } }
    const loud = await join(await bench.client(), 'large', { broadcast: { self: true, ack: true } })
    const quiet = await join(await bench.client(), 'large', config)
    expect(await broadcast(loud, 'refused', { text: 'x'.repeat(300_000) })).toBe('error')
    await broadcast(quiet, 'dropped', { text: 'x'.repeat(300_000) })
    await broadcast(quiet, 'fence')
    await hears(loud, 'fence')
    expect(loud.events()).toEqual(['fence'])
  })
})

describe('a replay', () => {
  const since = () => Date.now() - 60_000

  it('brings the last private messages from SQL, oldest first, marked as replayed', async () => {
    const person = await bench.person()
    await bench.admit(person, 'past')
    const early = await join(await bench.client(person), 'past', { private: true })
    for (const n of [1, 2, 3]) {
      await bench.database.query("select realtime.send(jsonb_build_object('n', $1::int), 'said', 'past')", [n])
    }
    await bench.database.query("select realtime.send('{}', 'public', 'past', false)")
    // A message that is still under way would reach a new listener live.
    await eventually('the messages have passed', () => early.events().length === 3)
    const replay = { since: since(), limit: 2 }
    const ear = await join(await bench.client(person), 'past', { private: true, broadcast: { self: true, replay } })
    await broadcast(ear, 'fence')
    await hears(ear, 'fence')
    expect(ear.events()).toEqual(['said', 'said', 'fence'])
    expect(ear.heard.slice(0, 2)).toEqual([
      expect.objectContaining({
        payload: expect.objectContaining({ n: 2 }),
        meta: { replayed: true, id: expect.any(String) },
      }),
      expect.objectContaining({ payload: expect.objectContaining({ n: 3 }) }),
    ])
  })

  it('is refused on public channels, with invalid parameters, and for a member that reads presence only', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    wire.send(['1', '1', 'realtime:past', 'phx_join', { config: { broadcast: { replay: { since: since() } } } }])
    expect(await wire.next((text) => text.includes('"1"'))).toContain(
      'UnableToReplayMessages: Replay is not allowed for public channels',
    )
    const person = await bench.person()
    await bench.admit(person, 'past')
    const config = { private: true, broadcast: { replay: { since: 'yesterday' as never } } }
    expect(await refusal(await bench.client(person), 'past', config)).toBe(
      'UnableToReplayMessages: Replay params are not valid',
    )
    const watcher = await bench.person()
    await bench.admit(watcher, 'past', ['presence'])
    const watching = { private: true, presence: { enabled: true, key: '' }, broadcast: { replay: { since: since() } } }
    expect(await refusal(await bench.client(watcher), 'past', watching)).toBe(
      'Unauthorized: You do not have permissions to read from this Channel topic: past',
    )
  })
})
