import { describe, expect, test } from 'vitest'
import { realtimeBench } from './bench.ts'

const bench = realtimeBench()
const { attempt, admit, expel } = bench
let rooms = 0
const newTopic = () => `room:${++rooms}`
/** The outcome of an attempt, and the rows that it was seen to change. */
async function outcome(...parameters: Parameters<typeof attempt>) {
  const { answer, face, means } = await attempt(...parameters)
  return [face, means, answer.caught?.kind]
}

describe('a join', () => {
  test('is for those whom a policy lets read', async () => {
    const topic = newTopic()
    await admit('alice', topic)
    expect(await outcome('alice', 'join', topic)).toEqual(['done', 'done', undefined])
    expect(await outcome('mallory', 'join', topic)).toEqual(['channel-unreadable', 'rls', undefined])
    expect(await outcome('visitor', 'join', topic)).toEqual(['channel-unreadable', 'rls', undefined])
    expect(await outcome('privileged', 'join', topic)).toEqual(['done', 'done', undefined])
  })

  test('of a public channel asks no policy', async () => {
    expect(await outcome('mallory', 'join', newTopic(), { private: false })).toEqual(['done', 'done', undefined])
  })

  test('by a member that reads presence only needs presence', async () => {
    const topic = newTopic()
    await admit('alice', topic, ['presence'])
    expect(await outcome('alice', 'join', topic)).toEqual(['channel-unreadable', 'rls', undefined])
    expect(await outcome('alice', 'join', topic, { with: 'presence' })).toEqual(['done', 'done', undefined])
  })

  test('with a broken credential is refused for it', async () => {
    expect(await outcome('forger', 'join', newTopic())).toEqual(['channel-token-refused', 'unauthenticated', undefined])
    expect(await outcome('keyless', 'join', newTopic())).toEqual(['handshake-refused', 'unauthenticated', undefined])
  })
})

describe('a broadcast', () => {
  test.each(['socket', 'http', 'batch'])('over %s is judged by the members that received it', async (via) => {
    const topic = newTopic()
    await admit('alice', topic)
    await admit('bob', topic, undefined, [])
    expect(await outcome('alice', 'send', topic, { via })).toEqual(['done', 'done', 'happened'])
    const refused = via === 'http' ? ['broadcast-refused', 'rls', 'nothing'] : ['silence', 'filtered', 'nothing']
    expect(await outcome('bob', 'send', topic, { via })).toEqual(refused)
  })

  test('over the socket needs a join', async () => {
    expect(await outcome('mallory', 'send', newTopic())).toEqual(['channel-unreadable', 'rls', 'nothing'])
  })

  test('is unread if no listener can join', async () => {
    const topic = newTopic()
    await admit('alice', topic)
    const tried = await attempt('alice', 'send', topic, {}, { witness: null })
    expect(tried.answer.caught).toMatchObject({ kind: 'unread' })
    expect(tried.means).toBe('unknown')
  })
})

describe('listening', () => {
  test.each(['service', 'bob', 'database'])('to %s', async (from) => {
    const topic = newTopic()
    await admit('alice', topic)
    await admit('bob', topic)
    await admit('mallory', topic, ['presence'])
    expect(await outcome('alice', 'receive', topic, { from })).toEqual(['done', 'done', undefined])
    expect(await outcome('mallory', 'receive', topic, { from })).toEqual(['channel-unreadable', 'rls', undefined])
    expect(await outcome('mallory', 'receive', topic, { from, with: 'presence' })).toEqual([
      'silence',
      'filtered',
      undefined,
    ])
  })

  test('to a sender that cannot join proves nothing', async () => {
    const topic = newTopic()
    await admit('alice', topic, ['presence'])
    const tried = await attempt('alice', 'receive', topic, { from: 'bob', with: 'presence' })
    expect([tried.face, tried.answer.message]).toEqual(['silence-unproven', expect.stringContaining('cannot join')])
  })
})

describe('presence', () => {
  test('is judged by the members that see it', async () => {
    const topic = newTopic()
    await admit('alice', topic)
    await admit('bob', topic, undefined, ['broadcast'])
    expect(await outcome('alice', 'track', topic)).toEqual(['done', 'done', 'happened'])
    expect(await outcome('bob', 'track', topic)).toEqual(['track-refused', 'rls', 'nothing'])
    expect(await outcome('mallory', 'track', topic)).toEqual(['channel-unreadable', 'rls', 'nothing'])
  })

  test.each(['service', 'bob'])('of %s is seen by the members that may', async (from) => {
    const topic = newTopic()
    await admit('alice', topic)
    await admit('bob', topic)
    await admit('mallory', topic, ['broadcast'])
    expect(await outcome('alice', 'presence', topic, { from })).toEqual(['done', 'done', undefined])
    expect(await outcome('mallory', 'presence', topic, { from })).toEqual(['silence', 'filtered', undefined])
  })
})

describe('access that is taken away', () => {
  test('stays on an open channel, until a new token is sent', async () => {
    const topic = newTopic()
    const watched = async (body: object) => {
      await admit('alice', topic)
      const meanwhile = () => expel('alice', topic)
      return await attempt('alice', 'keep', topic, { ...body, watch: 1 }, { meanwhile })
    }
    const kept = await watched({ after: { remove: 'membership' } })
    expect([kept.face, kept.answer.lasted]).toEqual(['done', { seconds: expect.any(Number), ended: false }])
    expect(kept.answer.lasted?.seconds).toBeGreaterThan(0.5)
    const ended = await watched({ after_refresh: { remove: 'membership' } })
    expect([ended.face, ended.answer.lasted?.ended]).toEqual(['channel-unreadable', true])
    expect(ended.answer.lasted?.seconds).toBeLessThan(1)
  })

  test('ends with the token', async () => {
    const topic = newTopic()
    await admit('alice', topic)
    const { face, answer } = await attempt('alice', 'keep', topic, { until: 'expiry' })
    expect([face, answer.lasted?.ended]).toEqual(['channel-token-refused', true])
    expect(answer.lasted?.seconds).toBeLessThan(2)
  })

  test('goes on for a member that has joined, and is closed with a new token', async () => {
    const topic = newTopic()
    await admit('alice', topic)
    const held = await bench.hold('alice', topic)
    expect((await held.use()).means).toBe('done')
    await expel('alice', topic)
    // Many more uses than the number of presence messages that Realtime accepts.
    for (let use = 0; use < 12; use += 1) expect((await held.use()).means).toBe('done')
    await held.renew()
    const faces = []
    for (const _ of ['first', 'second', 'third']) faces.push((await held.use()).face)
    await held.end()
    expect(faces.slice(1)).toEqual(['channel-unreadable', 'channel-unreadable'])
  })

  test('was never there for an actor that cannot join', async () => {
    const { means, answer } = await attempt('mallory', 'keep', newTopic(), { until: 'expiry' })
    expect([means, answer.lasted]).toEqual(['rls', undefined])
  })
})
