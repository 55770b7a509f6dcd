import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { canonicalLines } from '../../harness/canonical.ts'
import type { Attempted } from '../../harness/cells/attempt.ts'
import { recordOf } from '../../harness/cells/record.ts'
import { explain } from '../../harness/cli/print.ts'
import { closing } from '../../harness/cli/terminal/closing.ts'
import { findings } from '../../harness/cli/terminal/findings.ts'
import { tables } from '../../harness/cli/terminal/table.ts'
import { TrespassError } from '../../harness/errors.ts'
import type { Evidence } from '../../harness/evidence/evidence.ts'
import { explanation } from '../../harness/evidence/explain.ts'
import { htmlReport } from '../../harness/evidence/html/page.ts'
import { junit } from '../../harness/evidence/junit.ts'
import { summary } from '../../harness/evidence/summary.ts'
import type { CellPlan } from '../../harness/matrix/plan/plan.ts'
import type { ScenarioResult } from '../../harness/model/scenario.ts'
import { answerOf } from '../../harness/paths/postgrest/answer.ts'
import { type Redact, redactor } from '../../harness/redaction/redact.ts'
import { redactedError } from '../../harness/redaction/redact-error.ts'
import { exampleBreach, exampleRun } from '../support/example-records.ts'
import { exampleMark, exampleOperation, exampleRace } from '../support/example-scenarios.ts'
import { disguisesOf, plantedSecrets, viewWith } from './planted-secrets.ts'

const look = { color: false, unicode: true, width: 120 }
const at = { file: 'matrices/documents.matrix.yaml', line: 3, column: 5 }
const session = {
  kind: 'actor',
  actor: 'alice',
  actorKind: 'authenticated',
  user: null,
  credential: 'attacked',
  url: 'http://project.example',
  apiKey: null,
  token: null,
} as const
const matrix = {
  name: 'documents',
  file: at.file,
  resource: { kind: 'table', name: 'public.documents' },
  invariants: {},
  fixtures: [],
  operations: [],
  cells: [],
} as const
const cell: CellPlan = {
  id: 'documents › alice › read own',
  matrix: 'documents',
  actor: { name: 'alice', kind: 'authenticated', at },
  operation: { name: 'read own', path: 'data-api', verb: 'select', body: {}, proves: ['DOC-1'], at },
  expected: { decision: 'deny', layers: ['rls'] },
  at,
  attempts: [],
  controls: [],
}

afterEach(() => vi.restoreAllMocks())

/** An attempt whose request and answer contain a text everywhere that the protocol allows. */
function attemptedWith(text: string): Attempted {
  const url = `http://project.example/rest/v1/${encodeURI(text)}?select=*&note=eq.${encodeURIComponent(text)}`
  const headers = (): Headers => {
    const made = new Headers({ 'content-type': 'application/json' })
    const header = text.replaceAll(/[^\x20-\x7e]/g, '?').trim()
    for (const name of ['prefer', 'accept', 'location', 'www-authenticate']) made.set(name, header)
    return made
  }
  const body = { [text]: text, list: ['before', { deep: text }], json: JSON.stringify({ text }) }
  const error = { code: text, message: `could not: ${text}.`, details: text, hint: text }
  const sent = { method: 'PATCH', url, sent: headers(), body: JSON.stringify(body), received: headers() }
  const refused = answerOf({ ...sent, status: 400, text: JSON.stringify(error) }, 0)
  const given = answerOf({ ...sent, status: 200, text: JSON.stringify(body) }, 0)
  return {
    body: { update: 'own', set: body },
    answer: refused,
    face: 'policy-check',
    meaning: { kind: 'unknown', why: `nobody knows: ${text}` },
    effect: { kind: 'otherwise', what: `own.title: ${JSON.stringify(text)} → "x"; ${text}` },
    reading: { reach: ['own'], seen: [text], columns: [text], others: 0, value: given.value },
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 4,
  }
}

/** The records of a run that meets a text everywhere. */
function recordsWith(text: string): Omit<Evidence, 'schema'> {
  const attempted = attemptedWith(text)
  const { meaning, effect } = attempted
  const observation = { by: 'bob', meaning, effect }
  const given = {
    expected: { decision: 'allow', returns: { [text]: text } },
    credential: 'attacked',
    attempt: { meaning, effect },
    control: observation,
    comparison: { differences: [`body is ${text} and absent`], meanings: [meaning, meaning] },
  } as const
  const judgement = { verdict: 'breach', denial: 'rls', because: `it happened: ${text}` } as const
  const control = { by: 'bob', attempted, observation }
  const context = { sessions: { alice: session } }
  const cells = [
    recordOf(matrix, cell, context, { given, judgement, attempted, control }),
    ...errorsWith(text).map((error, index) =>
      recordOf(matrix, { ...cell, id: `documents › alice › ${index}` }, context, { error }),
    ),
    exampleBreach({ because: text }),
  ]
  const run = exampleRun(cells, {
    cleanup: { made: 2, swept: 1, left: [`public.documents {"id":"${text}"}: ${text}`] },
    invariants: [{ id: 'DOC-1', matrix: 'documents', sentence: text, cells: [cell.id], verdict: 'breach' }],
  })
  return { cells, run, scenarios: [raceWith(text)] }
}

