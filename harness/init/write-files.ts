import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TrespassError } from '../errors.ts'
import { environmentExample, ignored, type NewFile } from './files.ts'

/** The files that were written, and those that were kept. */
export interface Written {
  readonly written: readonly string[]
  /** Files that are there with the same text, and an `.env.example` of the project's own. */
  readonly kept: readonly string[]
}

/**
 * Refuses to go on where a file of the workspace is there already: nothing is overwritten.
 *
 * @param paths relative to the workspace.
 * @throws TrespassError `files-exist` with their names.
 */
export function refuseExisting(root: string, paths: readonly string[]): void {
  const existing = paths.filter((path) => existsSync(join(root, path)))
  if (existing.length === 0) return
  const names = existing.slice(0, 20).join(', ')
  const more = existing.length > 20 ? ` and ${existing.length - 20} more` : ''
  throw new TrespassError('files-exist', `found ${names}${more}, expected a workspace without these files`, {
    hint: 'trespass init overwrites nothing. Move them away, or name another folder after --workspace.',
  })
}

/**
 * Writes the files, and appends to `.gitignore` what it lacks.
 *
 * @throws TrespassError `files-exist`: then nothing is written.
 */
export function writeFiles(root: string, files: readonly NewFile[]): Written {
  const isSame = ({ path, text }: NewFile) =>
    existsSync(join(root, path)) && readFileSync(join(root, path), 'utf8') === text
  const kept = files.filter(isSame).map(({ path }) => path)
  const fresh = files.filter((file) => !isSame(file))
  refuseExisting(
    root,
    fresh.map(({ path }) => path),
  )
  for (const { path, text } of fresh) createFile(root, path, text)
  const written = fresh.map(({ path }) => path)
  if (existsSync(join(root, '.env.example'))) kept.push('.env.example')
  else {
    createFile(root, '.env.example', environmentExample)
    written.push('.env.example')
  }
  if (ignore(root)) written.push('.gitignore')
  return { written, kept }
}

/** Writes a file of the workspace. `wx`: a file that came meanwhile is not overwritten either. */
export function createFile(root: string, path: string, text: string): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { flag: 'wx' })
}

/** @returns true when a line was missing. */
function ignore(root: string): boolean {
  const file = join(root, '.gitignore')
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const lines = new Set(before.split('\n').map((line) => line.trim()))
  const missing = ignored.filter((line) => !lines.has(line))
  if (missing.length === 0) return false
  // The last line that matches a file decides.
  if (missing.includes('.env.*') && !missing.includes('!.env.example')) missing.push('!.env.example')
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  writeFileSync(file, `${before}${gap}${missing.join('\n')}\n`)
  return true
}
