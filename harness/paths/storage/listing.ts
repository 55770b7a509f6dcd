import type { JsonObject } from '../../json.ts'
import type { Answer } from '../path.ts'
import { answerOf, listOf, objectOf, pagesByPlace, succeeded, unreadable, withBodies } from './answer.ts'
import { type Caller, type Exchange, sendWithClient } from './client.ts'
import { folderOf } from './names.ts'
import { inAddress } from './sending.ts'
import type { TargetObject } from './targets.ts'

/** Objects of one page; the service gives no more than this at once. */
const pageSize = 1000

/** The content of one page of a list: whole names, and how to request the next page. */
interface Page {
  readonly exchange: Exchange
  /** Null when the answer is no list. */
  readonly names: readonly string[] | null
  readonly next: string | null
}

type AskPage = (folder: string, cursor: string | null) => Promise<Page>

/**
 * Lists folders of a bucket to their ends.
 *
 * @param folders with their slashes; empty for the bucket itself.
 * @returns the names of all objects in them as rows; or the first answer that is no page of a list.
 */
export async function list(
  caller: Caller,
  bucket: string,
  folders: readonly string[],
  version: 1 | 2,
): Promise<Answer> {
  const startedAt = performance.now()
  const ask = version === 1 ? pagesOf(caller, bucket) : pagesOfSecond(caller, bucket, true)
  const rows: JsonObject[] = []
  const pages: Exchange[] = []
  for (const folder of folders) {
    const { exchanges, last, names, complete } = await allPages(ask, folder)
    pages.push(...exchanges)
    if (!complete) {
      const answer = succeeded(last) ? unreadable(last, startedAt) : answerOf(last, startedAt)
      return withBodies(answer, pagesByPlace(pages))
    }
    rows.push(...names.map((name) => ({ bucket_id: bucket, name })))
  }
  const last = pages.at(-1)
  if (last === undefined) throw new Error('a list of no folder')
  return withBodies(answerOf(last, startedAt, rows), pagesByPlace(pages))
}

/** @returns the folders in which objects lie, each once. */
export function foldersOf(objects: readonly TargetObject[]): readonly string[] {
  return [...new Set(objects.map(({ name }) => folderOf(name)))].sort()
}

/** @returns every name in a bucket, in whichever folder; `complete` is false when the last answer was no page. */
export function listWhole(caller: Caller, bucket: string): ReturnType<typeof allPages> {
  return allPages(pagesOfSecond(caller, bucket, false), '')
}

interface Pages {
  readonly exchanges: readonly Exchange[]
  readonly last: Exchange
  readonly names: readonly string[]
  readonly complete: boolean
}

async function allPages(ask: AskPage, folder: string): Promise<Pages> {
  const found = new Set<string>()
  const exchanges: Exchange[] = []
  let cursor: string | null = null
  for (;;) {
    const { exchange: last, names, next }: Page = await ask(folder, cursor)
    exchanges.push(last)
    if (names === null) return { exchanges, last, names: [...found], complete: false }
    const before = found.size
    for (const name of names) found.add(name)
    // A page that brings nothing new would go on bringing nothing new.
    if (next === null || (found.size === before && names.length > 0))
      return { exchanges, last, names: [...found], complete: true }
    cursor = next
  }
}

function pagesOf(caller: Caller, bucket: string): AskPage {
  return async (folder, cursor) => {
    const offset = Number(cursor ?? 0)
    const exchange = await sendWithClient(caller, (storage) =>
      storage.from(inAddress(bucket)).list(folder.replace(/\/$/, ''), { limit: pageSize, offset }),
    )
    const entries = succeeded(exchange) ? listOf(exchange) : undefined
    if (entries === undefined) return { exchange, names: null, next: null }
    // Folders have no id.
    const objects = entries.filter(({ id, name }) => id !== null && id !== undefined && typeof name === 'string')
    const names = objects.map(({ name }) => `${folder}${String(name)}`)
    return { exchange, names, next: entries.length < pageSize ? null : String(offset + entries.length) }
  }
}

function pagesOfSecond(caller: Caller, bucket: string, folderAlone: boolean): AskPage {
  return async (folder, cursor) => {
    const options = { limit: pageSize, prefix: folder, ...(folderAlone ? { with_delimiter: true } : {}) }
    const exchange = await sendWithClient(caller, (storage) =>
      storage.from(inAddress(bucket)).listV2(cursor === null ? options : { ...options, cursor }),
    )
    const body = succeeded(exchange) ? objectOf(exchange) : undefined
    if (body === undefined || !Array.isArray(body.objects)) return { exchange, names: null, next: null }
    // `name` is the whole name; `key`, where there is one, is its last part (storage.search_v2).
    const names = body.objects.flatMap(({ name }: JsonObject) => (typeof name === 'string' ? name : []))
    const next = body.hasNext === true && typeof body.nextCursor === 'string' ? body.nextCursor : null
    return { exchange, names, next }
  }
}
