import type { TestProject } from 'vitest/node'
import { openRun } from '../run/open-run.ts'
import './provided.ts'

/**
 * Opens a run for a plain `vitest run` or `vitest watch` in a workspace: the target of `TRESPASS_TARGET`, else the
 * sandbox. What the run made is swept when Vitest ends.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const run = await openRun({ root: project.config.root, onProgress: () => undefined })
  project.provide('trespass', run.context)
  return async () => {
    await run.close()
  }
}
