import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Writes the declarations of the exports of both packages. Each declaration is made from its own module alone, so modules have
 * to annotate the types of their exports, and only the modules that a declaration mentions are written.
 */
export function buildTypes() {
  writeDeclarations('harness', ['index.ts', 'vitest/plugin.ts'], 'dist/types')
  writeDeclarations('sandbox', ['index.ts'], 'sandbox/dist/types')
}

/** @param entries the modules that a package exports, relative to the folder of its sources. */
function writeDeclarations(sources, entries, target) {
  rmSync(join(root, target), { recursive: true, force: true })
  const wanted = [...entries]
  for (const path of wanted) {
    const text = declarationOf(join(root, sources, path))
    for (const [, mentioned] of text.matchAll(/\bfrom '(\.[^']+)'|\bimport\("(\.[^"]+)"\)/g)) {
      const module = join(dirname(path), mentioned)
      if (!wanted.includes(module)) wanted.push(module)
    }
    // A project with CommonJS modules needs the same declarations with another extension.
    for (const ending of ['js', 'cjs']) {
      const file = join(root, target, path.replace(/ts$/, `d.${ending.replace('js', 'ts')}`))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text.replace(/(\bfrom '\.[^']+\.)ts'/g, `$1${ending}'`))
    }
  }
}

function declarationOf(file) {
  const options = { isolatedDeclarations: true, declaration: true, module: ts.ModuleKind.ESNext, strict: true }
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: { ...options, allowImportingTsExtensions: true, noEmitOnError: false },
    reportDiagnostics: true,
  })
  if (diagnostics.length === 0) return outputText
  const host = { getCurrentDirectory: () => root, getCanonicalFileName: (name) => name, getNewLine: () => '\n' }
  throw new Error(`The types of ${file} are not explicit:\n${ts.formatDiagnostics(diagnostics, host)}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildTypes()
