import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, broadcast, hears, join, refusal, startBench } from './test-support.ts'

const migration = `
  create function public.seen() returns text language sql stable as $$
    select concat_ws(' ', current_user, realtime.topic(), auth.uid(), auth.role(), auth.jwt() ->> 'plan',
      current_setting('request.jwt.claim.sub'), current_setting('request.headers')::json ->> 'x-test') $$;
  create policy "what a policy sees" on realtime.messages for select to authenticated, anon
    using (topic = 'see' and extension = 'broadcast' and event is null and payload is null
      and public.seen() = auth.jwt() ->> 'expected');
  create policy "anonymous users" on realtime.messages for all to authenticated
    using (realtime.topic() = 'lounge' and (auth.jwt() ->> 'is_anonymous')::boolean is not true);
  create role auditor nologin;
  grant auditor to authenticator;
  grant usage on schema realtime to auditor;
  grant select on realtime.messages to auditor;
  create policy "auditors" on realtime.messages for select to auditor using (true);`

let bench: Bench
beforeAll(async () => {
  bench = await startBench(migration)
})
afterAll(() => bench.stop())

const unauthorized = (topic: string) =>
  `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`
const secret = { private: true }

describe('joining', () => {
  it('is refused on a private channel for anon and for a user that is no member', async () => {
    const member = await bench.person()
    await bench.admit(member, 'club')
    await join(await bench.client(member), 'club', secret)
    expect(await refusal(await bench.client(), 'club', secret)).toBe(unauthorized('club'))
    expect(await refusal(await bench.client(await bench.person()), 'club', secret)).toBe(unauthorized('club'))
  })

  it('is open to every caller on a public channel of the same name, which receives nothing private', async () => {
    const member = await bench.person()
    await bench.admit(member, 'both')
    const inside = await join(await bench.client(member), 'both', { ...secret, broadcast: { self: true } })
    const outside = await join(await bench.client(), 'both')
    await broadcast(inside, 'private word')
    await hears(inside, 'private word')
    await broadcast(await join(await bench.client(), 'both'), 'fence')
    await hears(outside, 'fence')
    expect(outside.events()).toEqual(['fence'])
    expect(inside.events()).toEqual(['private word'])
  })

  it('asks the policies as the role and with the claims of the token, about topic and extension', async () => {
    const person = await bench.person()
    const expected = `authenticated see ${person.id} authenticated gold ${person.id}`
    const token = await bench.sign({ sub: person.id, plan: 'gold', expected })
    await join(await bench.client({ ...person, token }), 'see', secret)
    const wrong = await bench.sign({ sub: person.id, plan: 'silver', expected })
    expect(await refusal(await bench.client({ ...person, token: wrong }), 'see', secret)).toBe(unauthorized('see'))
  })

  it('is refused when a policy raises an error and when the role does not exist', async () => {
    const person = await bench.person()
    await bench.admit(person, 'broken')
    expect(await refusal(await bench.client(person), 'broken', secret)).toBe(unauthorized('broken'))
    const stranger = await bench.person({ role: 'nobody' })
    expect(await refusal(await bench.client(stranger), 'club', secret)).toBe(unauthorized('club'))
  })

  it('follows the role of the token: service_role bypasses policies, a role of the project has its own', async () => {
    await join(await bench.client(await bench.person({ role: 'service_role' })), 'anything', secret)
    await join(await bench.client(await bench.person({ role: 'auditor' })), 'anything', secret)
  })

  it('distinguishes anonymous users by their claim', async () => {
    await join(await bench.client(await bench.person()), 'lounge', secret)
    const guest = await bench.person({ is_anonymous: true })
    expect(await refusal(await bench.client(guest), 'lounge', secret)).toBe(unauthorized('lounge'))
  })

  it('needs one readable extension: presence counts when presence is on', async () => {
    const person = await bench.person()
    await bench.admit(person, 'presence only', ['presence'])
    const client = await bench.client(person)
    expect(await refusal(client, 'presence only', secret)).toBe(unauthorized('presence only'))
    await join(client, 'presence only', { ...secret, presence: { enabled: true, key: '' } })
  })

  it('withholds broadcasts from a member that may read presence only', async () => {
    const [reader, watcher] = [await bench.person(), await bench.person()]
    await bench.admit(reader, 'mixed')
    await bench.admit(watcher, 'mixed', ['presence'])
    const config = { ...secret, presence: { enabled: true, key: '' } }
    const speaker = await join(await bench.client(reader), 'mixed', { ...config, broadcast: { self: true } })
    const counts: number[] = []
    const deaf = await join(await bench.client(watcher), 'mixed', config, (channel) =>
      channel.on('presence', { event: 'join' }, () => counts.push(deaf.heard.length)),
    )
    await broadcast(speaker, 'word')
    await hears(speaker, 'word')
    await speaker.channel.track({ fence: true })
    await expect.poll(() => counts).toEqual([0])
  })
})

