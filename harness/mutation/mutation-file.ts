import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MutationRecord } from './model.ts'
import { standardReport } from './standard-report.ts'

/**
 * Writes `mutation.json` and, in the format of `mutation-testing-report-schema`, `mutation-report.json`. Only the user who
 * runs Trespass may read them.
 *
 * @returns the folder, relative to the workspace.
 */
export async function writeMutation(root: string, record: MutationRecord, version: string): Promise<string> {
  const folder = `reports/sandbox/${record.run}`
  const reports = join(root, 'reports', 'sandbox')
  const temporary = join(reports, `.${record.run}.partial`)
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true, mode: 0o700 })
  const write = (name: string, value: unknown) =>
    writeFile(join(temporary, name), `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await write('mutation.json', record)
  await write('mutation-report.json', standardReport(record, version))
  await rename(temporary, join(root, folder))
  return folder
}
