import { parseArgs } from 'node:util'
import { split } from 'shlex'
import { takeCaller } from './caller.ts'
import type { CapturedBody, CapturedRequest } from './captured.ts'
import { unreadable } from './unreadable.ts'

const text = { type: 'string' } as const
const texts = { type: 'string', multiple: true } as const
const flag = { type: 'boolean' } as const

/** The options of curl that decide about a request, and those that have a value and decide nothing (curl's man page). */
const options = {
  request: { ...text, short: 'X' },
  header: { ...texts, short: 'H' },
  data: { ...texts, short: 'd' },
  'data-raw': texts,
  'data-binary': texts,
  'data-ascii': texts,
  'data-urlencode': texts,
  json: texts,
  form: { ...texts, short: 'F' },
  'form-string': texts,
  'upload-file': { ...text, short: 'T' },
  get: { ...flag, short: 'G' },
  head: { ...flag, short: 'I' },
  url: texts,
  'url-query': texts,
  'oauth2-bearer': text,
  user: { ...text, short: 'u' },
  cookie: { ...texts, short: 'b' },
  'user-agent': { ...text, short: 'A' },
  referer: { ...text, short: 'e' },
  output: { ...texts, short: 'o' },
  'write-out': { ...text, short: 'w' },
  'max-time': { ...text, short: 'm' },
  'connect-timeout': text,
  'cookie-jar': { ...text, short: 'c' },
  'dump-header': { ...text, short: 'D' },
  proxy: { ...text, short: 'x' },
  resolve: texts,
  retry: text,
  cacert: text,
  range: { ...text, short: 'r' },
  config: { ...text, short: 'K' },
  location: { ...flag, short: 'L' },
  silent: { ...flag, short: 's' },
  'show-error': { ...flag, short: 'S' },
  fail: { ...flag, short: 'f' },
  include: { ...flag, short: 'i' },
  insecure: { ...flag, short: 'k' },
  verbose: { ...flag, short: 'v' },
  globoff: { ...flag, short: 'g' },
  'remote-name': { ...flag, short: 'O' },
  compressed: flag,
  'no-buffer': { ...flag, short: 'N' },
  http1: { ...flag, short: '0' },
} as const

/** Reads a curl command, as a shell or a browser's "Copy as cURL" writes it. @throws TrespassError `request-unreadable` */
export function readCurl(command: string): CapturedRequest {
  const given = parsed(wordsOf(command))
  const values = <Name extends keyof typeof given.values>(name: Name) => given.values[name]
  const urls = [...(values('url') ?? []), ...given.positionals]
  const [address, second] = urls
  if (address === undefined) throw unreadable('a curl command without a URL')
  if (second !== undefined) throw unreadable(`a curl command with ${urls.length} URLs`, 'Give one request at a time.')
  if (values('config') !== undefined) throw unreadable('a curl command that reads its options from a file')
  const url = urlOf(address)
  const headers = headersOf(values('header') ?? [])
  const bearer = values('oauth2-bearer')
  if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`)
  const parts = dataOf(given.tokens)
  for (const part of values('url-query') ?? []) append(url.searchParams, part)
  const isUpload = values('upload-file') !== undefined
  if (values('json') !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const isGet = values('get') === true
  if (isGet)
    for (const part of parts)
      for (const [name, value] of new URLSearchParams(part.text)) url.searchParams.append(name, value)
  const body = isGet ? ({ kind: 'none' } as const) : bodyOf(parts, isUpload || values('form') !== undefined)
  const usual = values('head') === true ? 'HEAD' : isUpload ? 'PUT' : body.kind === 'none' ? 'GET' : 'POST'
  return {
    source: 'curl',
    method: (values('request') ?? usual).toUpperCase(),
    path: url.pathname,
    search: url.searchParams,
    caller: takeCaller(headers),
    headers,
    body,
    status: null,
  }
}

/** @returns true for a text that begins as a curl command, behind a prompt and variables. */
export function isCurl(input: string): boolean {
  return /^\s*(?:[$%>#]\s+)?curl(?:\.exe)?\s/.test(input)
}

function wordsOf(command: string): readonly string[] {
  const plain = command
    .trim()
    .replace(/^[$%>#]\s+/, '')
    .replaceAll('\r\n', '\n')
  if (/\^\s*$/m.test(plain) || /\^"/.test(plain)) {
    throw unreadable('a curl command with the quotes of cmd.exe', 'Copy it as cURL (bash), or as HAR.')
  }
  try {
    return split(plain).slice(1)
  } catch {
    throw unreadable('a curl command with a quote that is not closed')
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
      allowNegative: true,
      tokens: true,
    })
  } catch (error) {
    const flagName = /option '([^']*)'/i.exec(error instanceof Error ? error.message : '')?.[1] ?? 'an option'
    throw unreadable(`a curl command with ${flagName.split(/[ =]/)[0]}, which is not read`, 'Leave that option out.')
  }
}

function urlOf(address: string): URL {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`
  // A variable of the shell in place of the host.
  const named = whole
    .replace(/^([a-z]+:\/\/)(?:\$\{?\w+\}?)/i, '$1project.invalid')
    .replace(/^http:\/\/\$\{?\w+\}?/, 'http://project.invalid')
  if (!URL.canParse(named)) throw unreadable('a curl command whose address is no URL')
  return new URL(named)
}

function headersOf(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:;]+)[:;]\s*(.*)$/s.exec(line) ?? []
    try {
      headers.append(name.trim(), value.trim())
    } catch {
      throw unreadable('a curl command with a header that has no name and value', 'Write -H "name: value".')
    }
  }
  return headers
}

interface DataPart {
  readonly text: string
  readonly isJson: boolean
  readonly isFile: boolean
}

/** The parts of the body in the order of the command line, which curl keeps. */
function dataOf(tokens: ReturnType<typeof parsed>['tokens']): readonly DataPart[] {
  return tokens.flatMap((token): DataPart[] => {
    if (token.kind !== 'option' || token.value === undefined) return []
    const { name, value } = token
    if (name === 'data-urlencode') return [{ text: encoded(value), isJson: false, isFile: /^[^=]*@/.test(value) }]
    if (!['data', 'data-raw', 'data-binary', 'data-ascii', 'json'].includes(name)) return []
    return [{ text: value, isJson: name === 'json', isFile: name !== 'data-raw' && value.startsWith('@') }]
  })
}

/** `content`, `=content` and `name=content`. */
function encoded(value: string): string {
  const at = value.indexOf('=')
  const [name, content] = at < 0 ? ['', value] : [value.slice(0, at), value.slice(at + 1)]
  return `${name === '' ? '' : `${name}=`}${encodeURIComponent(content)}`
}

function bodyOf(parts: readonly DataPart[], isOther: boolean): CapturedBody {
  if (isOther || parts.some(({ isFile }) => isFile)) return { kind: 'unknown' }
  if (parts.length === 0) return { kind: 'none' }
  return { kind: 'text', text: parts.map(({ text: part }) => part).join(parts.some(({ isJson }) => isJson) ? '' : '&') }
}

function append(search: URLSearchParams, part: string): void {
  const at = part.indexOf('=')
  search.append(at < 0 ? part : part.slice(0, at), at < 0 ? '' : part.slice(at + 1))
}
