import { z } from 'zod'
import type { Recognised } from './attempt.ts'
import type { CapturedRequest } from './captured.ts'
import { jsonOf, recogniseDataApi } from './data-api.ts'
import { recogniseStorage } from './storage.ts'
import { notReproducible } from './unreadable.ts'

/** The methods of the operation `invoke`. */
const methods = z.enum(['get', 'post', 'put', 'patch', 'delete'])

/** Why requests to the other services cannot be turned into a cell. */
const others: Readonly<Record<string, string>> = {
  graphql: 'pg_graphql runs under the same grants and policies: reproduce the request as one to the Data API.',
  realtime: 'Messages of a WebSocket are not in the request: write a matrix of a channel.',
  auth: 'Requests to Auth are no operations of a matrix.',
}

/**
 * Recognises the object and the operation of a request to a Supabase project.
 *
 * @throws TrespassError `not-reproducible`
 */
export function recognise(request: CapturedRequest): Recognised {
  const [service = '', version, ...rest] = request.path.split('/').filter((part, index) => index > 0 || part !== '')
  if (request.method === 'OPTIONS') {
    throw notReproducible(
      'a preflight request',
      'A browser sends it before the request itself, which has another method.',
    )
  }
  if (version === 'v1') {
    if (service === 'rest') return recogniseDataApi(request, rest.map(decoded))
    if (service === 'storage') return recogniseStorage(request, rest)
    if (service === 'functions') return recogniseFunction(request, rest)
    const why = others[service]
    if (why !== undefined) throw notReproducible(`a request to /${service}/v1`, why)
  }
  throw notReproducible(
    'a path that no service of a Supabase project serves',
    'A route of your own backend is tried by a matrix with `resource: { http: … }`: docs/matrix-format.md.',
  )
}

function recogniseFunction(request: CapturedRequest, [name, ...rest]: readonly string[]): Recognised {
  if (name === undefined || name === '') throw notReproducible('a request to no Edge Function', 'Name the function.')
  const method = methods.safeParse(request.method.toLowerCase())
  if (!method.success) throw notReproducible(`the method ${request.method} on an Edge Function`, 'Write it by hand.')
  const { body } = request
  const notes: string[] = []
  if (body.kind === 'unknown') notes.push('the body of the request is not known; the operation sends none')
  if ([...request.search].length > 0) notes.push('the query of the request is left out: write it under `query`')
  const isJson = body.kind === 'text' && /^\s*[[{]/.test(body.text)
  if (body.kind === 'text' && !isJson) notes.push('a body that is no JSON is left out')
  // A part with a digit or a sign may be an id or an address of a person.
  const words = rest.map((part) => (/^[a-z_-]*$/i.test(part) ? part : 'reproduced'))
  if (words.join('/') !== rest.join('/'))
    notes.push('`reproduced` stands for parts of the path: write `$<fixture>.id` there')
  const path = words.length === 0 ? '' : `/${words.join('/')}`
  const json = isJson ? jsonOf(body.text) : undefined
  return {
    wanted: { kind: 'edge_function', name },
    attempt: { verb: 'invoke', method: method.data, path, json },
    notes,
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
