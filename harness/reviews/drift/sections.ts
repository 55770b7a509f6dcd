import { counted, type Line, type Section, some } from '../document.ts'
import type { DriftClass, FactDifference, History, ObjectDifference } from './classify.ts'
import type { EnvironmentRow } from './environment.ts'
import type { SilentCell } from './silent-cells.ts'

/** The names of the two sides. */
interface Sides {
  readonly from: string
  readonly to: string
}

/** Everything that a comparison found. Plain data. */
export interface Drift {
  readonly sides: Sides
  readonly agree: number
  readonly all: number
  readonly differences: readonly ObjectDifference[]
  readonly histories: Readonly<Record<'from' | 'to', HistoryNote>>
  readonly silent: { readonly run: string | null; readonly cells: readonly SilentCell[] }
  readonly environment: readonly EnvironmentRow[]
  /** Sentences about what could not be known. */
  readonly limits: readonly string[]
}

/** What the history of one side shows beside the objects. */
export interface HistoryNote {
  /** Null where nothing is recorded or readable, and for the committed migrations. */
  readonly source: History['source'] | null
  /** Entries of which the workspace has no file. */
  readonly withoutFile: readonly string[]
  /** Migrations that are applied and not recorded. */
  readonly unrecorded: readonly string[]
}

/** @returns whether two sides differ: in an object, or in what is recorded about them. */
export function isDrift({ differences, histories }: Pick<Drift, 'differences' | 'histories'>): boolean {
  const notes = [histories.from, histories.to]
  return (
    differences.length > 0 || notes.some(({ withoutFile, unrecorded }) => withoutFile.length + unrecorded.length > 0)
  )
}

/** @returns the comparison as a review. */
export function driftSections(drift: Drift): readonly Section[] {
  const { differences, sides, environment, limits, silent } = drift
  return [
    { title: 'Objects', lines: summaryLines(drift) },
    ...(differences.length === 0
      ? []
      : [{ title: 'Differences', lines: differences.map((one) => differenceLine(one, sides)) }]),
    { title: 'History', lines: [...historyLines(drift, 'from'), ...historyLines(drift, 'to')] },
    { title: 'Cells that say nothing about the other side', lines: cellLines(silent, sides) },
    {
      title: `Environment: ${sides.from} and ${sides.to}`,
      lines: environment.map(({ setting, from, to, isEqual }) => ({
        text: isEqual ? `${setting}: ${from} on both` : `${setting}: ${from}; ${to}`,
      })),
    },
    ...(limits.length === 0 ? [] : [{ title: 'Not known', lines: limits.map((text) => ({ text })) }]),
  ]
}

function summaryLines({ differences, agree, all }: Drift): readonly Line[] {
  const share = all === 0 ? '' : ` (${Math.floor((agree / all) * 1000) / 10} %)`
  const classes = [...new Set(differences.map((one) => one.class))].sort()
  return [
    { text: `${agree} of ${counted(all, 'object', 'objects')} are equal${share}` },
    ...classes.map((kind) => {
      const own = differences.filter((one) => one.class === kind)
      const files = [...new Set(own.flatMap(({ migration }) => (migration === null ? [] : [migration])))].sort()
      const by = files.length === 0 ? '' : `: ${some(files, 3)}`
      return { text: `${kind}: ${counted(own.length, 'object', 'objects')}${by}` }
    }),
  ]
}

function differenceLine(difference: ObjectDifference, sides: Sides): Line {
  const { object, how, facts } = difference
  const found =
    how === 'missing' ? `is missing on ${sides.to}` : how === 'additional' ? `is only on ${sides.to}` : 'differs'
  const shown = how === 'different' ? facts.slice(0, mostFacts) : []
  const more = facts.length - shown.length
  return {
    text: `${object} ${found}: ${reasonInWords(difference, sides)}`,
    under: [
      ...shown.flatMap((fact) => factLines(fact, sides)),
      ...(how === 'different' && more > 0
        ? [{ text: `and ${counted(more, 'more difference', 'more differences')}` }]
        : []),
    ],
  }
}

const mostFacts = 8

function reasonInWords({ class: kind, side, migration, missingFrom }: ObjectDifference, sides: Sides): string {
  const at = missingFrom === null ? '' : ` from line ${missingFrom.line} on`
  const words: Readonly<Record<DriftClass, string>> = {
    'wrong-project': `wrong-project: ${sides[side]} has nothing of these migrations`,
    'interrupted-application': `interrupted-application: ${sides[side]} has a part of ${migration}, whose effect is missing${at}`,
    'unapplied-migration': `unapplied-migration: ${migration} is not applied to ${sides[side]}`,
    'unrecorded-edit': `unrecorded-edit: ${sides[side]} has what no statement of the migrations leaves`,
    'not-known': 'not-known: the states between the migrations are not known',
  }
  return words[kind]
}

function factLines({ kind, name, from, to }: FactDifference, sides: Sides): readonly Line[] {
  if (from === null) return [{ text: `${kind} ${name} is only on ${sides.to}:`, code: short(to) }]
  if (to === null) return [{ text: `${kind} ${name} is only on ${sides.from}:`, code: short(from) }]
  return [
    {
      text: `${kind} ${name}`,
      under: [
        { text: `${sides.from}:`, code: short(from) },
        { text: `${sides.to}:`, code: short(to) },
      ],
    },
  ]
}

const longest = 400

function short(text: string | null): string {
  const flat = (text ?? '').replaceAll(/\s+/g, ' ')
  return flat.length > longest ? `${flat.slice(0, longest - 1)}…` : flat
}

function historyLines({ histories, sides }: Drift, side: 'from' | 'to'): readonly Line[] {
  const { source, withoutFile, unrecorded } = histories[side]
  const name = sides[side]
  if (source === null) {
    return name === 'migrations'
      ? []
      : [{ text: `${name}: which migrations were applied is not recorded, or not readable` }]
  }
  const from =
    source === 'supabase_migrations' ? 'the table supabase_migrations.schema_migrations' : 'deployment records'
  return [
    { text: `${name}: read from ${from}` },
    ...withoutFile.map((entry) => ({
      text: `${name}: ${entry} is recorded, and supabase/migrations has no file of it`,
    })),
    ...unrecorded.map((file) => ({ text: `${name}: ${file} is applied, and not recorded` })),
  ]
}

function cellLines({ run, cells }: Drift['silent'], sides: Sides): readonly Line[] {
  if (run === null) return [{ text: `there is no report about ${sides.from}` }]
  if (cells.length === 0) return [{ text: `none of the run ${run}: the objects of its cells are equal on ${sides.to}` }]
  return [
    { text: `${counted(cells.length, 'cell', 'cells')} of the run ${run} say nothing about ${sides.to}` },
    ...[...new Set(cells.flatMap(({ objects }) => objects))].sort().map((object) => {
      const own = cells.filter(({ objects }) => objects.includes(object)).map(({ cell }) => cell)
      return { text: `${object} differs: ${some(own, 5)}` }
    }),
  ]
}
