import { type Applier, applierWords, isOneTransaction, refuseInapplicable } from '../cuts/application.ts'
import type { MadeObject } from '../cuts/made-object.ts'
import { type Statement, statementInWords } from '../cuts/statements.ts'
import { messageOf } from '../errors.ts'
import { code, escaped } from '../evidence/markdown.ts'

/** What a worksheet is filled with. */
export interface Migrated {
  /** Relative to the workspace. */
  readonly file: string
  readonly text: string
  readonly statements: readonly Statement[]
  readonly applier: Applier
  /** Null where the file is not committed; then `uncommitted` says why. */
  readonly committed: { readonly revision: string; readonly sha256: string } | null
  readonly uncommitted: string | null
  /** Null where no target was named. */
  readonly alias: string | null
}

/**
 * Writes the worksheet of a deployment as Markdown: what is known is filled in, and what only a person knows is a question.
 * Pure.
 */
export function worksheetOf(given: Migrated): string {
  const { file, text, statements, alias } = given
  const name = file.slice(file.lastIndexOf('/') + 1, -'.sql'.length)
  return [
    `# Worksheet: ${escaped(name)} on ${alias === null ? 'a target' : escaped(alias)}`,
    section('Migration', header(given)),
    section('Checks before', before(given)),
    `## SQL\n\n${fenced(text)}`,
    section('Checks after', after(given)),
    section('Rollback or forward fix', back(statements, given.applier)),
    section('Result', [
      question('applied at (UTC), by whom, with which result (applied, failed-partial, corrected)?'),
      `${code(`npx trespass record --migration ${file} --target ${alias ?? 'ALIAS'}`)} writes the deployment record`,
    ]),
  ]
    .join('\n\n')
    .concat('\n')
}

function header({ file, statements, applier, committed, uncommitted, alias }: Migrated): readonly string[] {
  const alone = statements.filter(({ runs }) => runs === 'alone')
  const notes = statements.flatMap(({ note, at }) => (note === null ? [] : [`line ${at.line}: ${escaped(note)}`]))
  return [
    `file: ${code(file)}`,
    committed === null
      ? question(`${escaped(uncommitted ?? 'the file is not committed')}: which revision is applied?`)
      : `Git revision ${code(committed.revision)}, SHA-256 ${code(committed.sha256)}`,
    alias === null ? question('which target?') : `target: ${code(alias)}`,
    `statements: ${statements.length}, ${applierWords[applier]}`,
    obstacle(statements, applier) ??
      (isOneTransaction(statements, applier)
        ? 'all of it is one transaction: an interruption leaves nothing behind'
        : 'it is more than one transaction: an interruption leaves what was committed before it'),
    ...alone.map((statement) => `runs outside of a transaction: ${escaped(statementInWords(statement))}`),
    ...notes,
    question('who reviews it, who applies it, and in which window?'),
    question('which locks does it take on tables that are in use, and for how long?'),
  ]
}

function obstacle(statements: readonly Statement[], applier: Applier): string | null {
  try {
    refuseInapplicable(statements, applier)
    return null
  } catch (error) {
    return `it cannot be applied so: ${escaped(messageOf(error))}`
  }
}

function before({ file, statements, applier, alias }: Migrated): readonly string[] {
  const on = alias === null ? '' : ` --target ${alias}`
  return [
    check(
      `${code(`npx trespass run --before-apply --migration ${file} --applied-by ${applier}`)} rehearses it on a sandbox`,
    ),
    check(`${code(`npx trespass run${on}`)} holds`),
    check(`${code(`npx trespass privileges${on} --json > before.json`)} keeps the privileges to compare with`),
    check(`${code(`npx trespass readiness${on} --gate`)} passes, or its findings are accepted`),
    ...made(statements).map(({ name, what }) =>
      check(`${sqlCheck({ name, what })} is ${what === 'altered table' ? 'not null' : 'null'}`),
    ),
    question('is there a backup or a point in time to go back to, and was its restore tried?'),
  ]
}

