import { lstat, mkdir, open, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { TrespassError } from '../errors.ts'
import { bodyOf } from './entry.ts'
import type { Deployment } from './model.ts'
import { addition, parseRecord } from './record-text.ts'

/** @returns the record's path relative to the workspace, with forward slashes. */
function recordFile(alias: string, migration: string): string {
  return `supabase/deployments/${alias}/${nameOf(migration)}.md`
}

/**
 * Appends an entry to the record of a migration on a target; the first entry creates the file. Existing bytes stay unchanged.
 *
 * @param root the workspace's folder.
 * @returns the record's path relative to the workspace.
 * @throws TrespassError `not-a-record`, `record-changed`, `record-of-another`, `entry-exists` or `record-not-written`
 */
export async function addEntry(root: string, deployment: Deployment, now: Date): Promise<string> {
  const { alias, migration } = deployment
  const file = recordFile(alias, migration.file)
  const path = join(root, file)
  const text = await textOf(path, file)
  const entry = { migration: nameOf(migration.file), alias, recordedAt: now.toISOString(), body: bodyOf(deployment) }
  if (text !== null) refuse(text, file, entry)
  try {
    await mkdir(dirname(path), { recursive: true })
    await append(path, addition(text ?? '', entry), text === null)
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new TrespassError('record-not-written', `${file} was not written: ${why}`, { cause })
  }
  return file
}

function refuse(
  text: string,
  file: string,
  entry: { readonly migration: string; readonly alias: string; readonly body: string },
): void {
  const record = parseRecord(text, file)
  if (record.migration !== entry.migration || record.alias !== entry.alias) {
    const found = `found in ${file} the record of ${record.migration} on ${record.alias}`
    throw new TrespassError('record-of-another', `${found}, expected that of ${entry.migration} on ${entry.alias}`, {
      hint: 'Restore the file from Git. Nothing was written.',
    })
  }
  const changed = record.entries.find(({ intact }) => !intact)
  if (changed !== undefined) {
    const message = `${file} was changed after it was written, in or above the section of ${changed.recordedAt}`
    throw new TrespassError('record-changed', message, { hint: 'Restore the file from Git. Nothing was written.' })
  }
  const same = record.entries.find(({ body }) => body === entry.body)
  if (same === undefined) return
  throw new TrespassError('entry-exists', `${file} says the same already, in the section of ${same.recordedAt}`, {
    hint: 'Nothing was written.',
  })
}

/** @returns null if the file does not exist yet. */
async function textOf(path: string, file: string): Promise<string | null> {
  const found = await lstat(path).catch(() => null)
  if (found === null) return null
  if (found.isFile()) return readFile(path, 'utf8')
  throw new TrespassError('not-a-record', `${file} is no deployment record: it is no file`, {
    hint: 'Move it away: a record is written there.',
  })
}

async function append(path: string, text: string, isNew: boolean): Promise<void> {
  const file = await open(path, isNew ? 'wx' : 'a')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function nameOf(migration: string): string {
  return basename(migration, '.sql')
}
