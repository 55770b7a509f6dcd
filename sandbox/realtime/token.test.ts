import { decodeJwt, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientOf, eventually } from '../test-support.ts'
import { type Bench, broadcast, hears, join, openWire, type Person, refusal, startBench } from './test-support.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const secret = { private: true }
const with_ = (person: Person, token: string): Person => ({ ...person, token })

describe('the token of a join', () => {
  it.each([
    ['expired', () => bench.sign({}, -5), /^InvalidJWTToken: Token has expired [56] seconds ago$/],
    [
      'without a role',
      () => bench.sign({ role: undefined }),
      /^InvalidJWTToken: Fields `role` and `exp` are required in JWT$/,
    ],
    [
      'without an end',
      () => bench.sign({ exp: undefined }),
      /^InvalidJWTToken: Fields `role` and `exp` are required in JWT$/,
    ],
    ['that is none', async () => 'nonsense', /^MalformedJWT: The token provided is not a valid JWT$/],
    ['of a foreign signature', () => forged(), /^JwtSignatureError: Failed to validate JWT signature$/],
    [
      'of a foreign key',
      () => foreign(),
      /^JwtSignerError: Failed to generate JWT signer for key ID \(kid\) "foreign", check/,
    ],
    [
      'without a signature',
      async () => unsigned(),
      /^JwtSignerError: Failed to generate JWT signer, check your JWT secret/,
    ],
  ])('is refused when it is %s, on a public channel too', async (_name, token, reason) => {
    const person = await bench.person()
    expect(await refusal(await bench.client(with_(person, await token())), 'anywhere')).toMatch(reason)
  })

  it('may be one that Auth signed with its own key', async () => {
    const admin = clientOf(bench.sandbox.url, bench.sandbox.secretKey)
    const email = 'ada@example.com'
    const made = await admin.auth.admin.createUser({ email, password: 'password-1', email_confirm: true })
    const person = { id: made.data.user?.id ?? '', token: '' }
    await bench.admit(person, 'club')
    const client = await bench.client()
    await client.auth.signInWithPassword({ email, password: 'password-1' })
    await join(client, 'club', secret)
  })

  it('is the one of the connection when the join brings none, or an API key', async () => {
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0', apikey: bench.sandbox.secretKey })
    const { publishableKey } = bench.sandbox
    wire.send(['1', '1', 'realtime:a', 'phx_join', { config: secret }])
    wire.send(['2', '2', 'realtime:b', 'phx_join', { config: secret, access_token: publishableKey }])
    await wire.next((text) => text.includes('"2"'))
    expect(wire.frames.every((text) => text.includes('"ok"'))).toBe(true)
  })

  const forged = async () => `${(await bench.sign({})).slice(0, -6)}AAAAAA`
  const foreign = async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const header = { alg: 'ES256', kid: 'foreign' }
    return await new SignJWT({ role: 'authenticated' })
      .setProtectedHeader(header)
      .setExpirationTime('1h')
      .sign(privateKey)
  }
  const unsigned = () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    return `${part({ alg: 'none', typ: 'JWT' })}.${part({ role: 'service_role', exp: 4_000_000_000 })}.`
  }
})

describe('a token that ends', () => {
  it('closes its channels, private or not, with a message, and no other channel', async () => {
    const person = await bench.person()
    await bench.admit(person, 'short')
    const client = await bench.client(with_(person, await bench.sign({ sub: person.id }, 2)))
    const own = await join(client, 'short', secret)
    const open = await join(client, 'open')
    const other = await join(await bench.client(), 'open')
    await eventually('both ends', () => [own, open].every(({ states }) => states.at(-1)?.state === 'CLOSED'))
    const system = { extension: 'system', status: 'error' }
    const message = expect.stringMatching(/^Token has expired [01] seconds ago$/)
    expect(own.told).toEqual([{ ...system, message, channel: 'short' }])
    expect(open.told).toEqual([{ ...system, message, channel: 'open' }])
    expect(other.states).toHaveLength(1)
  })

  it('does not, when a new one came in time', async () => {
    const person = await bench.person()
    await bench.admit(person, 'long')
    const first = await bench.sign({ sub: person.id }, 2)
    const client = await bench.client(with_(person, first))
    const ear = await join(client, 'long', { ...secret, broadcast: { self: true } })
    const control = await join(await bench.client(with_(person, first)), 'long', secret)
    await client.realtime.setAuth(await bench.sign({ sub: person.id }))
    await eventually('the end of the other', () => control.states.at(-1)?.state === 'CLOSED')
    await broadcast(ear, 'still here')
    await hears(ear, 'still here')
  })
})

