import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, 'node_modules', '.cache', 'trespass', 'compiled')
const entries = ['harness/cli/main.ts', 'harness/vitest/plugin.ts', 'sandbox/main.ts']

const DAY = 24 * 60 * 60 * 1000

/**
 * Compiles this package into a few JavaScript modules and keeps them until a source changes. Node.js has to read six
 * hundred modules through a hook otherwise, which takes two thirds of the time in which a command starts.
 *
 * @param entry one of the entries, relative to the package
 * @returns the URL of the module to import; of the source itself, with the hook in place, where nothing can be kept
 */
export async function compiled(entry) {
  const sources = ['harness', 'sandbox'].flatMap((folder) => sourcesIn(join(root, folder)))
  const { version } = createRequire(import.meta.url)('esbuild/package.json')
  const hash = createHash('sha256').update(JSON.stringify([version, root, entries]))
  // Times of files say nothing: npm gives those of every version the same one.
  for (const file of sources) hash.update(`${file}\0`).update(readFileSync(file)).update('\0')
  const folder = join(cache, hash.digest('hex').slice(0, 16))
  if (existsSync(folder) || (await compile(folder))) {
    return pathToFileURL(join(folder, entry.replace(/\.ts$/, '.js'))).href
  }
  await import('./typescript.js')
  return pathToFileURL(join(root, entry)).href
}

function sourcesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name))
    .sort()
}

/** @returns whether the folder is there now. Without room or rights for it, nothing of it stays. */
async function compile(folder) {
  // Renamed when it is complete: another command may start at the same moment.
  const draft = `${folder}.${process.pid}`
  try {
    await mkdir(draft, { recursive: true })
    const { build } = await import('esbuild')
    await build({
      absWorkingDir: root,
      entryPoints: entries,
      outdir: draft,
      outbase: root,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      sourcemap: 'linked',
      logLevel: 'silent',
      plugins: [ownPlace],
    })
    await rename(draft, folder)
    await removeOld()
  } catch {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined)
  }
  return existsSync(folder)
}

/** A module that asks where it is gets the place of its source, beside which its other files are. */
const ownPlace = {
  name: 'own-place',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8')
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
      return { contents, loader: 'ts' }
    })
  },
}

/** A command that is under way may still import a part of what it was started from. */
async function removeOld() {
  for (const name of readdirSync(cache)) {
    const found = await stat(join(cache, name)).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > DAY) {
      await rm(join(cache, name), { recursive: true, force: true })
    }
  }
}
