import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'

/** Node's hook for loading a module: transforms TypeScript to JavaScript, and leaves other files to Node. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context)
  const file = fileURLToPath(url)
  const options = { loader: 'ts', format: 'esm', target: 'node20', sourcemap: 'inline', sourcefile: file }
  const { code } = await transform(await readFile(file, 'utf8'), options)
  return { format: 'module', source: code, shortCircuit: true }
}
