import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** One file of a report, as the manifest vouches for it. */
export interface FileEntry {
  readonly name: string
  readonly sha256: string
  readonly bytes: number
  /** Line ends in it. */
  readonly lines: number
}

/** `manifest.json`: what the report consists of, and the link to the report before it. */
export interface Manifest {
  readonly schema: 'trespass/manifest@1'
  readonly run: string
  readonly startedAt: string
  readonly files: readonly FileEntry[]
  /** SHA-256 of the manifest of the newest older run against the same target; null for the first. */
  readonly previous: string | null
}

export const manifestName = 'manifest.json'

/** The file with what the schema fingerprint is made of. */
export const schemaName = 'schema.jsonl'

export const manifestSchema = z.strictObject({
  schema: z.literal('trespass/manifest@1'),
  run: z.string(),
  startedAt: z.string(),
  files: z.array(z.strictObject({ name: z.string(), sha256: z.string(), bytes: z.number(), lines: z.number() })),
  previous: z.string().nullable(),
})

/**
 * Finds the link to the past. A folder without a readable manifest is no report and is passed over.
 *
 * @param reports the folder of all reports of one target.
 * @param startedAt when the new run began.
 * @returns the digest of the newest manifest that is older, or null.
 */
export async function previousDigest(reports: string, startedAt: string): Promise<string | null> {
  let newest: { readonly startedAt: string; readonly run: string; readonly digest: string } | null = null
  for (const name of await namesIn(reports)) {
    // A report that is still being written has a name that begins with a dot.
    if (name.startsWith('.')) continue
    const bytes = await readFile(join(reports, name, manifestName)).catch(() => null)
    const manifest = bytes === null ? null : parseManifest(bytes.toString('utf8'))
    if (bytes === null || manifest === null || manifest.startedAt >= startedAt) continue
    const order = newest === null ? 1 : compare([manifest.startedAt, manifest.run], [newest.startedAt, newest.run])
    if (order > 0) newest = { startedAt: manifest.startedAt, run: manifest.run, digest: sha256(bytes) }
  }
  return newest?.digest ?? null
}

/** @returns the SHA-256 in lower-case hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** @returns null when the text is no manifest. */
export function parseManifest(text: string): Manifest | null {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function compare(a: readonly [string, string], b: readonly [string, string]): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1
  return a[1] < b[1] ? -1 : 1
}
