/** One SQL statement of a file, without the semicolon. */
export interface Statement {
  text: string
  /** The offset of `text` in the file, in UTF-16 units. */
  offset: number
}

/**
 * Splits SQL into statements as psql does: a semicolon ends one unless it is inside a string, a quoted name, a dollar-quoted
 * body, a comment, parentheses, or the `BEGIN ATOMIC` body of a function. Pieces of comments alone are left out. Nothing is
 * checked: the server reports invalid statements.
 */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = []
  let start: number | undefined
  let parentheses = 0
  let bodyDepth = 0
  let words: string[] = []
  const finish = (end: number) => {
    if (start !== undefined) statements.push({ text: sql.slice(start, end).trimEnd(), offset: start })
    start = undefined
    parentheses = 0
    bodyDepth = 0
    words = []
  }
  for (let at = 0; at < sql.length; ) {
    const next = skipSpaceOrComment(sql, at)
    if (next > at) {
      at = next
      continue
    }
    if (sql[at] === ';' && parentheses === 0 && bodyDepth === 0) {
      finish(at)
      at += 1
      continue
    }
    start ??= at
    const end = tokenEnd(sql, at)
    const token = sql.slice(at, end).toLowerCase()
    if (token === '(') parentheses += 1
    else if (token === ')') parentheses = Math.max(0, parentheses - 1)
    else if (/^[a-z_]/.test(token)) {
      bodyDepth = depthAfter(token, bodyDepth, words)
      if (words.length < 4) words.push(token)
    }
    at = end
  }
  finish(sql.length)
  return statements
}

/**
 * `CREATE FUNCTION … BEGIN ATOMIC …; …; END` contains semicolons of its own. As in psql, only functions and procedures are
 * checked for it, and CASE is counted because it has an END too.
 */
function depthAfter(word: string, depth: number, firstWords: string[]): number {
  const [first, second, third, fourth] = firstWords
  const kind = second === 'or' && third === 'replace' ? fourth : second
  if (first !== 'create' || (kind !== 'function' && kind !== 'procedure')) return depth
  if (word === 'begin') return depth + 1
  if (depth === 0) return 0
  if (word === 'case') return depth + 1
  return word === 'end' ? depth - 1 : depth
}

/** The end of the white space or comment at `at`; `at` itself when there is none. Block comments nest. */
function skipSpaceOrComment(sql: string, at: number): number {
  if (/\s/.test(sql.charAt(at)) || sql[at] === '\uFEFF') return at + 1
  if (sql.startsWith('--', at)) return endOr(sql, sql.indexOf('\n', at))
  if (!sql.startsWith('/*', at)) return at
  let depth = 0
  const marks = /\/\*|\*\//g
  marks.lastIndex = at
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.index + 2
  }
  return sql.length
}

const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy
const NUMBER = /\p{N}[\p{L}\p{N}_.]*/uy
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy

/** The end of the token that starts at `at`: a quoted string, a dollar-quoted body, a word, a number or one character. */
function tokenEnd(sql: string, at: number): number {
  const character = sql.charAt(at)
  if (character === "'") return stringEnd(sql, at, false)
  if (character === '"') return endOr(sql, sql.indexOf('"', at + 1), 1)
  if (/[eE]/.test(character) && sql[at + 1] === "'") return stringEnd(sql, at + 1, true)
  const tag = matchAt(DOLLAR_TAG, sql, at)
  if (tag !== undefined) return endOr(sql, sql.indexOf(tag, at + tag.length), tag.length)
  const word = matchAt(WORD, sql, at) ?? matchAt(NUMBER, sql, at)
  return at + (word?.length ?? 1)
}

/** A doubled quote needs no special case: the halves read as two adjacent strings end at the same place. */
function stringEnd(sql: string, quote: number, backslashEscapes: boolean): number {
  for (let at = quote + 1; at < sql.length; at += 1) {
    if (backslashEscapes && sql[at] === '\\') at += 1
    else if (backslashEscapes && sql.startsWith("''", at)) at += 1
    else if (sql[at] === "'") return at + 1
  }
  return sql.length
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** An unfinished string or comment reaches to the end of the file. */
function endOr(sql: string, found: number, length = 0): number {
  return found === -1 ? sql.length : found + length
}

/** Line and column of an offset, both from 1; columns count characters as an editor does. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: [...before.slice(lineStart)].length + 1 }
}
