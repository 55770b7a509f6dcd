import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Contains the digest of the sources from which the programs were built. */
const stamp = join(root, 'dist', '.built')

/** The two packages: their programs by name, and the files beside a program, because a module reads them from its own folder. */
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

/** Builds the programs of both packages, and removes outdated ones. */
export async function buildPrograms() {
  await buildFrom(digestOfSources(), 'only what is built')
}

/** Builds the programs if their sources have changed. */
export async function buildChangedPrograms() {
  const digest = digestOfSources()
  if ((await readFile(stamp, 'utf8').catch(() => '')) === digest) return
  // A running command may still import a part of its own version.
  await buildFrom(digest, 'older programs too')
}

/** @param kept the contents of the folders afterwards. */
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
  // The functions that only type their argument, for a project with CommonJS modules.
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

/** Replaces a file atomically: another command may start at any time. */
async function replace(file, contents) {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}`
  await writeFile(draft, contents)
  await rename(draft, file)
}

/** Timestamps are not reliable: a package manager or Git may give the files of two versions the same one. */
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
