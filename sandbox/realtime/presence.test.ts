import type { RealtimeChannel } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../test-support.ts'
import { type Bench, broadcast, hears, join, openWire, startBench } from './test-support.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const on = (key: string, more = {}) => ({ ...more, presence: { key, enabled: true } })

/** The state of a channel without references: the tracked payloads of each key. */
function present(channel: RealtimeChannel): Record<string, unknown[]> {
  const entries = Object.entries(channel.presenceState())
  return Object.fromEntries(entries.map(([key, metas]) => [key, metas.map(({ presence_ref: _ref, ...rest }) => rest)]))
}

/** Listens to presence, so that supabase-js keeps the state. */
const listen = (channel: RealtimeChannel) => {
  channel.on('presence', { event: 'sync' }, () => undefined)
}

describe('presence', () => {
  it('reports the present members, joins and leaves', async () => {
    const watcher = await join(await bench.client(), 'room', on('w'), listen)
    const client = await bench.client()
    const ada = await join(client, 'room', on('ada'), listen)
    expect(await ada.channel.track({ mood: 'good' })).toBe('ok')
    await eventually('seeing Ada', () => 'ada' in present(watcher.channel))
    expect(present(watcher.channel)).toEqual({ ada: [{ mood: 'good' }] })
    const late = await join(await bench.client(), 'room', on('late'), listen)
    await eventually('the state', () => 'ada' in present(late.channel))
    expect(await ada.channel.untrack()).toBe('ok')
    await eventually('the end', () => Object.keys(present(watcher.channel)).length === 0)
    await ada.channel.track({ again: true })
    await eventually('seeing Ada again', () => 'ada' in present(watcher.channel))
    await client.realtime.disconnect()
    await eventually('the lost connection', () => Object.keys(present(watcher.channel)).length === 0)
  })

  it('keeps several under one key', async () => {
    const watcher = await join(await bench.client(), 'shared', on('w'), listen)
    for (const device of ['phone', 'desk']) {
      const ear = await join(await bench.client(), 'shared', on('ada'))
      await ear.channel.track({ device })
    }
    await eventually('both', () => present(watcher.channel).ada?.length === 2)
    expect(present(watcher.channel)).toEqual({ ada: [{ device: 'phone' }, { device: 'desk' }] })
  })

  it('has the frames of the real service', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    wire.send(['1', '1', 'realtime:frames', 'phx_join', { config: { presence: { key: 'k', enabled: true } } }])
    wire.send(['1', '2', 'realtime:frames', 'presence', { type: 'presence', event: 'TRACK', payload: { n: 1 } }])
    wire.send(['1', '3', 'realtime:frames', 'presence', { type: 'presence', event: 'track', payload: { n: 2 } }])
    await wire.next((text) => text.includes('"3"'))
    const [, state, first, answer, second] = wire.frames.map((text) => JSON.parse(text))
    expect(state).toEqual(['1', null, 'realtime:frames', 'presence_state', {}])
    const meta = { n: 1, phx_ref: expect.any(String) }
    expect(first).toEqual([
      null,
      null,
      'realtime:frames',
      'presence_diff',
      { joins: { k: { metas: [meta] } }, leaves: {} },
    ])
    expect(answer).toEqual(['1', '2', 'realtime:frames', 'phx_reply', { status: 'ok', response: {} }])
    const reference = first[4].joins.k.metas[0].phx_ref
    expect(second[4]).toEqual({
      joins: { k: { metas: [{ n: 2, phx_ref: expect.any(String), phx_ref_prev: reference }] } },
      leaves: { k: { metas: [{ n: 1, phx_ref: reference }] } },
    })
  })

  it('answers a payload that is no object and an event that it does not know', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    wire.send(['1', '1', 'realtime:odd', 'phx_join', {}])
    wire.send(['1', '2', 'realtime:odd', 'presence', { event: 'track', payload: 'text' }])
    wire.send(['1', '3', 'realtime:odd', 'presence', { event: 'wave' }])
    await wire.next((text) => text.includes('"3"'))
    const [, odd, unknown] = wire.frames.map((text) => JSON.parse(text)[4])
    expect(odd).toEqual({ status: 'error', response: { reason: 'Presence track payload must be a map' } })
    expect(unknown).toEqual({ status: 'error', response: {} })
  })

  it('closes the channel of a member that tracks too often or too much', async () => {
    const often = await join(await bench.client(), 'often')
    for (let count = 0; count < 5; count += 1) expect(await often.channel.track({ count })).toBe('ok')
    void often.channel.track({ count: 5 })
    await eventually('the end', () => often.states.at(-1)?.state === 'CLOSED')
    const message = 'Client presence rate limit exceeded'
    expect(often.told).toEqual([{ extension: 'system', status: 'error', message, channel: 'often' }])
    const much = await join(await bench.client(), 'much')
    void much.channel.track({ text: 'x'.repeat(300_000) })
    await eventually('the end', () => much.states.at(-1)?.state === 'CLOSED')
    expect(much.told.map((told) => told.message)).toEqual(['Track message size exceeded'])
  })
})

describe('presence on a private channel', () => {
  it('answers a denied track with an error, and no member sees it', async () => {
    const [mute, seen] = [await bench.person(), await bench.person()]
    await bench.admit(mute, 'club', undefined, ['broadcast'])
    await bench.admit(seen, 'club')
    const watcher = await join(await bench.client(seen), 'club', on('seen', { private: true }), listen)
    const denied = await join(await bench.client(mute), 'club', on('mute', { private: true }))
    expect(await denied.channel.track({})).toBe('error')
    expect(await denied.channel.untrack()).toBe('ok')
    expect(await watcher.channel.track({})).toBe('ok')
    await eventually('the fence', () => 'seen' in present(watcher.channel))
    expect(present(watcher.channel)).toEqual({ seen: [{}] })
  })

  it('is hidden from a member that may read broadcasts only', async () => {
    const [reader, seen] = [await bench.person(), await bench.person()]
    await bench.admit(reader, 'half', ['broadcast'])
    await bench.admit(seen, 'half')
    const shown = await join(await bench.client(seen), 'half', on('seen', { private: true }))
    await shown.channel.track({})
    const blind = await join(await bench.client(reader), 'half', on('blind', { private: true }), listen)
    await shown.channel.track({ changed: true })
    await broadcast(shown, 'fence')
    await hears(blind, 'fence')
    expect(present(blind.channel)).toEqual({})
  })

  it('that was off at the join is checked by the first track', async () => {
    const [late, seen] = [await bench.person(), await bench.person()]
    await bench.admit(late, 'late')
    await bench.admit(seen, 'late')
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    const config = { private: true, presence: { key: 'late' } }
    wire.send(['1', '1', 'realtime:late', 'phx_join', { config, access_token: late.token }])
    await wire.next((text) => text.includes('phx_reply'))
    const shown = await join(await bench.client(seen), 'late', on('seen', { private: true }))
    await shown.channel.track({ n: 'withheld' })
    wire.send(['1', '2', 'realtime:late', 'presence', { event: 'track', payload: {} }])
    await wire.next((text) => text.includes('"2"'))
    await shown.channel.track({ n: 'let through' })
    await wire.next((text) => text.includes('let through'))
    expect(wire.frames.filter((text) => text.includes('"joins":{"seen"'))).toHaveLength(1)
  })
})