function after({ statements, alias }: Migrated): readonly string[] {
  const on = alias === null ? '' : ` --target ${alias}`
  const objects = statements.flatMap(({ made: object }) => (object === null ? [] : [object]))
  return [
    ...made(statements).map(({ name, what }) => check(`${sqlCheck({ name, what })} is not null`)),
    ...objects
      .filter(({ what }) => what === 'table')
      .map(({ name }) => check(`${code(`select relrowsecurity from pg_class where oid = ${regclass(name)}`)} is true`)),
    ...objects
      .filter(({ what }) => what === 'index')
      .map(({ name }) =>
        check(`${code(`select indisvalid from pg_index where indexrelid = ${regclass(name)}`)} is true`),
      ),
    ...objects
      .filter(({ what }) => what === 'policy')
      .map(({ name, on: table }) =>
        check(
          `${code(`select count(*) from pg_policy where polrelid = ${regclass(table ?? '')} and polname = ${literal(unquoted(name))}`)} is 1`,
        ),
      ),
    check(`${code(`npx trespass run${on}`)} holds`),
    check(`${code(`npx trespass privileges${on} --before before.json`)} names only changes that are meant`),
    check(`${code(`npx trespass advisors${on}`)} shows nothing new`),
  ]
}

/** Objects with a name that the catalog finds by one function. */
function made(statements: readonly Statement[]): readonly MadeObject[] {
  const found = statements.flatMap(({ made: object }) => (object === null ? [] : [object]))
  const own = new Set(found.filter(({ what }) => what === 'table').map(({ name }) => name))
  const named = found.filter(({ what, name }) =>
    what === 'altered table' ? !own.has(name) : ['table', 'view', 'index', 'type'].includes(what),
  )
  return [...new Map(named.map((object) => [object.name, object])).values()]
}

function sqlCheck({ name, what }: Pick<MadeObject, 'name' | 'what'>): string {
  return code(`select ${what === 'type' ? `to_regtype(${literal(name)})` : regclass(name)}`)
}

/** In reverse order; a statement whose inverse is not in its text is a question. */
function back(statements: readonly Statement[], applier: Applier): readonly string[] {
  const inverse = statements.toReversed().map((statement): string => {
    const { made: object, kind, relation } = statement
    const sql = object === null ? null : dropOf(object)
    if (sql !== null) return `${code(sql)} undoes ${escaped(statementInWords(statement))}`
    if (kind === 'enable row level security' && relation !== null) {
      return question(`${escaped(statementInWords(statement))} is not taken back: what fixes it forward?`)
    }
    return question(`what undoes, or fixes forward, ${escaped(statementInWords(statement))}?`)
  })
  return [
    isOneTransaction(statements, applier)
      ? 'if it fails, nothing remains: correct the file and apply it again'
      : 'if it fails in its middle: `interrupted-migration` of docs/scenarios.md tries what remains, and which statements bring it forward',
    'rows that were written since are lost with an object that is dropped: a forward fix loses none',
    ...inverse,
  ]
}

function dropOf({ what, name, on }: MadeObject): string | null {
  switch (what) {
    case 'policy':
    case 'trigger':
      return on === null ? null : `drop ${what} ${name} on ${on};`
    case 'table':
    case 'view':
    case 'index':
    case 'type':
      return `drop ${what} ${name};`
    case 'function':
    case 'altered table':
      // The text may replace a function that is there, and an altered table has an inverse for each of its commands.
      return null
  }
}

function regclass(name: string): string {
  return `to_regclass(${literal(name)})`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function unquoted(name: string): string {
  return name.slice(1, -1).replaceAll('""', '"')
}

function section(title: string, lines: readonly string[]): string {
  return [`## ${title}`, '', ...lines.map((line) => `- ${line}`)].join('\n')
}

function check(text: string): string {
  return `[ ] ${text}`
}

function question(text: string): string {
  return `[ ] **Question:** ${text}`
}

/** A fence that is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}sql\n${text.trimEnd()}\n${fence}`
}
