import { createHash } from 'node:crypto'
import { z } from 'zod'

/** The manifest's entry for one file of a report. */
export interface FileEntry {
  readonly name: string
  readonly sha256: string
  readonly bytes: number
  /** The number of line ends. */
  readonly lines: number
}

/** `manifest.json`: the files of the report, and the link to the report before it. */
export interface Manifest {
  readonly schema: 'trespass/manifest@1'
  readonly run: string
  readonly startedAt: string
  readonly files: readonly FileEntry[]
  /** SHA-256 of the manifest of the newest older run against the same target; null for the first. */
  readonly previous: string | null
}

export const manifestName = 'manifest.json'

/** The file with the facts of the schema fingerprint. */
export const schemaName = 'schema.jsonl'

/** The file with a line for each scenario. */
export const scenariosName = 'scenarios.jsonl'

/** The folder with the history of each scenario. */
export const historiesFolder = 'histories'

/** @returns the name of a history inside a report, with its folder. */
export function historyFile(name: string): string {
  return `${historiesFolder}/${name}`
}

/** @returns whether a name in a manifest is that of a file directly in the report or in its folder of histories. */
export function liesInside(name: string): boolean {
  const bare = name.startsWith(`${historiesFolder}/`) ? name.slice(historiesFolder.length + 1) : name
  return bare !== '' && bare !== '..' && !/[/\\]/.test(bare)
}

export const manifestSchema = z.strictObject({
  schema: z.literal('trespass/manifest@1'),
  run: z.string(),
  startedAt: z.string(),
  files: z.array(z.strictObject({ name: z.string(), sha256: z.string(), bytes: z.number(), lines: z.number() })),
  previous: z.string().nullable(),
})

/** @returns the SHA-256 in lower-case hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** @returns null if the text is not a manifest. */
export function parseManifest(text: string): Manifest | null {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
