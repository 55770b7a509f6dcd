import { runnerImport } from 'vite'
import { packageFile } from '../package-file.ts'

/**
 * Imports a TypeScript module of a workspace, with `trespass` standing for this package, so that a folder of matrices
 * needs no packages of its own.
 *
 * @param file absolute path.
 * @returns the module's exports.
 */
export async function importModule(file: string): Promise<unknown> {
  const { module } = await runnerImport<unknown>(file, {
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { trespass: packageFile('dist/index.js') } },
  })
  return module
}
