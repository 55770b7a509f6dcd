import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../errors.ts'
import {
  baseSchemaFiles,
  type EditorSources,
  editorSchemaFile,
  editorSchemas,
  type KnownSchema,
} from '../matrix/editor-schema.ts'
import type { SchemaRecord } from '../model/record.ts'
import { packageFile } from '../package-file.ts'
import { paths } from '../paths/registry.ts'
import type { Catalog } from '../witness/catalog.ts'
import { catalogSchema } from '../witness/catalog-schema.ts'
import { schemaDigest } from '../workspace/schema-sources.ts'

/** Below the workspace. `.trespass/` belongs to one machine: it is not committed. */
const schemasFolder = '.trespass/schemas'

const storedSchema = z.object({
  schema: z.literal('trespass/catalog@1'),
  target: z.string(),
  readAt: z.iso.datetime(),
  /** Of the files below `supabase/` when the catalog was read. */
  digest: z.string(),
  complete: z.boolean(),
  buckets: z.array(z.string()).nullable(),
  catalog: catalogSchema,
})

/** The schema of a target as it was read last. */
export interface StoredSchema extends KnownSchema {
  readonly readAt: string
  /** True when a file that the schema follows from has changed since. */
  readonly isStale: boolean
}

type WorkspaceNames = Pick<EditorSources, 'workspace' | 'schema'>

/** A schema to store, and the workspace whose names editors complete with it. */
export interface SchemaToKeep {
  /** Absolute path of the workspace. */
  readonly root: string
  readonly alias: string
  /** The result of {@link schemaDigest} before the schema was read. */
  readonly digest: string
  readonly known: KnownSchema
  /** Null where none is written yet. */
  readonly workspace: EditorSources['workspace'] | null
}

/** @returns the ids of the buckets among the facts of a schema; null where no database was read. */
export function bucketsOf(schema: SchemaRecord | null): readonly string[] | null {
  return schema?.facts.flatMap(([what, id]) => (what === 'bucket' ? [id] : [])) ?? null
}

/**
 * Stores a target's schema for `trespass check`, and writes the JSON Schemas of the workspace for editors. Nothing of a run depends on
 * them, so a folder that cannot be written is no error.
 *
 * @returns a sentence when they could not be written; null when they were.
 */
export function keepSchema({ root, alias, digest, known, workspace }: SchemaToKeep): string | null {
  const { catalog, complete, buckets } = known
  const stored: z.output<typeof storedSchema> = {
    schema: 'trespass/catalog@1',
    target: alias,
    readAt: new Date().toISOString(),
    digest,
    complete,
    buckets: buckets === null ? null : [...buckets],
    catalog: catalogSchema.parse(withoutDefaults(catalog)),
  }
  return unlessWritten(() => {
    write(root, catalogFile(alias), `${JSON.stringify(stored)}\n`)
    if (workspace !== null) writeSchemas(root, { workspace, schema: known })
  })
}

/**
 * Writes the JSON Schemas of a workspace for editors.
 *
 * @returns a sentence when they could not be written; null when they were.
 */
export function keepEditorSchemas(root: string, sources: WorkspaceNames): string | null {
  return unlessWritten(() => writeSchemas(root, sources))
}

/** @returns the schema of a target as it was read last; null where none is stored. */
export async function readStoredSchema(root: string, alias: string): Promise<StoredSchema | null> {
  const parsed = storedSchema.safeParse(jsonIn(join(root, schemasFolder, catalogFile(alias))))
  if (!parsed.success) return null
  const { digest, catalog, complete, buckets, readAt } = parsed.data
  return { catalog, complete, buckets, readAt, isStale: digest !== (await schemaDigest(root)) }
}

/** A file that is no JSON, or from another version, is as good as none: the next run writes it again. */
function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

function catalogFile(alias: string): string {
  return `catalog.${alias}.json`
}

/** The expression of a default may hold values, and no check needs it. */
function withoutDefaults({ relations, functions }: Catalog): Catalog {
  return {
    functions,
    relations: Object.fromEntries(
      Object.entries(relations).map(([name, relation]) => [
        name,
        {
          ...relation,
          columns: Object.fromEntries(
            Object.entries(relation.columns).map(([column, { default: _, ...facts }]) => [column, facts]),
          ),
        },
      ]),
    ),
  }
}

function writeSchemas(root: string, sources: WorkspaceNames): void {
  const [matrix, actors] = baseSchemaFiles
  const bases = { [matrix]: baseText(matrix), [actors]: baseText(actors) }
  const texts = editorSchemas({ ...sources, paths, bases })
  for (const [file, text] of Object.entries(texts)) write(root, file, text)
  const declared = new Set(matrixFiles(root).flatMap((file) => editorSchemaFile(file) ?? []))
  for (const file of filesIn(join(root, schemasFolder))) {
    // A matrix that has a mistake, or was not chosen, keeps the schema that it has.
    if (!file.endsWith('.matrix.schema.json') || declared.has(file)) continue
    rmSync(join(root, schemasFolder, file), { force: true })
  }
}

function baseText(file: string): string {
  return readFileSync(packageFile(`schemas/${file}`), 'utf8')
}

function matrixFiles(root: string): readonly string[] {
  return filesIn(join(root, 'matrices')).map((file) => `matrices/${file}`)
}

/** @returns the files below a folder, with slashes. */
function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true }).map((name) => String(name).replaceAll('\\', '/'))
  } catch {
    return []
  }
}

/** Editors and other runs read the file meanwhile: it is replaced whole, and only when it differs. */
function write(root: string, name: string, text: string): void {
  const file = join(root, schemasFolder, name)
  mkdirSync(dirname(file), { recursive: true })
  if (textIn(file) === text) return
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, text, { mode: 0o600 })
  renameSync(draft, file)
}

function textIn(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function unlessWritten(writing: () => void): string | null {
  try {
    writing()
    return null
  } catch (error) {
    return `the schemas for editors and for \`trespass check\` were not written: ${messageOf(error)}`
  }
}
