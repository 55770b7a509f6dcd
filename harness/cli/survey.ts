import { resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { loadWorkspace } from '../matrix/load.ts'
import { paths } from '../paths/registry.ts'
import { redactor } from '../redaction/redact.ts'
import { redactedError } from '../redaction/redact-error.ts'
import { importModule } from '../run/import-module.ts'
import { limitsOf } from '../run/limits.ts'
import { type OpenedRun, openRun } from '../run/open-run.ts'
import { decideFlows } from '../survey/decide.ts'
import { bySuspicion } from '../survey/flows.ts'
import type { SurveyRecord } from '../survey/model.ts'
import { writeSurvey } from '../survey/survey-file.ts'
import { surveyText } from '../survey/text.ts'
import { type Surveyed, trySurvey } from '../survey/try-survey.ts'
import { type Flag, type Given, noWords, readArguments } from './arguments.ts'
import { concurrencyOf } from './choices.ts'
import { type Command, targetFlag, workspaceFlag } from './command.ts'
import { Interruption } from './interruption.ts'
import { explain, print } from './print.ts'
import { ProgressDisplay } from './progress-display.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...targetFlag,
  ...workspaceFlag,
  object: {
    type: 'string',
    value: 'PATTERN',
    help: 'only objects whose name matches, such as documents or "bucket .*"',
  },
  'with-hole': { type: 'string', multiple: true, value: 'NAME', help: 'opens holes/NAME.sql in the sandbox first' },
  json: { type: 'boolean', help: 'prints the whole survey as JSON, in the form of survey.json' },
  all: { type: 'boolean', help: 'lists the flows too that matrices allow' },
  allow: {
    type: 'string',
    multiple: true,
    value: 'FLOW',
    help: 'writes an allowed cell for a flow of the newest survey',
  },
  deny: { type: 'string', multiple: true, value: 'FLOW', help: 'writes a denied cell for a flow of the newest survey' },
  concurrency: {
    type: 'string',
    value: 'N',
    help: 'how many requests are under way at once (default: 8 at first, then as the target takes them)',
  },
} as const satisfies Readonly<Record<string, Flag>>

/** The flags that cannot be combined with a decision. */
const surveying = ['object', 'with-hole', 'json', 'all', 'concurrency'] as const

/** Tries all reachable objects as every actor, and lists which actor received whose values. It has no expectations. */
export const survey: Command = {
  summary: 'tries everything reachable as every actor, and lists whose rows each actor reaches',
  flags,
  exits: {
    0: 'everything reachable was tried, or the decisions were written',
    2: 'bad usage or configuration, a refused target, or a failure of Trespass itself',
    130: 'broken off; what was made is swept',
  },
  examples: ['npx trespass survey', 'npx trespass survey --object documents --json'],
  async run(args) {
    const given = readArguments(args, flags)
    noWords(given)
    const isDecision = given.texts('allow').length + given.texts('deny').length > 0
    return isDecision ? await decide(given) : await surveyTarget(given)
  },
}

async function decide(given: Given): Promise<number> {
  const stray = surveying.find(
    (flag) => given.on(flag) || given.text(flag) !== undefined || given.texts(flag).length > 0,
  )
  if (stray !== undefined) {
    throw new TrespassError('usage', `found --${stray} beside --allow or --deny, expected one of the two`, {
      hint: 'A decision is about the newest survey, which has ended.',
    })
  }
  const alias = given.text('target')
  const written = await decideFlows({
    root: resolve(given.text('workspace') ?? '.'),
    allow: given.texts('allow'),
    deny: given.texts('deny'),
    ...(alias === undefined ? {} : { alias }),
  })
  for (const { file, cells } of written) print([plain(file), ...cells.map((cell) => `  ${plain(cell)}`)].join('\n'))
  return 0
}

async function surveyTarget(given: Given): Promise<number> {
  const root = resolve(given.text('workspace') ?? '.')
  const alias = given.text('target')
  const holes = given.texts('with-hole')
  const concurrency = concurrencyOf(given.text('concurrency'))
  const object = given.text('object')
  const only = object === undefined ? {} : { only: patternOf(object) }
  const { matrices } = await loadWorkspace({ root, paths, importModule, mayBeEmpty: true })
  const display = new ProgressDisplay()
  const startedAt = new Date()
  const interruption = new Interruption()
  const { signal } = interruption
  const opened = await openRun({
    root,
    holes,
    actorsOnly: true,
    inventory: true,
    onProgress: (text) => display.step(text),
    onNote: (text) => display.note(text),
    onNamed: (run, target) => interruption.about({ root, run, alias: target }),
    signal,
    ...(alias === undefined ? {} : { alias }),
    ...(concurrency === undefined ? {} : { concurrency }),
  }).catch((error: unknown) => {
    display.clear()
    if (error instanceof TrespassError && error.code === 'broken-off') return error
    throw error
  })
  if (opened instanceof TrespassError) {
    explain(opened)
    return interruption.code ?? 2
  }
  const { context } = opened
  const redact = redactor(context.secrets)
  const onPlanned = (attempts: number) => display.expect([{ name: 'attempts', count: attempts, weight: attempts * 20 }])
  const outcome = await tried(opened, {
    matrices,
    signal,
    onPlanned,
    onAttempt: () => display.ended('attempts', 'held'),
    ...only,
  }).then(
    (surveyed) => ({ surveyed }),
    (error: unknown) => ({ error }),
  )
  display.step('sweeping')
  const { left } = await opened.close('surveyed' in outcome && !signal.aborted ? 'whole' : 'broken')
  display.clear()
  for (const what of left) explain(new TrespassError('not-swept', `the survey has left ${what} behind`))
  if (interruption.code !== null) return interruption.code
  if ('error' in outcome) throw redactedError(outcome.error, redact)
  const { surveyed } = outcome
  const record: SurveyRecord = redact({
    schema: 'trespass/survey@1',
    run: context.runId,
    target: { alias: context.target.alias, kind: context.target.kind },
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    holes,
    limits: [...limitsOf(context.target, context), ...surveyed.limits],
    tried: { objects: surveyed.matrices.length, attempts: surveyed.attempts, unknown: surveyed.unknown },
    flows: bySuspicion(surveyed.flows),
    unsurveyed: surveyed.unsurveyed,
    matrices: surveyed.matrices,
  })
  const folder = await writeSurvey(root, record)
  if (given.on('json')) print(JSON.stringify(record, null, 2))
  else
    for (const line of [...surveyText(record, { all: given.on('all') }).split('\n'), '', `${folder}/survey.json`])
      print(plain(line))
  return left.length === 0 ? 0 : 2
}

function tried(
  opened: OpenedRun,
  options: Omit<Parameters<typeof trySurvey>[0], 'run' | 'inventory'>,
): Promise<Surveyed> {
  const { inventory } = opened
  if (inventory === null || 'failure' in inventory) {
    const why = inventory === null ? '' : `: ${inventory.failure}`
    return Promise.reject(new TrespassError('no-inventory', `what is reachable could not be read${why}`))
  }
  return trySurvey({ ...options, run: opened, inventory })
}

/** @throws TrespassError `usage` */
function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'i')
  } catch {
    throw new TrespassError('usage', `found --object ${text}, expected a regular expression`, { hint: 'see --help' })
  }
}
