import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { digestOfFiles, filesBelow } from '../workspace/schema-sources.ts'

/** Files other than matrices that a run is opened from, by their workspace paths with slashes. */
const sandboxSources =
  /^supabase\/(?:(?!functions\/).+\.sql|config\.toml|\.env[^/]*|functions\/(?:.+\.(?:[cm]?[jt]sx?|jsonc?)|\.env))$/
const runSources = /^(?:matrices\/actors\.(?:yaml|yml|ts)|trespass\.config\.(?:ts|js|mjs)|\.env[^/]*)$/

/**
 * Globs of these files that make Vitest run every matrix again. Vite restarts by itself for an `.env` of the root.
 *
 * @param root absolute path of the workspace.
 */
export function rerunTriggers(root: string): readonly string[] {
  const prefix = literal(root)
  return [
    `${prefix}/supabase/**/*.sql`,
    `${prefix}/supabase/config.toml`,
    `${prefix}/supabase/.env*`,
    `${prefix}/supabase/functions/**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs,json,jsonc}`,
    `${prefix}/supabase/functions/.env`,
    `${prefix}/matrices/actors.{yaml,yml,ts}`,
    `${prefix}/trespass.config.{ts,js,mjs}`,
  ]
}

/** @returns a path as a glob that matches it alone. */
function literal(path: string): string {
  return path.replace(/[!()*+?@[\\\]{|}]/g, '\\$&')
}

/** @param path relative to the workspace. */
export function isSource(path: string): boolean {
  const slashed = path.split(sep).join('/')
  return sandboxSources.test(slashed) || runSources.test(slashed)
}

/**
 * Returns a digest of the files that a run is opened from.
 *
 * @param root absolute path of the workspace.
 * @param isSandbox whether the target is also built from the files below `supabase/`.
 */
export async function digestOfSources(root: string, isSandbox: boolean): Promise<string> {
  const [top, matrices, project] = await Promise.all([
    namesIn(root),
    namesIn(join(root, 'matrices')),
    isSandbox ? filesBelow(root, 'supabase') : [],
  ])
  const paths = [...top, ...matrices.map((name) => `matrices/${name}`), ...project].filter(isSource)
  return digestOfFiles(root, paths)
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => [])
}
