import type { Problem } from '../errors.ts'
import type { LoadedMatrix } from '../model/matrix.ts'
import { attachFiles, type ReadPayload } from './attach-files.ts'
import { type LoadedRoster, readActors } from './read-actors.ts'
import { type MatrixContext, readMatrix } from './read-matrix.ts'
import { reporter } from './report.ts'
import { readYaml } from './yaml-document.ts'

/** The content of a text, with all problems in it. */
export interface Parsed<Result> {
  readonly result: Result | undefined
  readonly problems: readonly Problem[]
}

/** The name of a text's file, and how the files that it refers to are read. */
export interface TextOptions {
  /** For positions. */
  readonly file: string
  readonly readPayload?: ReadPayload
}

const noFiles: ReadPayload = () => ({ code: 'missing-file', found: 'a file', expected: 'no file in this text' })

/** Reads the text of an actors file, without touching the disk. */
export function parseActorsText(text: string, { file, readPayload = noFiles }: TextOptions): Parsed<LoadedRoster> {
  const problems: Problem[] = []
  const document = readYaml(text, file, problems)
  if (document === null) return { result: undefined, problems }
  const attached = attachFiles(document, readPayload, problems)
  const result = readActors(attached, reporter(attached, problems))
  return { result: problems.length === 0 ? result : undefined, problems }
}

/** Reads the text of a matrix, without touching the disk. */
export function parseMatrixText(text: string, options: TextOptions & MatrixContext): Parsed<LoadedMatrix> {
  const problems: Problem[] = []
  const document = readYaml(text, options.file, problems)
  if (document === null) return { result: undefined, problems }
  const attached = attachFiles(document, options.readPayload ?? noFiles, problems)
  const result = readMatrix(attached, options, problems)
  return { result: problems.length === 0 ? result : undefined, problems }
}
