import { TrespassError } from '../errors.ts'
import { sha256 } from '../evidence/manifest.ts'
import { headOf } from './entry.ts'
import { type FieldName, fieldNames } from './fields.ts'

const headPattern = /^# Deployment record: (\S+) on (\S+)\n/
const entryPattern = /^\n## Recorded at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\n\n/
const endPattern = /^SHA-256 of everything above: `([0-9a-f]{64})`\n/m

/** One section of a record, as read from its file. */
export interface Entry {
  /** ISO 8601, UTC. */
  readonly recordedAt: string
  /** Everything between the heading and the digest. */
  readonly body: string
  /** The text of every field. */
  readonly fields: ReadonlyMap<FieldName, string>
  /** False if the text above the entry's digest, in this section or an earlier one, was changed. */
  readonly intact: boolean
}

/** A deployment record, as read from its file. */
export interface DeploymentRecord {
  readonly migration: string
  readonly alias: string
  /** In the order in which they were added, the oldest first. */
  readonly entries: readonly Entry[]
}

/**
 * Formats one more section.
 *
 * @param text the record up to now; empty for a new one.
 * @returns the text to append.
 */
export function addition(
  text: string,
  entry: { readonly migration: string; readonly alias: string; readonly recordedAt: string; readonly body: string },
): string {
  const head = text === '' ? headOf(entry.migration, entry.alias) : ''
  const section = `${head}\n## Recorded at ${entry.recordedAt}\n\n${entry.body}\n\n`
  return `${section}SHA-256 of everything above: \`${sha256(text + section)}\`\n`
}

/**
 * Parses a record.
 *
 * @param name the file, for the error.
 * @throws TrespassError `not-a-record`
 */
export function parseRecord(text: string, name: string): DeploymentRecord {
  const [, migration, alias] = headPattern.exec(text) ?? []
  if (migration === undefined || alias === undefined) throw notARecord(name, 'its first line is another one')
  const head = headOf(migration, alias)
  if (!text.startsWith(head)) throw notARecord(name, 'its first lines are other ones')
  const entries: Entry[] = []
  for (let at = head.length; at < text.length; ) {
    const [entry, end] = entryAt(text, at, name)
    entries.push(entry)
    at = end
  }
  if (entries.length === 0) throw notARecord(name, 'it has no section')
  return { migration, alias, entries }
}

function entryAt(text: string, at: number, name: string): [entry: Entry, end: number] {
  const rest = text.slice(at)
  const [heading, recordedAt] = entryPattern.exec(rest) ?? []
  if (heading === undefined || recordedAt === undefined) {
    throw notARecord(name, `line ${lineOf(text, at) + 1} begins no section "## Recorded at …"`)
  }
  const end = endPattern.exec(rest)
  if (end === null) throw notARecord(name, `the section of ${recordedAt} is cut off before its digest`)
  const [line, stated] = end
  const body = rest.slice(heading.length, end.index).replace(/\n\n$/, '')
  const fields = fieldsIn(body, recordedAt, name)
  const intact = sha256(text.slice(0, at + end.index)) === stated
  return [{ recordedAt, body, fields, intact }, at + end.index + line.length]
}

function fieldsIn(body: string, recordedAt: string, name: string): ReadonlyMap<FieldName, string> {
  const lines = body.split('\n')
  const values = fieldNames.map((field, index): readonly [FieldName, string] => {
    const [line = '', lead] = [lines[index], `- ${field}: `]
    if (!line.startsWith(lead)) throw notARecord(name, `the section of ${recordedAt} has no "${field}" in its place`)
    return [field, line.slice(lead.length)]
  })
  return new Map(values)
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length
}

function notARecord(name: string, why: string): TrespassError {
  return new TrespassError('not-a-record', `${name} is no deployment record: ${why}`, {
    hint: 'Restore it from Git, or move it away: a record is only added to.',
  })
}
