import { Document, isMap, isScalar } from 'yaml'
import type { JsonObject } from '../json.ts'
import type { Plan, PlannedMatrix, PlannedRow } from './model.ts'
import { fileWord } from './plan.ts'

/** A file that is to be written. */
export interface NewFile {
  /** Relative to the workspace, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** Writes the texts of a plan's files. Pure. */
export function filesOf(plan: Plan): readonly NewFile[] {
  return [
    { path: 'trespass.config.ts', text: config },
    { path: 'matrices/actors.yaml', text: actorsText(plan) },
    ...plan.matrices.map((matrix) => ({
      path: pathOf(matrix),
      text: matrixText(matrix),
    })),
  ]
}

/** @returns the file of a matrix, relative to the workspace. */
export function pathOf({ name }: Pick<PlannedMatrix, 'name'>): string {
  return `matrices/${fileWord(name)}.matrix.yaml`
}

/** Lines that `.gitignore` has to hold: reports may show rows, and `.env` files hold secrets. */
export const ignored: readonly string[] = ['.trespass/', 'reports/*', '.env', '.env.*', '!.env.example']

const config = `import { defineConfig } from 'trespass'

export default defineConfig({})
`

/** The variables of a target, for a repository that has no \`.env.example\` yet. */
export const environmentExample = `# Copy this file to .env.staging for the target \`staging\`, and fill it in. Neither it nor .env belongs in version control.
# The target \`sandbox\` needs none of this: it is started for the run.

# The project's address and publishable key.
TRESPASS_URL=
TRESPASS_PUBLISHABLE_KEY=

# A secret key makes users and stands behind denials as a control. It is never an actor.
TRESPASS_SECRET_KEY=

# The connection string of the database or of the session pooler, with its password: it makes fixtures and reads effects.
TRESPASS_DATABASE_URL=

# The path of the certificate that the database's own one is verified by.
TRESPASS_DATABASE_CA=

# The only hosted target that may be written to, by its alias.
TRESPASS_ALLOW_WRITES=
`

function actorsText({ actors, actorNotes, world, worldNotes, left }: Plan): string {
  const document = new Document({
    actors: Object.fromEntries(
      actors.map(({ name, kind, userMetadata }) => [
        name,
        { kind, ...(userMetadata === null ? {} : { user_metadata: userMetadata }) },
      ]),
    ),
    ...(world.length === 0
      ? {}
      : { world: Object.fromEntries(world.map((row) => [row.name, { table: row.table, ...longRow(row) }])) }),
  })
  flow(document, ['actors', 'world'])
  for (const { name, comment } of actors) annotate(document, ['actors', name], comment)
  head(document, `${editorLine('actors')}\n${actorsNote}${asComment(actorNotes)}`)
  const missing = [...worldNotes, ...left.map(({ title, reason }) => `${title} has no matrix: ${reason}`)]
  return `${document.toString(format)}${missing.length === 0 ? '' : `\n${missing.map((note) => `# ${oneLine(note)}\n`).join('')}`}`
}

const actorsNote =
  ' The actors, and the rows that all matrices share. Written by `trespass init`; it is yours to change.'

/** Writes the text of a matrix whose cells are undecided. */
export function matrixText(matrix: PlannedMatrix): string {
  const { name, resource, fixtures, operations, notes } = matrix
  const home = 'table' in resource ? resource.table : null
  const document = new Document({
    matrix: name,
    resource,
    ...(fixtures.length === 0
      ? {}
      : { fixtures: Object.fromEntries(fixtures.map((row) => [row.name, rowText(row, home, 'bucket' in resource)])) }),
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation.body])),
    expect: { '*': { '*': 'define' } },
  })
  flow(document, ['fixtures', 'operations', 'expect'])
  const whole = document.get('resource', true)
  if (isMap(whole)) whole.flow = true
  head(document, editorLine(`${fileWord(name)}.matrix`))
  if (notes.length > 0) before(document, 'operations', notes.map((note) => ` ${oneLine(note)}`).join('\n'))
  before(document, 'expect', ' Undecided: write allow, deny or n/a for each actor and operation.')
  return document.toString(format)
}

const format = { lineWidth: 120, flowCollectionPadding: true } as const

/** Writes a row as a fixture of a matrix, in the shortest form. `home` is the matrix's own table. */
export function rowText(row: PlannedRow, home: unknown, isObject: boolean): JsonObject {
  const { table, key, values, found } = row
  if (isObject) return values
  if (table !== home) return { table, ...longRow(row) }
  if (found) return { ...(key === null ? {} : { key: [...key] }), find: values }
  // Plain values are read as the long form where a column is called \`table\`, \`values\` or \`find\`.
  const isPlain =
    !['table', 'values', 'find'].some((word) => Object.hasOwn(values, word)) && Object.keys(values).length > 0
  return isPlain ? values : { table, ...longRow(row) }
}

function longRow({ key, values, found }: PlannedRow): JsonObject {
  return { ...(key === null ? {} : { key: [...key] }), [found ? 'find' : 'values']: values }
}

/** Writes each entry of these maps on lines of its own, and its content in braces. */
function flow(document: Document, sections: readonly string[]): void {
  for (const section of sections) {
    const map = document.get(section, true)
    if (!isMap(map)) continue
    for (const { value } of map.items) if (isMap(value)) value.flow = true
  }
}

/** Written by init, by every run and by `trespass check`. */
function editorLine(name: string): string {
  return ` yaml-language-server: $schema=../.trespass/schemas/${name}.schema.json`
}

function head(document: Document, comment: string): void {
  const first = isMap(document.contents) ? document.contents.items[0]?.key : undefined
  if (isScalar(first)) first.commentBefore = comment
}

function before(document: Document, section: string, comment: string): void {
  const pair = isMap(document.contents)
    ? document.contents.items.find(({ key }) => isScalar(key) && key.value === section)
    : undefined
  if (isScalar(pair?.key)) {
    pair.key.commentBefore = comment
    pair.key.spaceBefore = true
  }
}

function annotate(document: Document, path: readonly string[], comment: string): void {
  const value = document.getIn(path, true)
  if (isMap(value)) value.comment = ` ${comment}`
}

function asComment(notes: readonly string[]): string {
  return notes.map((note) => `\n ${oneLine(note)}`).join('')
}

/** An error of the database may have several lines. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
