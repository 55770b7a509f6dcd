import { describe, expect, it } from 'vitest'
import { alone } from '../../../test/support/example-answers.ts'
import { json, recordingServer } from '../../../test/support/recording-server.ts'
import type { JsonObject } from '../../json.ts'
import { rpc } from './index.ts'

const server = recordingServer()

async function call(body: JsonObject) {
  const resource = { kind: 'function', name: 'api.claim_job' }
  const answer = await rpc.attempt(server.caller(), { resource, verb: 'call', body, targets: [], ...alone })
  return { answer, seen: server.seen.map(({ method, path }) => `${method} ${path}`) }
}

describe('a call', () => {
  it('is a POST with its arguments', async () => {
    server.answer((response) => json(response, 200, { id: 1 }))
    const { answer, seen } = await call({ call: { name: 'a', list: [1, 2] } })
    expect(seen).toEqual(['POST /rest/v1/rpc/claim_job'])
    expect(server.seen[0]?.body).toBe('{"name":"a","list":[1,2]}')
    expect(server.seen[0]?.headers['content-profile']).toBe('api')
    expect(answer).toMatchObject({ status: 200, rows: null, value: { id: 1 } })
  })

  it('by GET carries its arguments in the address', async () => {
    const { seen } = await call({ call: { name: 'a', list: [1, 2], options: { deep: true } }, method: 'get' })
    expect(seen).toEqual(['GET /rest/v1/rpc/claim_job?name=a&list={1,2}&options={"deep":true}'])
  })

  it('by HEAD never becomes a POST, which may write', async () => {
    const { seen } = await call({ call: { options: { deep: true } }, method: 'head' })
    expect(seen).toEqual(['HEAD /rest/v1/rpc/claim_job?options={"deep":true}'])
  })

  it('by HEAD asks for the reason of a refusal by GET', async () => {
    server.answer((response) =>
      json(response, 403, { code: '42501', message: 'permission denied for function claim_job' }),
    )
    const { answer, seen } = await call({ call: {}, method: 'head' })
    expect(seen).toEqual(['HEAD /rest/v1/rpc/claim_job', 'GET /rest/v1/rpc/claim_job'])
    expect(answer).toMatchObject({ code: '42501', message: 'permission denied for function claim_job', rows: null })
  })
})

describe('the footprint of a call', () => {
  const footprint = (body: JsonObject) => rpc.verbs.call?.footprint(body, { kind: 'function', name: 'api.f' })

  it('has the declared reads and writes', () => {
    const body = {
      call: { id: 1 },
      reads: 'own',
      changes: { own: { a: 1 } },
      removes: ['b'],
      adds: { table: 'public.t', values: { x: 1 } },
    }
    expect(footprint(body)).toMatchObject({
      reads: ['own'],
      bounded: false,
      readOnly: false,
      writes: [
        { kind: 'change', fixture: 'own', set: { a: 1 } },
        { kind: 'remove', fixture: 'b' },
        { kind: 'add', table: 'public.t', rows: [{ x: 1 }], skippable: true },
      ],
      arguments: [{ name: 'id', at: ['call', 'id'] }],
    })
  })

  it('cannot write by GET and HEAD', () => {
    for (const method of ['get', 'head']) expect(footprint({ call: {}, method })).toMatchObject({ readOnly: true })
    expect(footprint({ call: {}, reads: '*' })).toMatchObject({ reads: '*', readOnly: false, writes: [] })
  })
})
