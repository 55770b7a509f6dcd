import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'

/** A deployment record, reduced to the reports that it names. */
export interface NamingRecord {
  /** Relative to the workspace. */
  readonly file: string
  readonly text: string
}

/**
 * @param root the workspace's folder.
 * @returns the deployment records of every environment: the record of a production apply names runs on staging.
 */
export async function deploymentRecords(root: string): Promise<readonly NamingRecord[]> {
  const folder = 'supabase/deployments'
  const names = await readdir(join(root, folder), { recursive: true }).catch((error: unknown): string[] => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const records = names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name.split(sep).join('/')}`)
  return Promise.all(records.sort().map(async (file) => ({ file, text: await readFile(join(root, file), 'utf8') })))
}

/** @returns the first record that names a report by its run or by its digest; null when none does. */
export function namedBy(
  records: readonly NamingRecord[],
  { run, digest }: { readonly run: string; readonly digest: string },
): string | null {
  return records.find(({ text }) => text.includes(run) || text.includes(digest))?.file ?? null
}
