import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Holds the digest of the sources that the programs were built from. */
const stamp = join(root, 'dist', '.built')

/**
 * The two packages: their programs by name, and the files that lie beside a program because a module reads them from its
 * own folder.
 */
const packages = [
  {
    folder: 'dist',
    programs: {
      cli: 'harness/cli/main.ts',
      index: 'harness/index.ts',
      vitest: 'harness/vitest/plugin.ts',
      'vitest-collect': 'harness/vitest/collect.ts',
      'vitest-global-setup': 'harness/vitest/global-setup.ts',
    },
    beside: ['harness/evidence/html/report.css', 'harness/evidence/html/report.js'],
  },
  {
    folder: 'sandbox/dist',
    programs: { main: 'sandbox/main.ts', index: 'sandbox/index.ts' },
    beside: ['sandbox/postgres/bootstrap', 'sandbox/postgres/stand-ins'],
  },
]

/** Builds the programs of both packages, and removes every program that is not built any more. */
export async function buildPrograms() {
  await buildFrom(digestOfSources(), 'only what is built')
}

/** Builds the programs if the sources are not those that they were built from. */
export async function buildChangedPrograms() {
  const digest = digestOfSources()
  if ((await readFile(stamp, 'utf8').catch(() => '')) === digest) return
  // A command that is under way may still import a part of the programs that it was started from.
  await buildFrom(digest, 'older programs too')
}

/** @param kept what the folders hold afterwards. */
async function buildFrom(digest, kept) {
  for (const { folder, programs, beside } of packages) {
    const target = join(root, folder)
    const files = [...(await modulesOf(programs, target)), ...(await filesBeside(beside))]
    for (const { path, contents } of files) await replace(join(target, path), contents)
    if (kept === 'only what is built') await removeOthers(target, new Set(files.map(({ path }) => path)))
  }
  await replace(stamp, digest)
}

async function removeOthers(folder, built) {
  for (const path of await readdir(folder, { recursive: true })) {
    if (/\.c?js$/.test(path) && !built.has(path)) await rm(join(folder, path))
  }
}

async function modulesOf(programs, target) {
  const { build } = await import('esbuild')
  const common = { absWorkingDir: root, bundle: true, write: false, platform: 'node', target: 'node20' }
  const options = { ...common, packages: 'external', logLevel: 'warning', outdir: target }
  const modules = await build({ ...options, entryPoints: programs, format: 'esm', splitting: true })
  // The functions that only give their argument a type, for a project whose modules are CommonJS.
  const { index } = programs
  const isMain = target === join(root, 'dist')
  const required = isMain
    ? await build({ ...options, entryPoints: { index }, format: 'cjs', outExtension: { '.js': '.cjs' } })
    : { outputFiles: [] }
  return [...modules.outputFiles, ...required.outputFiles].map(({ path, contents }) => ({
    path: path.slice(target.length + 1),
    contents,
  }))
}

async function filesBeside(paths) {
  const files = []
  for (const path of paths) {
    const names = await readdir(join(root, path)).catch(() => null)
    if (names === null) files.push({ path: basename(path), contents: await readFile(join(root, path)) })
    for (const name of names ?? []) {
      files.push({ path: join(basename(path), name), contents: await readFile(join(root, path, name)) })
    }
  }
  return files
}

/** Whole at every moment: another command may start now. */
async function replace(file, contents) {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}`
  await writeFile(draft, contents)
  await rename(draft, file)
}

/** Times of files say nothing: a package manager or Git may give those of two versions the same one. */
function digestOfSources() {
  const hash = createHash('sha256')
  for (const folder of ['build', 'harness', 'sandbox'].map((name) => join(root, name))) {
    for (const name of readdirSync(folder, { recursive: true }).filter(isSource).sort()) {
      hash
        .update(`${name}\0`)
        .update(readFileSync(join(folder, name)))
        .update('\0')
    }
  }
  return hash.digest('hex')
}

function isSource(path) {
  return /\.(?:ts|js|css|sql)$/.test(path) && !/\.test\.ts$|^(?:dist|node_modules)\//.test(path)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPrograms()