describe('a new token on an open channel', () => {
  const later = async (person: Person, claims = {}) => {
    const old = decodeJwt(person.token).exp ?? 0
    return await bench.sign({ sub: person.id, exp: old + 60, ...claims })
  }

  it('closes the channel of a member that may read nothing any more', async () => {
    const person = await bench.person()
    await bench.admit(person, 'lost')
    const client = await bench.client(person)
    const ear = await join(client, 'lost', secret)
    await bench.expel(person, 'lost')
    await client.realtime.setAuth(await later(person))
    await eventually('the end', () => ear.states.at(-1)?.state === 'CLOSED')
    const message = 'You do not have permissions to read from this Channel topic: lost'
    expect(ear.told).toEqual([{ extension: 'system', status: 'error', message, channel: 'lost' }])
  })

  it('closes the channel of a member that may read less than before', async () => {
    const person = await bench.person()
    await bench.admit(person, 'less')
    const client = await bench.client(person)
    const ear = await join(client, 'less', { ...secret, presence: { enabled: true, key: '' } })
    await bench.expel(person, 'less')
    await bench.admit(person, 'less', ['broadcast'])
    await client.realtime.setAuth(await later(person))
    await eventually('the end', () => ear.states.at(-1)?.state === 'CLOSED')
    expect(ear.told[0]?.message).toBe('You no longer have permission to read from this Channel topic: less')
  })

  it('has writing decided anew', async () => {
    const person = await bench.person()
    await bench.admit(person, 'muted')
    const client = await bench.client(person)
    const ear = await join(client, 'muted', { ...secret, broadcast: { ack: true } })
    expect(await broadcast(ear, 'first')).toBe('ok')
    await bench.expel(person, 'muted')
    await bench.admit(person, 'muted', undefined, [])
    expect(await broadcast(ear, 'kept')).toBe('ok')
    await client.realtime.setAuth(await later(person))
    const send = () => ear.channel.send({ type: 'broadcast', event: 'denied', payload: {} }, { timeout: 300 })
    expect(await send()).toBe('timed out')
    expect(ear.states).toHaveLength(1)
  })

  it('closes the channel, public or not, when it is no good', async () => {
    const person = await bench.person()
    await bench.admit(person, 'bad')
    for (const [token, message] of [
      [await bench.sign({}, -9), /^Token has expired \d+ seconds ago$/],
      ['nonsense', /^The token provided is not a valid JWT$/],
      [await bench.sign({ role: undefined }), /^Fields `role` and `exp` are required in JWT$/],
      [`${(await bench.sign({})).slice(0, -6)}AAAAAA`, /^:signature_error$/],
    ] as const) {
      for (const config of [secret, {}]) {
        const client = await bench.client(person)
        const ear = await join(client, 'bad', config)
        await client.realtime.setAuth(token)
        await eventually('the end', () => ear.states.at(-1)?.state === 'CLOSED')
        expect(ear.told[0]?.message).toMatch(message)
      }
    }
  })

  it('is ignored when it is the same one, an API key or none', async () => {
    const person = await bench.person()
    await bench.admit(person, 'same')
    const wire = await openWire(bench.sandbox, { vsn: '2.0.0' })
    const config = { ...secret, broadcast: { ack: true } }
    wire.send(['1', '1', 'realtime:same', 'phx_join', { config, access_token: person.token }])
    await wire.next((text) => text.includes('"ok"'))
    await bench.expel(person, 'same')
    for (const access_token of [person.token, bench.sandbox.publishableKey, null]) {
      wire.send(['1', '2', 'realtime:same', 'access_token', { access_token }])
    }
    wire.send(['1', '3', 'realtime:same', 'presence', { event: 'untrack' }])
    await wire.next((text) => text.includes('"3"'))
    expect(wire.frames).toHaveLength(2)
  })
})
