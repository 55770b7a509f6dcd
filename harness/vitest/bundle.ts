import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

/**
 * Bundles what runs in a test worker into one module below a folder `node_modules`, where Vitest leaves modules to
 * Node.js. Through Vite's transforms, file by file, the same code takes a worker a second and eighty megabytes more.
 *
 * The folder is a temporary one of this process: the installed package may belong to another user.
 *
 * @param entry absolute path of the module.
 * @returns absolute path of the bundle, which is removed when the process exits.
 */
export async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [packagesByAddress],
    // Files of this package are found from where it is installed.
    define: { [ownAddress]: JSON.stringify(pathToFileURL(entry).href) },
    sourcemap: 'inline',
    logLevel: 'silent',
  })
  const [{ contents } = { contents: new Uint8Array() }] = outputFiles
  const folder = mkdtempSync(join(tmpdir(), 'trespass-vitest-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'node_modules', 'worker.mjs')
  mkdirSync(dirname(file))
  await writeFile(file, contents)
  return file
}

/** How a module asks where it is. Spelt in parts, because compiling replaces the expression wherever it stands. */
const ownAddress = ['import', 'meta', 'url'].join('.')

/** Packages stay outside of the bundle. Their names mean nothing in a temporary folder, so their addresses are written. */
const packagesByAddress: Plugin = {
  name: 'packages-by-address',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point' || isBuiltin(path)) return kind === 'entry-point' ? null : { path, external: true }
      return { path: import.meta.resolve(path), external: true }
    })
  },
}
