import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { OpenTarget } from '../harness/model/target.ts'
import { loadConfig } from '../harness/workspace/config.ts'
import { loadEnvironment } from '../harness/workspace/environment.ts'
import { openTarget } from '../harness/workspace/open-target.ts'

/** Writes files, by their paths, into a new folder. @returns the folder and a function that removes it. */
export function makeWorkspace(files: Readonly<Record<string, string>>): { root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'trespass-workspace-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return { root, remove: () => rmSync(root, { recursive: true }) }
}

/** Opens a workspace's target as a run does, with only these variables in the environment. */
export async function openWith(
  root: string,
  variables: Readonly<Record<string, string>>,
  holes: readonly string[] = [],
): Promise<OpenTarget> {
  const config = await loadConfig(root, (file) => import(file))
  const environment = loadEnvironment(root, null, variables)
  return openTarget({ root, config, environment, sandbox: { holes }, onProgress: () => undefined })
}
