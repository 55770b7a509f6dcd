import { relative } from 'node:path'
import type { RunRecord } from './record.ts'

/** The facts about a run that a command needs to repeat a part of it. */
export interface RunToRepeat extends Pick<RunRecord, 'holes' | 'oldDefaultGrants' | 'workspace'> {
  readonly target: Pick<RunRecord['target'], 'alias' | 'kind'>
}

/** @returns the path of the workspace from a folder; nothing if they are the same. */
export function workspaceFrom(root: string, here = process.cwd()): Pick<RunRecord, 'workspace'> {
  const workspace = relative(here, root)
  return workspace === '' ? {} : { workspace }
}

/** @returns the command that tries one cell again, with the same workspace, target and holes. */
export function commandFor(id: string, run: RunToRepeat): string {
  return commandLine('run', [...again(run), '--cell', id], run)
}

/** @returns the command that runs a scenario again, or one round of it. */
export function scenarioCommand(id: string, round: number | null, run: RunToRepeat): string {
  const only = round === null ? [] : ['--round', String(round)]
  return commandLine('run', [...again(run), '--scenario', id, ...only], run)
}

/** @returns a command line that works in the working directory of the run, from a folder of the same package. */
export function commandLine(
  command: string,
  words: readonly string[],
  run: Pick<RunToRepeat, 'workspace' | 'target'>,
): string {
  const workspace = run.workspace === undefined ? [] : ['--workspace', run.workspace]
  const target = run.target.kind === 'sandbox' ? [] : ['--target', run.target.alias]
  return ['npx trespass', command, ...[...workspace, ...target, ...words].map(quoted)].join(' ')
}

function again({ holes, oldDefaultGrants }: RunToRepeat): string[] {
  return [
    ...holes.flatMap((hole) => ['--with-hole', hole]),
    ...(oldDefaultGrants === true ? ['--old-default-grants'] : []),
  ]
}

/** Double quotes if a shell does not interpret the text in them, else single ones. */
function quoted(text: string): string {
  if (/^[\w./:-]+$/.test(text)) return text
  return /["$`\\!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text}"`
}
