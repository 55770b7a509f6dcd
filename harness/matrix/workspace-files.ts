import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { type Dirent, existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Problem } from '../errors.ts'
import { quote } from '../message-text.ts'
import type { Payload } from './attach-files.ts'
import { startOf } from './document.ts'

/** A file that the matrices of a run are made of. */
export interface WorkspaceFile {
  /** Relative to the workspace, with forward slashes. */
  readonly file: string
  readonly sha256: string
}

/** Bytes; a matrix is kept in memory, so larger content is refused. */
const largestContent = 1024 * 1024

const outside = { code: 'outside-workspace', expected: 'a file inside the workspace' } as const

/** The files of one workspace: nothing outside it is read, not by `../` and not by a link. */
export class WorkspaceFiles {
  readonly #root: string
  readonly #read = new Map<string, string>()

  constructor(root: string) {
    this.#root = resolve(root)
  }

  /** The files that have been read so far, by name. */
  get files(): readonly WorkspaceFile[] {
    const hashed = [...this.#read].map(([file, sha256]) => ({ file, sha256 }))
    return hashed.sort((one, other) => (one.file < other.file ? -1 : 1))
  }

  /** @returns the absolute path of a file of the workspace. */
  path(file: string): string {
    return join(this.#root, file)
  }

  exists(file: string): boolean {
    return existsSync(this.path(file))
  }

  /** Reads a file that is known to lie inside. */
  text(file: string): string {
    return this.#bytes(file).toString('utf8')
  }

  #bytes(file: string): Buffer {
    const bytes = readFileSync(this.path(file))
    this.#read.set(file, createHash('sha256').update(bytes).digest('hex'))
    return bytes
  }

  /** @returns true when a YAML file has a top-level key, whatever the file is called. */
  looksLike(key: 'matrix' | 'scenario', file: string): boolean {
    return new RegExp(`^${key}:`, 'm').test(readFileSync(this.path(file), 'utf8'))
  }

  /** Reads a file that a matrix names, relative to that matrix. */
  payload(written: string, matrixFile: string): Payload {
    const found = `the file ${quote(written)}`
    if (isAbsolute(written)) return { ...outside, found: `${found} with an absolute path` }
    const path = resolve(this.path(matrixFile), '..', written)
    const file = this.#relative(path)
    if (!isInside(this.#root, path)) return { ...outside, found: `${found} outside the workspace` }
    if (!existsSync(path))
      return { code: 'missing-file', found: `no file ${quote(file)}`, expected: 'a file that exists' }
    if (!this.#staysInside(path)) return { ...outside, found: `${found}, a link out of the workspace` }
    if (!statSync(path).isFile())
      return { code: 'missing-file', found: `the folder ${quote(file)}`, expected: 'a file' }
    if (/\.(?:json|ya?ml)$/.test(path)) return { file, text: this.text(file) }
    const { size } = statSync(path)
    if (size > largestContent)
      return { code: 'file-size', found: `${found} of ${size} bytes`, expected: 'at most 1 MiB' }
    return { content: contentOf(this.#bytes(file)) }
  }

  /** @returns the files below a folder, sorted; links that lead out of the workspace are reported. */
  list(folder: string, problems: Problem[]): readonly string[] {
    if (!this.exists(folder)) return []
    const entries = readdirSync(this.path(folder), { withFileTypes: true })
    const files = entries.flatMap((entry) => this.#listEntry(`${folder}/${entry.name}`, entry, problems))
    return files.sort((one, other) => (one < other ? -1 : 1))
  }

  #listEntry(file: string, entry: Dirent, problems: Problem[]): readonly string[] {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) return []
    if (entry.isDirectory()) return this.list(file, problems)
    if (entry.isFile()) return [file]
    if (!entry.isSymbolicLink()) return []
    const path = this.path(file)
    if (existsSync(path) && this.#staysInside(path) && statSync(path).isFile()) return [file]
    problems.push({ at: startOf(file), found: 'a link that is no file of the workspace', ...outside })
    return []
  }

  #staysInside(path: string): boolean {
    return isInside(realpathSync(this.#root), realpathSync(path))
  }

  #relative(path: string): string {
    return relative(this.#root, path).split(sep).join('/')
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** @returns a text as it is, and other bytes as a data URL; a dollar sign in it begins no reference. */
function contentOf(bytes: Buffer): string {
  return isUtf8(bytes)
    ? bytes.toString('utf8').replaceAll('$', '$$$$')
    : `data:application/octet-stream;base64,${bytes.toString('base64')}`
}
