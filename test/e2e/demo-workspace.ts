import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { repository, temporaryFolder } from './support.ts'

/** Copies the demo, so that tests disturb neither one another nor whoever works in the repository. */
export function demoWorkspace(): string {
  const root = temporaryFolder()
  for (const folder of ['matrices', 'supabase', 'holes']) {
    cpSync(join(repository, folder), join(root, folder), { recursive: true })
  }
  return root
}
