import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, hears, join, type Person, startBench } from './test-support.ts'

let bench: Bench
let writer: Person
let reader: Person

const secret = { private: true }

beforeAll(async () => {
  bench = await startBench()
  writer = await bench.person()
  reader = await bench.person()
  await bench.admit(writer, 'hall')
  await bench.admit(reader, 'hall', ['broadcast'], [])
})
afterAll(() => bench.stop())

async function post(path: string, body: unknown, token?: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${bench.sandbox.url}/realtime/v1/api/broadcast${path}`, {
    method: 'POST',
    headers: {
      apikey: bench.sandbox.publishableKey,
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: body instanceof Uint8Array ? new Uint8Array(body) : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

const messageTo = (topic: string, event: string, isPrivate: boolean) => ({
  topic,
  event,
  payload: { event },
  private: isPrivate,
})

describe('several messages over HTTP', () => {
  it('are answered 202, whether they may be sent or not; those that may arrive', async () => {
    const ear = await join(await bench.client(writer), 'hall', secret)
    const outside = await join(await bench.client(), 'hall')
    const batch = (event: string) => ({ messages: [messageTo('hall', event, true), messageTo('hall', event, false)] })
    for (const token of [reader.token, undefined]) {
      expect(await post('', batch('denied'), token)).toEqual({ status: 202, body: undefined })
    }
    expect(await post('', batch('allowed'), writer.token)).toMatchObject({ status: 202 })
    await hears(ear, 'allowed')
    await hears(outside, 'allowed')
    expect(ear.heard).toEqual([{ type: 'broadcast', event: 'allowed', payload: { event: 'allowed' } }])
    expect(outside.events()).toEqual(['denied', 'denied', 'allowed'])
  })

  it('are all refused when one of them is wrong', async () => {
    const batch = { messages: [messageTo('hall', 'a', false), { topic: ' ', payload: 'text' }] }
    expect(await post('', batch)).toEqual({
      status: 422,
      body: {
        errors: { messages: [{}, { topic: ["can't be blank"], event: ["can't be blank"], payload: ['is invalid'] }] },
      },
    })
    expect(await post('', {})).toEqual({ status: 422, body: { errors: { messages: ["can't be blank"] } } })
    const large = { ...messageTo('hall', 'large', false), payload: { text: 'x'.repeat(300_000) } }
    expect(await post('', { messages: [large] })).toEqual({
      status: 422,
      body: { errors: { messages: [{ payload: ['Payload size exceeds tenant limit'] }] } },
    })
  })

  it('need a valid token', async () => {
    const expired = await bench.sign({}, -5)
    for (const token of [expired, 'nonsense', await bench.sign({ role: undefined })]) {
      expect(await post('', { messages: [messageTo('hall', 'a', false)] }, token)).toEqual({
        status: 401,
        body: { message: 'Unauthorized' },
      })
    }
  })

  it('are the requests of supabase-js before it has joined', async () => {
    const ear = await join(await bench.client(writer), 'hall', secret)
    const client = await bench.client(writer)
    const unjoined = client.channel('hall', { config: secret })
    expect(await unjoined.send({ type: 'broadcast', event: 'early', payload: {} })).toBe('ok')
    await hears(ear, 'early')
  })
})

describe('one message over HTTP', () => {
  it('is answered 202 when it may be sent, and 403 when not', async () => {
    const ear = await join(await bench.client(writer), 'hall', secret)
    const sent = (await bench.client(writer)).channel('hall', { config: secret })
    expect(await sent.httpSend('single', { n: 1 })).toEqual({ success: true })
    await hears(ear, 'single')
    expect(ear.heard.at(-1)).toEqual({ type: 'broadcast', event: 'single', payload: { n: 1 } })
    for (const token of [reader.token, undefined]) {
      expect(await post('/hall/events/denied?private=true', {}, token)).toEqual({
        status: 403,
        body: { message: 'Unauthorized' },
      })
    }
    const denied = (await bench.client(reader)).channel('hall', { config: secret })
    await expect(denied.httpSend('denied', {})).rejects.toThrow('Unauthorized')
    await post('/hall/events/fence?private=true', {}, writer.token)
    await hears(ear, 'fence')
    expect(ear.events()).not.toContain('denied')
  })

  it('may be binary, and have names that a URL has to escape', async () => {
    const odd = await join(await bench.client(), 'a/b:c ?')
    await (await bench.client()).channel('a/b:c ?').httpSend('x/y', new Uint8Array([7, 8]))
    await hears(odd, 'x/y')
    expect([...new Uint8Array(odd.heard[0]?.payload as ArrayBuffer)]).toEqual([7, 8])
  })

  it('is answered with the fault of the request', async () => {
    expect(await post('/hall/events/e', 'x', undefined, { 'content-type': 'text/plain' })).toEqual({
      status: 415,
      body: { error: 'Unsupported Media Type. Use application/json or application/octet-stream' },
    })
    expect(await post('/hall/events/e', { text: 'x'.repeat(300_000) })).toEqual({
      status: 422,
      body: { errors: { payload: ['Payload size exceeds tenant limit'] } },
    })
    expect(await post('/hall/events/e', {}, 'nonsense')).toMatchObject({ status: 401 })
    const person = await bench.person()
    await bench.admit(person, 'broken')
    expect(await post('/broken/events/e?private=true', {}, person.token)).toEqual({
      status: 422,
      body: { message: 'RLS policy error' },
    })
  })

  it('is decided anew each time', async () => {
    const person = await bench.person()
    await bench.admit(person, 'anew')
    const send = () => post('/anew/events/e?private=true', {}, person.token)
    expect((await send()).status).toBe(202)
    await bench.expel(person, 'anew')
    expect((await send()).status).toBe(403)
  })

  it('reaches the sender too', async () => {
    const own = await join(await bench.client(writer), 'hall', secret)
    await own.channel.httpSend('to myself', {})
    await hears(own, 'to myself')
  })
})
