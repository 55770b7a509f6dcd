import { cpSync } from 'node:fs'
import { basename, join } from 'node:path'
import { repository, temporaryFolder } from './support.ts'

/**
 * Copies the demo, so that tests disturb neither one another nor the files of the repository.
 *
 * @param chosen returns whether the matrix file with this name is copied.
 * @param scenarios whether scenarios are copied.
 */
export function demoWorkspace(chosen: (matrix: string) => boolean = () => true, scenarios = false): string {
  const root = temporaryFolder()
  for (const folder of ['matrices', 'supabase', 'holes', ...(scenarios ? ['scenarios'] : [])]) {
    cpSync(join(repository, folder), join(root, folder), {
      recursive: true,
      filter: (file) => !file.includes('.matrix.') || chosen(basename(file)),
    })
  }
  return root
}
