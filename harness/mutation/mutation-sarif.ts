import { createHash } from 'node:crypto'
import type { Statement } from '../cuts/statements.ts'
import type { Position } from '../errors.ts'
import { literal, placeOf, sarifSchema, visible } from '../evidence/sarif.ts'
import { madeIn } from '../migrations/made-in.ts'
import { type Mutant, type MutantKind, type MutationRecord, mutantKinds } from './model.ts'

/** The input of `mutation.sarif` beside the results. */
export interface MutationSarif {
  readonly record: MutationRecord
  /** Of the migrations and the seed, in the order in which they are applied. */
  readonly statements: readonly Statement[]
  /** The version of Trespass. */
  readonly version: string
  /** The path of the workspace in its repository: `apps/api/`, or empty for the root. */
  readonly place: string
}

const kinds = Object.keys(mutantKinds).filter((kind): kind is MutantKind => Object.hasOwn(mutantKinds, kind))

const page = 'docs/mutation.md'

const rules = kinds.map((id) => ({
  id,
  name: id.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase()),
  shortDescription: { text: `No cell notices that ${mutantKinds[id]}` },
  fullDescription: { text: `A mistake in the schema leaves every cell held: ${mutantKinds[id]}.` },
  defaultConfiguration: { level: 'warning' },
  help: { text: `See ${page}: a cell that notices it is added, or the mutant is accepted.` },
  properties: { tags: ['security'] },
}))

/**
 * The mutants that nothing noticed in the Static Analysis Results Interchange Format, version 2.1.0 (OASIS): a warning for each,
 * at the statement that made or last changed what the mutant changes. A mutant whose object no statement names stands at the
 * first one, since tools do not show a result without a place.
 */
export function mutationSarif({ record, statements, version, place }: MutationSarif): string {
  const unnoticed = record.results.filter(({ status }) => status === 'survived' || status === 'untouched')
  const results = unnoticed.flatMap(({ mutant, suggestion }) => {
    const at = statementOf(mutant, statements) ?? statements[0]?.at
    if (at === undefined) return []
    const fingerprint = createHash('sha256').update(mutant.id).digest('hex')
    const advice = suggestion === undefined ? '' : ` Would be noticed by ${suggestion.sentence}.`
    return [
      {
        ruleId: mutant.kind,
        ruleIndex: kinds.indexOf(mutant.kind),
        level: 'warning',
        message: { text: literal(`Nothing notices that ${mutant.change}.${advice}`) },
        locations: [placeOf(place, at)],
        partialFingerprints: { 'trespassId/v1': fingerprint, primaryLocationLineHash: `${fingerprint.slice(0, 32)}:1` },
        properties: { id: mutant.id },
      },
    ]
  })
  const run = {
    automationDetails: {
      id: `trespass/mutation/${record.run}`,
      description: { text: 'Mutants of the schema that no cell of Trespass notices' },
    },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        startTimeUtc: record.startedAt,
        endTimeUtc: record.finishedAt,
        executionSuccessful: record.complete && record.total.failed === 0,
        toolExecutionNotifications: record.limits.map((text) => ({
          level: 'warning',
          message: { text: literal(text) },
        })),
      },
    ],
    originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The root of the repository.' } } },
    properties: { schemaFingerprint: record.schemaFingerprint },
    tool: { driver: { name: 'Trespass', version, rules } },
    results,
  }
  return `${visible({ $schema: sarifSchema, version: '2.1.0', runs: [run] })}\n`
}

/** The statement that made what a mutant changes; null where none is found. */
function statementOf({ kind, touches, original, commands, role, object }: Mutant, statements: readonly Statement[]) {
  const [name = ''] = touches
  const policy = /^create policy (?:"((?:[^"]|"")*)"|(\S+)) on /.exec(original)
  if (policy !== null) {
    const made = { what: 'policy', relation: name, name: (policy[1] ?? policy[2] ?? '').replaceAll('""', '"') } as const
    return madeIn(made, statements)
  }
  const granted =
    kind === 'grant-removed' && role !== null
      ? madeIn({ what: 'grant', privilege: privilegeOf(commands), on: name, role }, statements)
      : null
  if (granted !== null) return granted
  if (object.startsWith('function ')) return madeIn({ what: 'function', name }, statements)
  if (object.startsWith('bucket ')) return lastNaming(`'${name.replace(/^bucket /, '')}'`, statements)
  return madeIn({ what: 'relation', name }, statements)
}

function privilegeOf([command = '']: readonly string[]): string {
  return (command === 'call' ? 'execute' : command).toUpperCase()
}

function lastNaming(text: string, statements: readonly Statement[]): Position | null {
  return statements.findLast((statement) => statement.text.includes(text))?.at ?? null
}
