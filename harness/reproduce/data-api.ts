import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { parseJson } from '../json-text.ts'
import type { Attempt, EqualFilter, Recognised } from './attempt.ts'
import type { CapturedRequest } from './captured.ts'
import { notReproducible, unreadable } from './unreadable.ts'

/** Parameters of a query that are no filters (PostgREST's documentation, "Tables and Views"). */
const reserved = new Set([
  'select',
  'columns',
  'on_conflict',
  'order',
  'limit',
  'offset',
  'and',
  'or',
  'not.and',
  'not.or',
])

/** Recognises a request below `/rest/v1/`. @throws TrespassError `not-reproducible` */
export function recogniseDataApi(request: CapturedRequest, rest: readonly string[]): Recognised {
  const { method, headers } = request
  const isRead = method === 'GET' || method === 'HEAD'
  const schema = headers.get(isRead ? 'accept-profile' : 'content-profile') ?? 'public'
  const [first, second, third] = rest
  if (first === undefined || first === '') {
    throw notReproducible(
      'a request for the description of the Data API',
      '`trespass inventory` lists what it exposes.',
    )
  }
  const notes: string[] =
    request.source === 'gateway log' ? ['the log does not name the schema; public is assumed'] : []
  if (first === 'rpc' && second !== undefined && third === undefined) {
    return { wanted: { kind: 'function', name: `${schema}.${second}` }, attempt: callOf(request, notes), notes }
  }
  if (second !== undefined)
    throw notReproducible('a path of the Data API that PostgREST does not serve', 'See its URL.')
  return { wanted: { kind: 'relation', name: `${schema}.${first}` }, attempt: rowsOf(request, notes), notes }
}

function rowsOf(request: CapturedRequest, notes: string[]): Attempt {
  const { method, search, headers } = request
  const prefer = (headers.get('prefer') ?? '').split(',').map((part) => part.trim())
  const filters = filtersOf(search, notes)
  const returning = prefer.includes('return=representation') ? 'representation' : 'minimal'
  if (request.source === 'gateway log' && method !== 'GET' && method !== 'HEAD') {
    notes.push('the log keeps neither the body nor the header Prefer: the operation returns no rows')
  }
  switch (method) {
    case 'GET':
    case 'HEAD':
      return {
        verb: 'select',
        columns: listed(search.get('select') ?? '*').filter(
          (column) => column !== '*' || (search.get('select') ?? '*') !== '*',
        ),
        filters,
        count: prefer.some((part) => part.startsWith('count=')),
        head: method === 'HEAD',
        single: (headers.get('accept') ?? '').includes('application/vnd.pgrst.object'),
      }
    case 'POST': {
      const rows = rowsIn(request, notes)
      const resolution = prefer.find((part) => part.startsWith('resolution='))
      if (resolution === undefined) return { verb: 'insert', rows, returning }
      const ignoreDuplicates = resolution === 'resolution=ignore-duplicates'
      return { verb: 'upsert', rows, onConflict: listed(search.get('on_conflict') ?? ''), ignoreDuplicates, returning }
    }
    case 'PUT':
      return { verb: 'upsert', rows: rowsIn(request, notes), onConflict: [], ignoreDuplicates: false, returning }
    case 'PATCH': {
      const [set = null] = rowsIn(request, notes) ?? []
      return { verb: 'update', set, filters, returning }
    }
    case 'DELETE':
      return { verb: 'delete', filters, returning }
    default:
      throw notReproducible(`the method ${method} of the Data API`, 'It reads and writes no rows.')
  }
}

function callOf(request: CapturedRequest, notes: string[]): Attempt {
  const { method, search } = request
  if (method === 'GET' || method === 'HEAD') {
    const args = [...search].filter(([name]) => !reserved.has(name))
    return { verb: 'call', arguments: Object.fromEntries(args), method: method === 'GET' ? 'get' : 'head' }
  }
  if (method !== 'POST')
    throw notReproducible(`the method ${method} on a function`, 'PostgREST calls by GET, HEAD and POST.')
  if ([...search].length > 0) notes.push('filters and columns of the rows that the function returns are left out')
  const rows = rowsIn(request, notes)
  return { verb: 'call', arguments: rows === null ? null : (rows[0] ?? {}), method: 'post' }
}

/** Only an equality names a row; a matrix bounds every request by the keys of its fixtures. */
function filtersOf(search: URLSearchParams, notes: string[]): readonly EqualFilter[] {
  const filters: EqualFilter[] = []
  const others = new Set<string>()
  for (const [name, condition] of search) {
    if (['select', 'columns', 'on_conflict', 'order'].includes(name)) continue
    const equal = /^eq\.(.*)$/s.exec(condition)
    if (!reserved.has(name) && !name.includes('.') && equal?.[1] !== undefined)
      filters.push({ column: name, value: equal[1] })
    else others.add(name)
  }
  if (others.size > 0)
    notes.push(`left out: ${[...others].join(', ')}; a fixture takes the place of the rows that the request named`)
  return filters
}

function rowsIn({ body, headers }: CapturedRequest, notes: string[]): readonly JsonObject[] | null {
  if (body.kind === 'unknown') {
    notes.push('the body of the request is not known; the operation sends a body that the schema allows')
    return null
  }
  if (body.kind !== 'text' || body.text.trim() === '') return [{}]
  const type = headers.get('content-type') ?? ''
  if (/csv|octet-stream|text\/(?:plain|xml)/.test(type)) {
    notes.push(
      `a body of the type ${type.split(';')[0]} is not read; the operation sends a body that the schema allows`,
    )
    return null
  }
  if (type.startsWith('application/x-www-form-urlencoded') && !/^\s*[[{]/.test(body.text)) {
    return [Object.fromEntries(new URLSearchParams(body.text))]
  }
  const value = jsonOf(body.text)
  const rows = isList(value) ? value : [value]
  const objects = rows.filter(isObject)
  if (objects.length !== rows.length || objects.length === 0) throw unreadable('a body that holds no object of columns')
  if (objects.length > 1) notes.push(`the first of ${objects.length} rows of the body is used`)
  return objects.slice(0, 1)
}

/** @throws TrespassError `request-unreadable` */
export function jsonOf(text: string): Json {
  try {
    return parseJson(text)
  } catch {
    throw unreadable('a body that is no JSON')
  }
}

/** Splits a list at its commas, but for those inside parentheses and quotes. */
function listed(text: string): readonly string[] {
  const parts: string[] = []
  let [depth, isQuoted, from] = [0, false, 0]
  for (const [at, letter] of [...text].map((one, index) => [index, one] as const)) {
    if (letter === '"') isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (letter === '(') depth++
    else if (letter === ')') depth--
    else if (letter === ',' && depth === 0) {
      parts.push([...text].slice(from, at).join(''))
      from = at + 1
    }
  }
  return [...parts, [...text].slice(from).join('')].map((part) => part.trim()).filter((part) => part !== '')
}
