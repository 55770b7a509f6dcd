/**
 * One value, one text (RFC 8785): keys sorted by code unit at every level, undefined members left out, no white space.
 * The RFC refuses a text with half of a surrogate pair. A service may answer with one, and a report holds it escaped.
 *
 * @returns JSON on one line.
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  let members = ''
  for (const [key, member] of Object.entries(value).sort(byKey)) {
    if (member === undefined) continue
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonical(member)}`
  }
  return `{${members}}`
}

/** @returns a new list, sorted by id in plain code-unit order, so that every machine sorts alike. */
export function byId<R extends { readonly id: string }>(records: readonly R[]): R[] {
  return records.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

/** Canonical JSON lines, sorted by id, each with its line end. */
export function* canonicalLines(records: readonly { readonly id: string }[]): Generator<string> {
  for (const record of byId(records)) yield `${canonical(record)}\n`
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
