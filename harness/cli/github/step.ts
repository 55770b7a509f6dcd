import { appendFile, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../errors.ts'
import type { NotHeld } from '../../evidence/not-held.ts'
import { placeBelow, placeInRepository } from '../../workspace/repository.ts'
import { printError } from '../print.ts'
import { annotations } from './annotations.ts'
import { cutTo } from './cut.ts'

/** The maximum size of a step's summary, in bytes. GitHub shows nothing of a longer one. */
const summaryLimit = 1024 * 1024

/** The results for a step of GitHub Actions. */
export interface StepResults {
  /** The workspace's folder. */
  readonly root: string
  readonly notHeld: readonly NotHeld[]
  /** The folder of the report; null if none was written. */
  readonly report: string | null
  /** Prints a workflow command. */
  readonly command: (line: string) => void
  /** In the form of `process.env`. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * In GitHub Actions, annotates the lines of the findings and appends `summary.md` to the summary of the step. Does nothing
 * elsewhere. A summary that cannot be written is reported and does not change the result of the run.
 */
export async function reportToGitHub({ root, notHeld, report, environment, command }: StepResults): Promise<void> {
  if (environment.GITHUB_ACTIONS !== 'true') return
  for (const line of annotations(notHeld, await placeOf(root, environment.GITHUB_WORKSPACE))) command(line)
  const summary = environment.GITHUB_STEP_SUMMARY ?? ''
  if (report === null || summary === '') return
  await addSummary(summary, join(report, 'summary.md')).catch((error: unknown) => {
    printError(`trespass: the summary of the step was not written: ${messageOf(error)}`)
  })
}

/** Files are named from the root of the repository, or from the step's working directory outside of a repository. */
async function placeOf(root: string, workspace = ''): Promise<string> {
  const place = await placeInRepository(root)
  if (place !== null || workspace === '') return place ?? ''
  const below = placeBelow(await realpath(workspace).catch(() => workspace), await realpath(root))
  return below.startsWith('../') ? '' : below
}

/** Other commands of the step may have appended to the file before. */
async function addSummary(file: string, from: string): Promise<void> {
  const taken = (await stat(file).catch(() => null))?.size ?? 0
  await appendFile(file, cutTo(await readFile(from), summaryLimit - taken))
}
