import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readEvidence } from '../../harness/evidence/read.ts'
import type { CellRecord } from '../../harness/model/record.ts'
import { type Ended, repository } from './support.ts'

/** The files of a report, without its manifest. */
export const reportFiles = [
  'cells.jsonl',
  'coverage.json',
  'junit.xml',
  'manifest.json',
  'report.html',
  'results.sarif',
  'run.json',
  'schema.jsonl',
  'summary.md',
]

/** @returns the folder of the report that a command printed. */
export function reportOf({ text }: Ended, cwd = repository): string {
  const [, folder] = /^report: (.+)$/m.exec(text) ?? []
  if (folder === undefined) throw new Error(`no report was named:\n${text}`)
  return resolve(cwd, folder)
}

/** Reads a report with Trespass's own reader, which checks it against its manifest. */
export function evidenceOf(ended: Ended, cwd = repository) {
  return readEvidence(reportOf(ended, cwd))
}

/** @returns `verdict  cell id` of every cell that is not held, sorted. */
export function notHeld(cells: readonly CellRecord[]): string[] {
  return cells
    .filter(({ verdict }) => verdict !== 'held')
    .map(({ verdict, id }) => `${verdict}  ${id}`)
    .sort()
}

/** @returns what the records of these cells say, for the message of an assertion that compares {@link notHeld}. */
export function explained(cells: readonly CellRecord[]): string {
  return cells
    .filter(({ verdict }) => verdict !== 'held')
    .map(({ verdict, id, outcome, because }) => `${verdict}  ${id} (${outcome?.status ?? 'no response'}): ${because}`)
    .sort()
    .join('\n')
}

/** @returns the text of every file below a folder, by its path there. */
export function filesBelow(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(files.sort().map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]))
}

/** @returns the names of the files that runs keep in a workspace, but for the schemas that every run writes again. */
export function keptFiles(root: string): readonly string[] {
  return Object.keys(filesBelow(join(root, '.trespass'))).filter((name) => !name.startsWith('schemas/'))
}
