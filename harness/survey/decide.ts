import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Problem, TrespassError, WorkspaceProblems } from '../errors.ts'
import { loadRoster } from '../matrix/load.ts'
import { readMatrix } from '../matrix/read-matrix.ts'
import { readYaml } from '../matrix/yaml-document.ts'
import { paths } from '../paths/registry.ts'
import { importModule } from '../run/import-module.ts'
import { type Decision, fileOf, flowsNamed, withDecisions } from './accept.ts'
import { newestSurvey } from './survey-file.ts'

export interface Wanted {
  readonly root: string
  /** The target whose newest survey is meant; that of any when left out. */
  readonly alias?: string
  /** Numbers or ids of flows. */
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

/** A file that holds decisions now. */
export interface Written {
  readonly file: string
  readonly cells: readonly string[]
}

/**
 * Turns flows of the newest survey into cells of matrix files. Every file is read as a run would read it before the
 * first is written.
 *
 * @throws TrespassError `no-survey`, `no-such-flow`, `two-decisions`; WorkspaceProblems
 */
export async function decideFlows({ root, alias, allow, deny }: Wanted): Promise<readonly Written[]> {
  const record = await newestSurvey(root, alias)
  const decisions: Decision[] = [
    ...allow.flatMap((named) => flowsNamed(record, named).map((flow) => ({ flow, decision: 'allow' as const }))),
    ...deny.flatMap((named) => flowsNamed(record, named).map((flow) => ({ flow, decision: 'deny' as const }))),
  ]
  const twice = decisions.find(({ flow, decision }) => {
    return decisions.some((other) => other.flow.id === flow.id && other.decision !== decision)
  })
  if (twice !== undefined) {
    throw new TrespassError('two-decisions', `found ${twice.flow.id} under --allow and under --deny, expected one`)
  }
  const { roster, groups } = await loadRoster({ root, paths, importModule })
  const problems: Problem[] = []
  const texts = new Map<string, string>()
  const written: Written[] = []
  for (const survey of record.matrices) {
    const own = decisions.filter(({ flow }) => flow.matrix === survey.document.matrix)
    if (own.length === 0) continue
    const file = fileOf(survey)
    const before = await readFile(join(root, file), 'utf8').catch(() => null)
    const text = withDecisions(before, survey, own)
    const document = readYaml(text, file, problems)
    if (document !== null) readMatrix(document, { roster, groups, paths, complete: true }, problems)
    texts.set(file, text)
    written.push({
      file,
      cells: own.map(
        ({ flow, decision }) =>
          `${flow.actor}: ${flow.door}${flow.whose === '' ? '' : ` of ${flow.whose}`}: ${decision}`,
      ),
    })
  }
  if (problems.length > 0) throw new WorkspaceProblems(problems)
  for (const [file, text] of texts) {
    await writeFile(join(root, `${file}.partial`), text)
    await rename(join(root, `${file}.partial`), join(root, file))
  }
  return written
}
