/** A row as PostgreSQL prints its values; null is SQL's null. A value that stays out of line unchanged is left out. */
export type Cells = Readonly<Record<string, string | null>>

/** One change of one row in the write-ahead log. */
export interface DecodedChange {
  readonly kind: 'change'
  /** Schema and name, without quotes. */
  readonly table: string
  readonly action: 'insert' | 'update' | 'delete'
  /** The old values of the replica identity, where the log holds them. */
  readonly old: Cells | null
  /** The new row; null for a delete. */
  readonly row: Cells | null
}

/** One line that the output plugin `test_decoding` prints. */
export type Decoded =
  | { readonly kind: 'begin' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'message'; readonly prefix: string; readonly content: string }
  | DecodedChange
  | { readonly kind: 'truncate'; readonly tables: readonly string[] }

const message = /^message: transactional: [01] prefix: (.*?), sz: \d+ content:([\s\S]*)$/

/**
 * Reads one line of PostgreSQL's `test_decoding` (contrib/test_decoding/test_decoding.c).
 *
 * @throws SyntaxError when it is none.
 */
export function readTestDecoding(text: string): Decoded {
  if (text.startsWith('BEGIN')) return { kind: 'begin' }
  if (text.startsWith('COMMIT')) return { kind: 'commit' }
  const [, prefix, content] = message.exec(text) ?? []
  if (prefix !== undefined && content !== undefined) return { kind: 'message', prefix, content }
  const scanner = new Scanner(text)
  scanner.expect('table ')
  const tables = [scanner.relation()]
  while (scanner.accept(', ')) tables.push(scanner.relation())
  if (scanner.accept(': TRUNCATE:')) return { kind: 'truncate', tables }
  const [table = ''] = tables
  if (scanner.accept(': INSERT:')) return { kind: 'change', table, action: 'insert', old: null, row: scanner.tuple() }
  if (scanner.accept(': DELETE:')) return { kind: 'change', table, action: 'delete', old: scanner.tuple(), row: null }
  scanner.expect(': UPDATE:')
  const old = scanner.accept(' old-key:') ? scanner.tuple() : null
  if (old !== null) scanner.expect(' new-tuple:')
  return { kind: 'change', table, action: 'update', old, row: scanner.tuple() }
}

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  accept(word: string): boolean {
    const found = this.#text.startsWith(word, this.#at)
    if (found) this.#at += word.length
    return found
  }

  expect(word: string): void {
    if (!this.accept(word)) throw new SyntaxError(`test_decoding printed no ${word} at ${this.#at}`)
  }

  relation(): string {
    const schema = this.#identifier()
    this.expect('.')
    return `${schema}.${this.#identifier()}`
  }

  /** @returns null for a row of which the log holds nothing: a delete without a replica identity. */
  tuple(): Cells | null {
    if (this.accept(' (no-tuple-data)')) return null
    const cells: [string, string | null][] = []
    while (this.#at < this.#text.length && !this.#text.startsWith(' new-tuple:', this.#at)) {
      this.expect(' ')
      const column = this.#identifier()
      this.#type()
      const value = this.#value()
      if (value !== undefined) cells.push([column, value])
    }
    return Object.fromEntries(cells)
  }

  #identifier(): string {
    const rest = /"(?:[^"]|"")*"|[^\s".:,[]+/y
    rest.lastIndex = this.#at
    const [found = ''] = rest.exec(this.#text) ?? []
    if (found === '') throw new SyntaxError(`test_decoding printed no identifier at ${this.#at}`)
    this.#at += found.length
    return found.startsWith('"') ? found.slice(1, -1).replaceAll('""', '"') : found
  }

  /** The name of a type may be quoted, and that of an array ends with brackets of its own. */
  #type(): void {
    const type = /\[(?:"(?:[^"]|"")*"|[^"\]]|\](?!:))*\]:/y
    type.lastIndex = this.#at
    const [found = ''] = type.exec(this.#text) ?? []
    if (found === '') throw new SyntaxError(`test_decoding printed no type at ${this.#at}`)
    this.#at += found.length
  }

  /** @returns undefined for a value that is stored out of line and that the statement left alone. */
  #value(): string | null | undefined {
    if (this.accept('unchanged-toast-datum')) return undefined
    this.accept('B')
    if (this.#text[this.#at] !== "'") return this.#bare()
    const literal = /'((?:[^']|'')*)'/y
    literal.lastIndex = this.#at
    const [whole, inner] = literal.exec(this.#text) ?? []
    if (whole === undefined || inner === undefined)
      throw new SyntaxError(`test_decoding printed no value at ${this.#at}`)
    this.#at += whole.length
    return inner.replaceAll("''", "'")
  }

  /** Numbers and truth values have no quotes. */
  #bare(): string | null {
    const end = this.#text.indexOf(' ', this.#at)
    const text = this.#text.slice(this.#at, end === -1 ? undefined : end)
    this.#at += text.length
    if (text === 'null') return null
    return text === 'true' ? 't' : text === 'false' ? 'f' : text
  }
}
