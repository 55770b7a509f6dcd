import { parse } from 'libpg-query'
import { type Position, TrespassError } from '../errors.ts'
import { type Kind, kindOf } from './kinds.ts'
import { type MadeObject, madeObject, quoted } from './made-object.ts'
import { type Node, parseErrorSchema, treeSchema } from './parse-tree.ts'

/** One statement of a migration. */
export interface Statement extends Kind {
  /** Its place among the file's statements, from 1. */
  readonly number: number
  /** The text in the file, without the semicolon and without comments before it. */
  readonly text: string
  readonly at: Position
  /** The relation or index of the statement, as it names it; null if it names none or several. */
  readonly relation: string | null
  /** The object that it makes or alters; null for another statement. */
  readonly made: MadeObject | null
}

/**
 * Splits a migration into statements with PostgreSQL's own parser.
 *
 * @param file the name for errors.
 * @throws TrespassError `migration-unreadable` with file, line and column.
 */
export async function statementsOf(sql: string, file: string): Promise<readonly Statement[]> {
  // psql and the Supabase CLI skip the byte order mark, the parser does not.
  const text = sql.replace(/^\uFEFF/, '')
  const tree = treeSchema.parse(await parse(text).catch((error: unknown) => explain(error, text, file)))
  const bytes = Buffer.from(text)
  return tree.stmts.map(({ stmt, stmt_location: start, stmt_len: length }, index) => {
    const end = length === 0 ? bytes.length : start + length
    const written = bytes.subarray(start, end).toString()
    const begin = bytes.subarray(0, start).toString().length + leadingBlank(written)
    const [type = '', node = {}] = Object.entries(stmt)[0] ?? []
    return {
      ...kindOf(type, node),
      number: index + 1,
      text: written.slice(leadingBlank(written)).trimEnd(),
      at: { file, ...lineAndColumn(text, begin) },
      relation: relationOf(node),
      made: madeObject(type, node),
    }
  })
}

/** @returns `line 12: create policy "members read" on public.polls`, short enough for a sentence. */
export function statementInWords({ at, text }: Pick<Statement, 'at' | 'text'>): string {
  const flat = text.replaceAll(/\s+/g, ' ')
  return `line ${at.line}: ${flat.length > 90 ? `${flat.slice(0, 89)}…` : flat}`
}

function relationOf({ relation, removeType, objects = [] }: Node): string | null {
  if (relation !== undefined) return quoted([relation.schemaname ?? '', relation.relname])
  const [only, ...more] = objects
  if (removeType !== 'OBJECT_INDEX' || only === undefined || more.length > 0) return null
  return quoted(only.List?.items.map(({ String: part }) => part?.sval ?? '') ?? [])
}

/** The parser counts text between two statements as a part of the second. Block comments nest. */
function leadingBlank(text: string): number {
  let at = 0
  for (;;) {
    const space = /\s*/y
    space.lastIndex = at
    at += space.exec(text)?.[0].length ?? 0
    if (text.startsWith('--', at)) {
      const end = text.indexOf('\n', at)
      at = end === -1 ? text.length : end
    } else if (text.startsWith('/*', at)) at = commentEnd(text, at)
    else return at
  }
}

function commentEnd(text: string, start: number): number {
  let depth = 0
  const marks = /\/\*|\*\//g
  marks.lastIndex = start
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.index + 2
  }
  return text.length
}

/** Line and column from 1; columns count characters as an editor does. */
function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: [...before.slice(before.lastIndexOf('\n') + 1)].length + 1 }
}

function explain(error: unknown, text: string, file: string): never {
  const parsed = parseErrorSchema.safeParse(error)
  if (!parsed.success) throw error
  const { message, cursorPosition } = parsed.data.sqlDetails
  const offset = [...text].slice(0, Math.max(0, cursorPosition)).join('').length
  const { line, column } = lineAndColumn(text, offset)
  throw new TrespassError('migration-unreadable', `${file}:${line}:${column}: ${message}, expected SQL`, {
    hint: 'PostgreSQL’s own parser reads the file, as it stands; commands of psql are no SQL.',
    cause: error,
  })
}
