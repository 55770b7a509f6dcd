import { packageFile } from '../package-file.ts'

/**
 * Imports a TypeScript module of a workspace and resolves `trespass` to this package, so that a folder of matrices needs no
 * packages of its own.
 *
 * @param file absolute path.
 * @returns the module's exports.
 */
export async function importModule(file: string): Promise<unknown> {
  // Vite takes a fifth of a second to load, and most workspaces are YAML.
  const { runnerImport } = await import('vite')
  const { module } = await runnerImport<unknown>(file, {
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: [{ find: /^trespass$/, replacement: packageFile('dist/index.js') }] },
  })
  return module
}
