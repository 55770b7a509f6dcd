import { chmod, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { TrespassError } from '../errors.ts'

/**
 * Replaces the text of a matrix, whole or not at all.
 *
 * @param before the text that was read; a file that holds another one by now is left as it is.
 * @throws TrespassError `matrix-changed`
 */
export async function replaceMatrix(path: string, before: string, after: string): Promise<void> {
  const file = await realpath(path)
  const { mode } = await stat(file)
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.partial`)
  try {
    await writeFile(temporary, after, { flag: 'wx' })
    await chmod(temporary, mode & 0o7777)
    if ((await readFile(file, 'utf8')) !== before) {
      throw new TrespassError(
        'matrix-changed',
        `found ${basename(file)} changed since it was read, and left it as it is`,
        {
          hint: 'Save it, run its cells again, and decide then.',
        },
      )
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
