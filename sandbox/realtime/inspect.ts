/**
 * Formats a value as Elixir's `inspect` does, since Realtime uses it in its messages: texts in quotes, lists in brackets, maps
 * with sorted keys, a missing value as `nil`.
 */
export function inspect(value: unknown): string {
  if (value === null || value === undefined) return 'nil'
  if (Array.isArray(value)) return `[${value.map(inspect).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return `%{${entries.map(([key, item]) => `${JSON.stringify(key)} => ${inspect(item)}`).join(', ')}}`
}