/** A scenario with the text in its requests, answers and state. */
function raceWith(text: string): ScenarioResult {
  const { record } = exampleRace({ because: text, findings: [], telling: 2 })
  const operation = exampleOperation({
    round: 2,
    request: `POST /rest/v1/rpc/claim?key=${text}`,
    body: { [text]: text },
    fate: 'unknown',
    why: `nobody knows: ${text}`,
    message: text,
    rows: [{ id: text }],
    value: text,
  })
  const state = { name: 'rows', expected: text, found: [text], holds: false }
  const afterwards = { kind: 'state', round: 2, at: 120, moment: 'afterwards', checks: [state] } as const
  return { record, history: [operation, afterwards, exampleMark('note', 99, text)] }
}

/** Errors with a text in their message, hint, stack, causes, or in properties that a library has added. */
function errorsWith(text: string): readonly unknown[] {
  const inner = Object.assign(new Error(`getaddrinfo ENOTFOUND ${text}`), { hostname: text })
  const stacked = new Error('it failed')
  stacked.stack = `Error: it failed\n    at ${text} (file.ts:1:1)`
  return [
    new Error(`it failed: ${text}`),
    new TrespassError('auth-refused', `found ${text}`, { hint: `look at ${text}` }),
    new TypeError('fetch failed', { cause: new Error('lost', { cause: inner }) }),
    new AggregateError([inner], 'none could be reached'),
    stacked,
    text,
  ]
}

/** Everything that the writers and printers make of records, by its destination. */
function writtenOf({ cells, run, scenarios }: ReturnType<typeof recordsWith>, redact: Redact): Record<string, string> {
  const shown = { cells: redact(cells), run: redact(run), scenarios: redact(scenarios) }
  return {
    'cells.jsonl': [...canonicalLines(shown.cells)].join(''),
    'junit.xml': [...junit(shown)].join(''),
    'summary.md': summary(shown),
    'report.html': [...htmlReport(shown)].join(''),
    explanations: shown.cells.flatMap((cell) => explanation(cell, shown.run).map((link) => link.text)).join('\n'),
    'run.json': JSON.stringify(shown.run),
    tables: tables(shown.cells, look),
    findings: findings(shown.cells, shown.run, look),
    closing: closing({ run: shown.run, collected: 3, code: 1, report: 'reports/staging/1' }, look),
  }
}

/** The output for an error of the terminal, and of Vitest, which prints every member. */
function shownOf(error: unknown, redact: Redact): Record<string, string> {
  const clean = redactedError(error, redact)
  let said = ''
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  explain(clean)
  write.mockRestore()
  return { terminal: said, members: membersOf(clean).join('\n') }
}

function membersOf(value: unknown): string[] {
  if (!(value instanceof Error)) return [String(value)]
  const below = value instanceof AggregateError ? [value.cause, ...value.errors] : [value.cause]
  return [value.message, value.stack ?? '', JSON.stringify({ ...value }), ...below.flatMap(membersOf)]
}

const cases = plantedSecrets.chain((secret) => disguisesOf(secret).map((disguise) => ({ secret, disguise })))

describe('a secret of any kind and in any encoding', () => {
  const check = (output: (text: string, redact: Redact) => Record<string, string>): void => {
    const own = Object.values(output('nothing', redactor([]))).map((text) => text.toLowerCase())
    fc.assert(
      fc.property(cases, ({ secret, disguise }) => {
        // fast-check prefers passwords such as "toString", which the script of the page contains.
        fc.pre(!own.some((text) => text.includes(secret.text.toLowerCase())))
        const redact = redactor(secret.told ? [secret.text] : [])
        for (const [name, text] of Object.entries(output(disguise.apply(secret.text), redact))) {
          expect(viewWith(secret.text, text), `${name} holds ${secret.text}, ${disguise.name}`).toBeNull()
        }
      }),
      { numRuns: 300 },
    )
  }

  test('is in nothing that is written or printed of a run', () => {
    check((text, redact) => writtenOf(recordsWith(text), redact))
  }, 240_000)

  test('is in nothing that is shown of an error', () => {
    check((text, redact) =>
      Object.assign({}, ...errorsWith(text).map((error, index) => named(index, shownOf(error, redact)))),
    )
  }, 240_000)
})

function named(index: number, texts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${name} of error ${index}`, text]))
}

test('the search finds unhidden secrets', () => {
  fc.assert(
    fc.property(cases, ({ secret, disguise }) => {
      expect(viewWith(secret.text, `before ${disguise.apply(secret.text)} after`), disguise.name).not.toBeNull()
    }),
    { numRuns: 300 },
  )
})
