import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Bundles what runs in a test worker into one module below `node_modules/`, where Vitest leaves modules to Node.js.
 * Through Vite's transforms, file by file, the same code takes a worker a second and eighty megabytes more.
 *
 * @param entry absolute path of the module.
 * @returns absolute path of the bundle; it is named by its content, so that processes side by side agree on it.
 */
export async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'silent',
  })
  const [{ contents } = { contents: new Uint8Array() }] = outputFiles
  const name = createHash('sha256').update(contents).digest('hex').slice(0, 16)
  const file = fileURLToPath(new URL(`../../node_modules/.cache/trespass/${name}.mjs`, import.meta.url))
  if (existsSync(file)) return file
  await mkdir(dirname(file), { recursive: true })
  // Written aside and renamed, since another process may be reading it.
  const draft = join(dirname(file), `${name}-${process.pid}.tmp`)
  await writeFile(draft, contents)
  await rename(draft, file)
  return file
}
