/**
 * Commands that PostgreSQL reserves for superusers and that a hosted project's owner may still run, because supautils executes
 * them for the role. Here a function of the schema `sandbox` executes them (`postgres/bootstrap/70-extensions.sql`).
 */

const NAME = String.raw`("(?:[^"]|"")+"|[\w$]+|'[^']+')`
const CREATE = new RegExp(String.raw`^create\s+extension\s+(if\s+not\s+exists\s+)?${NAME}(.*)$`, 'is')
const SCHEMA = new RegExp(String.raw`\bschema\s+${NAME}`, 'i')
const DROP = new RegExp(String.raw`^drop\s+extension\s+(if\s+exists\s+)?(${NAME}(?:\s*,\s*${NAME})*)(.*)$`, 'is')
const ALTER = new RegExp(String.raw`^alter\s+extension\s+${NAME}\s+(?:(update)\b.*|set\s+schema\s+${NAME}\s*)$`, 'is')
const COMMENT = new RegExp(
  String.raw`^comment\s+on\s+extension\s+${NAME}\s+is\s+(null|e?'(?:[^']|'')*'|\$(\w*)\$.*\$\3\$)\s*$`,
  'is',
)

/** Commands on objects whose owner has to be a superuser in PostgreSQL. */
const SUPERUSER_COMMAND = new RegExp(
  [
    String.raw`^(?:create|alter|drop)\s+event\s+trigger\b`,
    String.raw`^comment\s+on\s+event\s+trigger\b`,
    String.raw`^create\s+publication\s+${NAME}\s+for\s+(?:all\s+tables|tables\s+in\s+schema)\b`,
    String.raw`^alter\s+publication\s+${NAME}\s+(?:add|set)\s+tables\s+in\s+schema\b`,
    String.raw`^(?:create|alter|drop)\s+foreign\s+data\s+wrapper\b`,
  ].join('|'),
  'i',
)

/** Options of pgvector's indexes, which the indexes of the stand-in lack. */
const VECTOR_INDEX = /^create\s+(?:unique\s+)?index\b.*\busing\s+"?(?:hnsw|ivfflat)"?\s*\(.*\)\s*(with\s*\([^)]*\))/is

/** A command for an extension inside the body of a DO statement, by itself or as the text of an EXECUTE. */
const INSIDE_BODY =
  /\bexecute\s+'((?:create|drop|alter)\s+extension\s+[^;']*)'\s*;|\b((?:create|drop|alter)\s+extension\s+[^;']*);/gi

/** @returns the statement to send for one of a migration: unchanged, except for a command that the platform executes itself */
export function asSent(statement: string): string {
  const calls = extensionCalls(statement)
  if (calls !== undefined) return `select ${calls.join(', ')}`
  if (SUPERUSER_COMMAND.test(statement)) return `select sandbox.run_command(${literal(statement)})`
  if (/^do\b/i.test(statement)) {
    return statement.replaceAll(INSIDE_BODY, (command, executed?: string, direct?: string) => {
      const inside = extensionCalls((executed ?? direct ?? '').trim())
      return inside === undefined ? command : inside.map((call) => `perform ${call};`).join(' ')
    })
  }
  const options = VECTOR_INDEX.exec(statement)?.[1]
  if (options === undefined) return statement
  const at = statement.lastIndexOf(options)
  // Spaces keep the positions that an error names.
  return statement.slice(0, at) + ' '.repeat(options.length) + statement.slice(at + options.length)
}

/** @returns the names of the extensions that a statement creates, by itself or in the body of a DO statement. */
export function createdExtensions(statement: string): readonly string[] {
  const inside = /^do\b/i.test(statement) ? [...statement.matchAll(INSIDE_BODY)] : []
  const commands = [statement, ...inside.map(([, executed, direct]) => (executed ?? direct ?? '').trim())]
  return commands.flatMap((command) => {
    const name = CREATE.exec(command)?.[2]
    return name === undefined ? [] : [unquote(name)]
  })
}

/** The calls that replace one command about extensions; undefined for any other statement. */
function extensionCalls(statement: string): string[] | undefined {
  const [, onlyIfMissing, created, clauses = ''] = CREATE.exec(statement) ?? []
  if (created !== undefined) {
    const schema = SCHEMA.exec(clauses)?.[1]
    const place = schema === undefined ? 'null' : literal(unquote(schema))
    const flags = [onlyIfMissing !== undefined, /\bcascade\b/i.test(clauses)]
    return [`sandbox.create_extension(${[literal(unquote(created)), place, ...flags].join(', ')})`]
  }
  const [, onlyIfPresent, dropped, , , rest = ''] = DROP.exec(statement) ?? []
  if (dropped !== undefined) {
    const change = onlyIfPresent === undefined ? 'drop' : 'drop if exists'
    const names = dropped.match(new RegExp(NAME, 'g')) ?? []
    return names.map((name) => changeCall(name, change, /\bcascade\b/i.test(rest) ? literal('cascade') : literal('')))
  }
  const [, altered, update, moved] = ALTER.exec(statement) ?? []
  if (altered !== undefined) {
    if (moved !== undefined) return [changeCall(altered, 'set schema', literal(unquote(moved)))]
    if (update !== undefined) return [changeCall(altered, 'update', 'null')]
  }
  const [, described, text] = COMMENT.exec(statement) ?? []
  return described === undefined || text === undefined ? undefined : [changeCall(described, 'comment', text)]
}

function changeCall(name: string, change: string, detail: string): string {
  return `sandbox.change_extension(${literal(unquote(name))}, ${literal(change)}, ${detail})`
}

function unquote(name: string): string {
  if (name.startsWith('"')) return name.slice(1, -1).replaceAll('""', '"')
  return name.startsWith("'") ? name.slice(1, -1) : name.toLowerCase()
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
