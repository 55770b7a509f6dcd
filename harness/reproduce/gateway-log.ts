import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { callerFrom } from './caller.ts'
import type { Caller, CapturedRequest } from './captured.ts'
import { unreadable } from './unreadable.ts'

/**
 * Reads a row of `edge_logs` as the Logs Explorer exports it: with nested `metadata` (lists of one, since the fields are
 * repeated ones), with the flat map `log_attributes` of dotted names, or with columns that a query has selected
 * (Supabase's documentation, "Logs field reference").
 *
 * @returns null for JSON that is no such row.
 */
export function readGatewayRow(json: Json): CapturedRequest | null {
  const row = isList(json) && json.length === 1 ? json[0] : json
  if (isList(row)) throw unreadable(`${row.length} log lines`, 'Give one request at a time.')
  if (!isObject(row)) return null
  const fields = new Map<string, Json>()
  flatten(isObject(row.metadata) || isList(row.metadata) ? row.metadata : row, '', fields)
  if (isObject(row.log_attributes)) flatten(row.log_attributes, '', fields)
  const field = (name: string) => fields.get(`request.${name}`) ?? fields.get(name)
  const [method, path] = [field('method'), field('path')]
  if (typeof method !== 'string' || typeof path !== 'string') {
    return typeof row.event_message === 'string' ? readGatewayLine(row.event_message) : null
  }
  const status = fields.get('response.status_code') ?? fields.get('status_code')
  const search = field('search')
  return fromLog({
    method,
    path,
    search: typeof search === 'string' ? search : '',
    status: Number(status ?? Number.NaN),
    caller: callerIn(field),
  })
}

/** `PATCH | 204 | 203.0.113.7 | 8f… | https://ref.supabase.co/rest/v1/documents?id=eq.7 | node`: the line of the log. */
export function readGatewayLine(line: string): CapturedRequest | null {
  const parts = line.split('|').map((part) => part.trim())
  const method = parts.find((part) => /^(?:GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(part))
  const address = parts.find((part) => /^https?:\/\//.test(part) && URL.canParse(part))
  if (method === undefined || address === undefined) return null
  const { pathname, search } = new URL(address)
  const status = parts.find((part) => /^[1-5]\d\d$/.test(part))
  return fromLog({ method, path: pathname, search, status: Number(status ?? Number.NaN), caller: unknownCaller })
}

const unknownCaller: Caller = { kind: 'unknown', subject: null, assurance: null, appMetadata: {}, keyless: false }

function fromLog(found: {
  readonly method: string
  readonly path: string
  readonly search: string
  readonly status: number
  readonly caller: Caller
}): CapturedRequest {
  const method = found.method.toUpperCase()
  return {
    source: 'gateway log',
    method,
    path: found.path,
    search: new URLSearchParams(found.search),
    headers: new Headers(),
    caller: found.caller,
    body: { kind: ['GET', 'HEAD', 'DELETE'].includes(method) ? 'none' : 'unknown' },
    status: Number.isInteger(found.status) ? found.status : null,
  }
}

/** The gateway logs the claims of the token and of a key that is a JWT, and a prefix of any other key. */
function callerIn(field: (name: string) => Json | undefined): Caller {
  const text = (name: string) => {
    const value = field(name)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const user = text('sb.auth_user') ?? text('sb.jwt.authorization.payload.subject')
  const role = text('sb.jwt.authorization.payload.role') ?? (user === undefined ? undefined : 'authenticated')
  const keyRole = text('sb.jwt.apikey.payload.role')
  const prefix = text('sb.apikey.apikey.prefix') ?? text('sb.apikey.authorization.prefix')
  const known = role ?? keyRole ?? (prefix?.startsWith('sb_secret') === true ? 'service_role' : undefined)
  if (known !== undefined) return callerFrom({ role: known, ...(user === undefined ? {} : { sub: user }) })
  return prefix?.startsWith('sb_publishable') === true ? callerFrom({ role: 'anon' }) : unknownCaller
}

function flatten(value: Json, at: string, into: Map<string, Json>): void {
  if (isList(value) && value.length <= 1) {
    if (value[0] !== undefined) flatten(value[0], at, into)
    return
  }
  if (!isObject(value)) {
    into.set(at, value)
    return
  }
  for (const [key, inner] of entriesOf(value)) flatten(inner, at === '' ? key : `${at}.${key}`, into)
}

function entriesOf(object: JsonObject): readonly (readonly [string, Json])[] {
  return Object.entries(object)
}
