import type { Answer, Call } from '../path.ts'

/**
 * Adds the number of rows that a write with an empty body changed. PostgREST states the range of updated rows in
 * `Content-Range` (`0-2/*`, or `*\/*` for none), nothing about deleted ones, and answers an insert that
 * `ignoreDuplicates` left out like one that was made (PostgREST's `Response.hs`).
 */
export function withAffected(answer: Answer, { verb, body }: Pick<Call, 'verb' | 'body'>): Answer {
  const { status, rows, value, headers } = answer
  if (status < 200 || status >= 300 || rows !== null || value !== null) return answer
  if (verb === 'update') return { ...answer, affected: updatedRows(headers['content-range']) }
  const isSilent = verb === 'delete' || (verb === 'upsert' && body.ignore_duplicates === true)
  return isSilent ? { ...answer, affected: null } : answer
}

function updatedRows(range: string | undefined): number | null {
  if (range?.startsWith('*/') === true) return 0
  const [, first, last] = /^(\d+)-(\d+)\//.exec(range ?? '') ?? []
  return first === undefined || last === undefined ? null : Number(last) - Number(first) + 1
}