describe('broadcasting on a private channel', () => {
  it('stays without an answer for a reader that may not write, with ack too, and the channel stays', async () => {
    const [reader, writer] = [await bench.person(), await bench.person()]
    await bench.admit(reader, 'hall', ['broadcast'], [])
    await bench.admit(writer, 'hall')
    const mute = await join(await bench.client(reader), 'hall', { ...secret, broadcast: { ack: true } })
    const speaker = await join(await bench.client(writer), 'hall', { ...secret, broadcast: { ack: true, self: true } })
    const answer = mute.channel.send({ type: 'broadcast', event: 'denied', payload: {} }, { timeout: 500 })
    expect(await answer).toBe('timed out')
    expect(await broadcast(speaker, 'fence')).toBe('ok')
    await hears(mute, 'fence')
    expect(speaker.events()).toEqual(['fence'])
    expect(mute.events()).toEqual(['fence'])
    expect(mute.states).toEqual([{ state: 'SUBSCRIBED', reason: undefined }])
  })

  it('is silence when a policy raises an error, and asked again the next time', async () => {
    const person = await bench.person()
    await bench.admit(person, 'broken later')
    const ear = await join(await bench.client(person), 'broken later', {
      ...secret,
      broadcast: { ack: true, self: true },
    })
    const answer = ear.channel.send({ type: 'broadcast', event: 'lost', payload: {} }, { timeout: 500 })
    expect(await answer).toBe('timed out')
    await bench.database.query('alter policy "broken" on realtime.messages with check (true)')
    expect(await broadcast(ear, 'heard')).toBe('ok')
    expect(ear.events()).toEqual(['heard'])
  })
})

describe('a permission', () => {
  it('is kept: a member that loses it goes on reading and writing until the next join', async () => {
    const [person, other] = [await bench.person(), await bench.person()]
    await bench.admit(person, 'kept')
    await bench.admit(other, 'kept')
    const config = { ...secret, broadcast: { ack: true } }
    const client = await bench.client(person)
    const revoked = await join(client, 'kept', config)
    const twin = await join(await bench.client(other), 'kept', config)
    expect(await broadcast(revoked, 'before')).toBe('ok')
    await bench.expel(person, 'kept')
    expect(await broadcast(revoked, 'after')).toBe('ok')
    await hears(twin, 'after')
    expect(await broadcast(twin, 'still')).toBe('ok')
    await hears(revoked, 'still')
    await client.removeChannel(revoked.channel)
    expect(await refusal(client, 'kept', config)).toBe(unauthorized('kept'))
  })

  it('is decided for writing when something is written for the first time, not at the join', async () => {
    const person = await bench.person()
    await bench.admit(person, 'lazy', ['broadcast'], [])
    const client = await bench.client(person)
    const config = { ...secret, broadcast: { ack: true, self: true } }
    const ear = await join(client, 'lazy', config)
    await bench.admit(person, 'lazy')
    expect(await broadcast(ear, 'allowed since the join')).toBe('ok')
  })

  it('is kept for a denial as well', async () => {
    const person = await bench.person()
    await bench.admit(person, 'denied', ['broadcast'], [])
    const ear = await join(await bench.client(person), 'denied', { ...secret, broadcast: { ack: true, self: true } })
    const send = (event: string) => ear.channel.send({ type: 'broadcast', event, payload: {} }, { timeout: 300 })
    expect(await send('first')).toBe('timed out')
    await bench.admit(person, 'denied')
    expect(await send('second')).toBe('timed out')
    expect(ear.heard).toEqual([])
  })

  it('leaves nothing in the table', async () => {
    const { rows } = await bench.database.query('select count(*)::int as n from realtime.messages')
    expect(rows).toEqual([{ n: 0 }])
  })
})
