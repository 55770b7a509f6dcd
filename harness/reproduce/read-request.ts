import type { Json } from '../json.ts'
import { parseJson } from '../json-text.ts'
import type { CapturedRequest } from './captured.ts'
import { isCurl, readCurl } from './curl.ts'
import { readGatewayLine, readGatewayRow } from './gateway-log.ts'
import { readHar } from './har.ts'
import { unreadable } from './unreadable.ts'

/**
 * Reads one request from a curl command, a HAR file or entry, or a line of the API gateway's log.
 *
 * @param entry the number of the entry of a HAR file; null where it has one request.
 * @throws TrespassError `request-unreadable`, or `not-reproducible` for a request with the secret key.
 */
export function readRequest(input: string, entry: number | null): CapturedRequest {
  const text = input.replace(/^\uFEFF/, '').trim()
  if (text === '') throw unreadable('an empty input')
  if (isCurl(text)) return readCurl(text)
  const json = jsonIn(text)
  const request = json === undefined ? readGatewayLine(text) : (readHar(json, entry) ?? readGatewayRow(json))
  if (request !== null) return request
  throw unreadable(json === undefined ? 'a text of another form' : 'JSON of another form')
}

function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
