import { resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { loadWorkspace } from '../matrix/load.ts'
import type { Target } from '../model/target.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import { asMarkdown, asText, type Section } from '../reviews/document.ts'
import { type ReviewFacts, readReviewFacts, readTried } from '../reviews/read-review.ts'
import type { TriedCells } from '../reviews/tried.ts'
import { importModule } from '../run/import-module.ts'
import { loadConfig } from '../workspace/config.ts'
import { loadEnvironment } from '../workspace/environment.ts'
import { openReadOnly } from '../workspace/open-target.ts'
import { secretsOf } from '../workspace/secrets.ts'
import type { Flag, Given } from './arguments.ts'
import { targetFlag, workspaceFlag } from './command.ts'
import { print, printError } from './print.ts'
import { plain } from './terminal/text.ts'

/** The flags of every review. */
export const reviewFlags = {
  ...targetFlag,
  ...workspaceFlag,
  json: { type: 'boolean', help: 'prints the review as JSON' },
  markdown: { type: 'boolean', help: 'prints the review as Markdown, for a pull request or a deployment record' },
} as const satisfies Readonly<Record<string, Flag>>

/** A review, ready to be printed. */
export interface Reviewed {
  readonly title: string
  readonly sections: readonly Section[]
  /** The document that `--json` prints; `schema` names its form. */
  readonly json: { readonly schema: string } & Readonly<Record<string, unknown>>
  readonly code: number
}

/** Opens a target to look at it, makes a review of it without its secrets, and prints that. */
export async function review(
  given: Given,
  make: (
    facts: ReviewFacts & {
      readonly tried: TriedCells
      readonly root: string
      readonly alias: string
      readonly target: Target
    },
  ) => Promise<Reviewed>,
): Promise<number> {
  if (given.on('json') && given.on('markdown')) {
    throw new TrespassError('usage', 'found --json and --markdown, expected one of the two', { hint: 'see --help' })
  }
  const root = resolve(given.text('workspace') ?? '.')
  const config = await loadConfig(root, importModule)
  const environment = loadEnvironment(root, given.text('target') ?? null, process.env)
  const workspace = await loadWorkspace({ root, paths, importModule })
  const opened = await openReadOnly({ root, config, environment, sandbox: { holes: [] }, onProgress: printError })
  try {
    const { target } = opened
    const redact = redactor(secretsOf(target, []))
    const facts = await readReviewFacts(root, target)
    const tried = await readTried(root, target.alias, workspace, facts.facts)
    const { title, sections, json, code } = await make({
      ...redact(facts),
      tried: redact(tried),
      root,
      alias: target.alias,
      target,
    })
    if (given.on('json')) print(JSON.stringify(json, null, 2))
    else if (given.on('markdown')) print(asMarkdown(title, sections))
    else for (const line of asText(title, sections).split('\n')) print(plain(line))
    return code
  } finally {
    await opened.close()
  }
}

/** @returns the report that a review leans on, in a section of its own. */
export function reportSection({ run }: TriedCells): Section {
  return {
    title: 'Report',
    lines: [{ text: run === null ? 'there is no report: no cell was tried' : `cells are those of the run ${run}` }],
  }
}
