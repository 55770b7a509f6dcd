import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { statementsApplied } from '../migrations/made-in.ts'
import { placeInRepository } from '../workspace/repository.ts'
import type { MutationRecord } from './model.ts'
import { mutationSarif } from './mutation-sarif.ts'
import { standardReport } from './standard-report.ts'

/**
 * Writes `mutation.json`, `mutation-report.json` in the format of `mutation-testing-report-schema`, and `mutation.sarif`. Only the
 * user who runs Trespass may read them.
 *
 * @returns the folder, relative to the workspace.
 */
export async function writeMutation(root: string, record: MutationRecord, version: string): Promise<string> {
  const folder = `reports/sandbox/${record.run}`
  const reports = join(root, 'reports', 'sandbox')
  const temporary = join(reports, `.${record.run}.partial`)
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true, mode: 0o700 })
  const write = (name: string, text: string) => writeFile(join(temporary, name), text, { mode: 0o600 })
  await write('mutation.json', `${JSON.stringify(record, null, 2)}\n`)
  await write('mutation-report.json', `${JSON.stringify(standardReport(record, version), null, 2)}\n`)
  const statements = await statementsApplied(root, [])
  const place = (await placeInRepository(root)) ?? ''
  await write('mutation.sarif', mutationSarif({ record, statements, version, place }))
  await rename(temporary, join(root, folder))
  return folder
}
