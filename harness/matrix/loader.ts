import { messageOf, type Problem, WorkspaceProblems } from '../errors.ts'
import { isObject } from '../json.ts'
import { didYouMeanOneOf, oneOfMany, quote } from '../message-text.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import type { AccessPath } from '../paths/path.ts'
import type { ProblemCode } from '../problem-codes.ts'
import { attachFiles } from './attach-files.ts'
import { locateValue, type MatrixDocument, startOf } from './document.ts'
import { fitsGlob, namesOf, writtenOut } from './glob.ts'
import { readModule } from './module-document.ts'
import { type LoadedRoster, readActors } from './read-actors.ts'
import { type MatrixContext, readMatrix } from './read-matrix.ts'
import { reporter } from './report.ts'
import { type WorkspaceFile, WorkspaceFiles } from './workspace-files.ts'
import { readYaml } from './yaml-document.ts'

/** The folder of a workspace, and how its TypeScript files are run. */
export interface LoadOptions {
  /** The folder of the workspace. */
  readonly root: string
  readonly paths: readonly AccessPath[]
  /** Runs a TypeScript file, given by its full path, and returns its exports. */
  importModule(file: string): Promise<unknown>
}

const matrixFile = /\.matrix\.(?:ya?ml|ts)$/
const actorsFiles: readonly string[] = ['matrices/actors.yaml', 'matrices/actors.ts']

/** The export of a TypeScript file that is read. */
export interface Export {
  readonly name: string
  /** For a message. */
  readonly expected: string
}

const actorsExport: Export = { name: 'actors', expected: '`export const actors = defineActors(…)`' }
const matrixExport: Export = { name: 'default', expected: '`export default defineMatrix<…>()({ … })`' }

/** Reads the files of one workspace and collects their problems. */
export class Loader {
  readonly problems: Problem[] = []
  readonly #options: LoadOptions
  readonly #disk: WorkspaceFiles
  /** By the name of a matrix, the file that has it. */
  readonly #names = new Map<string, string>()

  constructor(options: LoadOptions) {
    this.#options = options
    this.#disk = new WorkspaceFiles(options.root)
  }

  get files(): readonly WorkspaceFile[] {
    return this.#disk.files
  }

  finish(): void {
    if (this.problems.length > 0) throw new WorkspaceProblems(this.problems)
  }

  async roster(): Promise<LoadedRoster> {
    const nobody = { roster: { actors: [], world: [] }, groups: {}, locateInActors: () => startOf('matrices') }
    const [file, second] = actorsFiles.filter((candidate) => this.#disk.exists(candidate))
    if (file === undefined) {
      this.#missing('no-actors-file', 'no actors file', '`matrices/actors.yaml` or `matrices/actors.ts`')
      return nobody
    }
    if (second !== undefined) {
      const found = `${quote(file)} too`
      this.problems.push({ code: 'two-actors-files', at: startOf(second), found, expected: 'one actors file' })
    }
    const document = await this.document(file, actorsExport)
    return document === null ? nobody : readActors(document, reporter(document, this.problems))
  }

  matrixFiles(only: readonly string[] | undefined, mayBeEmpty = false): readonly string[] {
    const files = this.#disk.list('matrices', this.problems)
    const all = files.filter((file) => matrixFile.test(file))
    this.#checkFileNames(files)
    const fits = (glob: string) => all.some((file) => fitsGlob(file, glob))
    const isName = (text: string) => all.some((file) => namesOf(file).includes(text))
    const globs = only === undefined ? undefined : writtenOut(only, isName)
    const chosen = globs === undefined ? all : all.filter((file) => globs.some((glob) => fitsGlob(file, glob)))
    if (all.length === 0 && !mayBeEmpty)
      this.#missing('no-matrix', 'no matrix', 'at least one `matrices/*.matrix.yaml`')
    for (const glob of all.length === 0 ? [] : (globs ?? [])) {
      if (fits(glob)) continue
      const hint = didYouMeanOneOf(
        glob,
        all.map((file) => namesOf(file)[3]),
      )
      const expected = `a pattern that fits ${oneOfMany(all)}`
      this.#missing('no-matrix', `no matrix that fits ${quote(glob)}`, expected, hint)
    }
    return chosen
  }

  async matrix(file: string, context: Omit<MatrixContext, 'paths'>): Promise<LoadedMatrix | undefined> {
    const document = await this.document(file, matrixExport)
    if (document === null) return undefined
    this.#checkName(document)
    return readMatrix(document, { ...context, paths: this.#options.paths }, this.problems)
  }

  #checkName(document: MatrixDocument): void {
    const name = isObject(document.data) ? document.data.matrix : undefined
    if (typeof name !== 'string') return
    const other = this.#names.get(name)
    if (other === undefined) {
      this.#names.set(name, document.file)
      return
    }
    const found = `the matrix ${quote(name)}, which ${quote(other)} is too`
    const expected = 'a name of its own for every matrix'
    this.problems.push({ code: 'same-matrix', at: locateValue(document, ['matrix']), found, expected })
  }

  /** A matrix whose file is named otherwise would silently not run. */
  #checkFileNames(files: readonly string[]): void {
    for (const file of files) {
      if (matrixFile.test(file) || !/\.ya?ml$/.test(file) || !this.#disk.looksLike('matrix', file)) continue
      const expected = `a name that ends in \`.matrix.yaml\`, or else it does not run`
      this.problems.push({ code: 'file-name', at: startOf(file), found: 'a matrix in this file', expected })
    }
  }

  #missing(code: ProblemCode, found: string, expected: string, hint?: string): void {
    const problem = { code, at: startOf('matrices'), found, expected }
    this.problems.push(hint === undefined ? problem : { ...problem, hint })
  }

  /** @returns the names of the files below a folder of the workspace, sorted. */
  list(folder: string): readonly string[] {
    return this.#disk.list(folder, this.problems)
  }

  /** @returns true when a YAML file has this key first, whatever the file is called. */
  looksLike(key: 'matrix' | 'scenario', file: string): boolean {
    return this.#disk.looksLike(key, file)
  }

  /** Reads a file as plain data. @returns null after its problems have been added. */
  async document(file: string, exported: Export): Promise<MatrixDocument | null> {
    if (!this.#disk.exists(file)) {
      this.problems.push({ code: 'missing-file', at: startOf(file), found: 'no such file', expected: 'a matrix file' })
      return null
    }
    const text = this.#disk.text(file)
    const document = file.endsWith('.ts')
      ? await this.#module(file, text, exported)
      : readYaml(text, file, this.problems)
    if (document === null) return null
    return attachFiles(document, (written, from) => this.#disk.payload(written, from), this.problems)
  }

  async #module(file: string, text: string, { name, expected }: Export): Promise<MatrixDocument | null> {
    try {
      const exported = await this.#options.importModule(this.#disk.path(file))
      const value = exportOf(exported, name)
      if (value !== undefined) return readModule(value, text, file, this.problems)
      this.problems.push({ code: 'no-export', at: startOf(file), found: `no export \`${name}\``, expected })
    } catch (error) {
      const found = `a module that fails: ${quote(messageOf(error))}`
      this.problems.push({ code: 'module-fails', at: startOf(file), found, expected })
    }
    return null
  }
}

function exportOf(module: unknown, name: string): unknown {
  if (typeof module !== 'object' || module === null) return undefined
  return Object.entries(module).find(([key]) => key === name)?.[1]
}
