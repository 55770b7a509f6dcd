import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A deployment record, as far as it names reports. */
export interface NamingRecord {
  /** Relative to the workspace. */
  readonly file: string
  readonly text: string
}

/** @returns the deployment records of a target; none where there are none. */
export async function deploymentRecords(root: string, alias: string): Promise<readonly NamingRecord[]> {
  const folder = `supabase/deployments/${alias}`
  const names = await readdir(join(root, folder)).catch((error: unknown): string[] => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const records = names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`)
  return Promise.all(records.map(async (file) => ({ file, text: await readFile(join(root, file), 'utf8') })))
}

/** @returns the first record that names a report by its run or by its digest; null when none does. */
export function namedBy(
  records: readonly NamingRecord[],
  { run, digest }: { readonly run: string; readonly digest: string },
): string | null {
  return records.find(({ text }) => text.includes(run) || text.includes(digest))?.file ?? null
}
