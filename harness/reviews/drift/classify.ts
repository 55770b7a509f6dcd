import type { Position } from '../../errors.ts'
import type { SchemaFact } from '../../model/record.ts'
import type { SchemaObject } from './objects.ts'
import { factKey, type Timeline } from './timeline.ts'

/** Why an object differs, as the protocol of deployments sorts it. */
const driftClasses = [
  'wrong-project',
  'interrupted-application',
  'unapplied-migration',
  'unrecorded-edit',
  'not-known',
] as const
export type DriftClass = (typeof driftClasses)[number]

/** A fact that differs; null where the side has none of this name. */
export interface FactDifference {
  readonly kind: string
  readonly name: string
  readonly from: string | null
  readonly to: string | null
}

/** An object that differs between two sides, with the reason. */
export interface ObjectDifference {
  readonly object: string
  readonly how: 'missing' | 'additional' | 'different'
  readonly class: DriftClass
  /** The side that is behind its migrations, or was edited. */
  readonly side: 'from' | 'to'
  /** The migration that is not applied, or only in part; null for an edit. */
  readonly migration: string | null
  /** The first statement of it whose effect is missing. */
  readonly missingFrom: Position | null
  readonly facts: readonly FactDifference[]
}

/** What a side records about the migrations that were applied to it; null where nothing is recorded or readable. */
export interface History {
  /** Where it was read: the table of the Supabase CLI, or deployment records of the workspace. */
  readonly source: 'supabase_migrations' | 'deployment records'
  /** Migrations of the workspace that are recorded as applied, by file. */
  readonly applied: ReadonlySet<string>
  /** Migrations that a record calls applied in part. */
  readonly partial: ReadonlySet<string>
  /** Entries of which the workspace has no file, each as it is written. */
  readonly withoutFile: readonly string[]
}

/** One side of a comparison, as far as it is classified. */
export interface ClassifiedSide {
  readonly objects: ReadonlyMap<string, SchemaObject>
  /** Null for a side that is the committed migrations, and where nothing is recorded. */
  readonly history: History | null
  /** True for the schema that the committed migrations make: nothing on it is edited or behind. */
  readonly isMigrations: boolean
}

/**
 * Compares two sides object by object, and says of each difference why it is there. Pure.
 *
 * A fact of a side belongs to the last statement of the migrations after which it is as it is there. A side is behind where
 * that is not the last statement that changes the fact; a migration of which a side has one part is interrupted; and what no
 * statement of the migrations makes was edited.
 *
 * @param timeline null where the states between the migrations are not known.
 */
export function differencesOf(
  from: ClassifiedSide,
  to: ClassifiedSide,
  timeline: Timeline | null,
): readonly ObjectDifference[] {
  const names = [...new Set([...from.objects.keys(), ...to.objects.keys()])].sort()
  const differing = names.flatMap((object) => {
    const [was, is] = [from.objects.get(object), to.objects.get(object)]
    const facts = factDifferences(was?.facts ?? [], is?.facts ?? [])
    const how = was === undefined ? 'additional' : is === undefined ? 'missing' : 'different'
    return facts.length === 0 ? [] : [{ object, how, facts } as const]
  })
  if (differing.length === 0) return []
  const wrong = wrongSide(from, to, timeline)
  return differing.map((one): ObjectDifference => {
    const plain = { ...one, side: 'to', migration: null, missingFrom: null } as const
    if (wrong !== null) return { ...plain, class: 'wrong-project', side: wrong }
    return timeline === null ? { ...plain, class: 'not-known' } : { ...one, ...reasonOf(one.facts, from, to, timeline) }
  })
}

/** @returns how many of all objects of two sides are equal. */
export function agreement(
  from: ClassifiedSide,
  to: ClassifiedSide,
  differences: readonly ObjectDifference[],
): { readonly agree: number; readonly all: number } {
  const all = new Set([...from.objects.keys(), ...to.objects.keys()]).size
  return { agree: all - differences.length, all }
}

function factDifferences(from: readonly SchemaFact[], to: readonly SchemaFact[]): readonly FactDifference[] {
  const [was, is] = [new Map(from.map((one) => [factKey(one), one])), new Map(to.map((one) => [factKey(one), one]))]
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((key): FactDifference[] => {
    const [old, now] = [was.get(key), is.get(key)]
    const [kind = '', name = ''] = now ?? old ?? []
    const texts = { from: old?.[2] ?? null, to: now?.[2] ?? null }
    return texts.from === texts.to ? [] : [{ kind, name, ...texts }]
  })
}

/** A project is another one when its history, or without a history its objects, have nothing in common with the migrations. */
function wrongSide(from: ClassifiedSide, to: ClassifiedSide, timeline: Timeline | null): 'from' | 'to' | null {
  if (isOfOtherProject(to, timeline)) return 'to'
  return isOfOtherProject(from, timeline) ? 'from' : null
}

function isOfOtherProject({ history, objects, isMigrations }: ClassifiedSide, timeline: Timeline | null): boolean {
  if (isMigrations) return false
  if (history?.source === 'supabase_migrations' && history.applied.size > 0) return false
  if (history?.source === 'supabase_migrations' && history.withoutFile.length > 0) return true
  if (timeline === null) return false
  const made = new Set(timeline.migrations.flatMap((migration) => timeline.changedBy(migration)))
  const own = [...objects.values()].flatMap(({ facts }) => facts.filter(([kind]) => isMade.has(kind)).map(factKey))
  const makesSome = [...made].some((key) => isMade.has(key.slice(0, key.indexOf(' '))))
  return makesSome && own.length > 0 && !own.some((key) => made.has(key))
}

/** Kinds of objects that exist only where something has made them. */
const isMade: ReadonlySet<string> = new Set(['relation', 'function', 'type'])

type Reason = Pick<ObjectDifference, 'class' | 'side' | 'migration' | 'missingFrom'>

function reasonOf(
  facts: readonly FactDifference[],
  from: ClassifiedSide,
  to: ClassifiedSide,
  timeline: Timeline,
): Reason {
  const reasons = facts.flatMap((fact) =>
    (['to', 'from'] as const).flatMap((side) => {
      const reason = reasonOnSide(fact, side, side === 'to' ? to : from, timeline)
      return reason === null ? [] : [reason]
    }),
  )
  const [first] = reasons.sort((one, other) => weight(one) - weight(other))
  return first ?? { class: 'not-known', side: 'to', migration: null, missingFrom: null }
}

/** What explains more of an object comes first; an edit is a reason of its own even where a migration is missing as well. */
function weight({ class: kind, side }: Reason): number {
  const order: readonly DriftClass[] = ['interrupted-application', 'unrecorded-edit', 'unapplied-migration']
  return order.indexOf(kind) * 2 + (side === 'to' ? 0 : 1)
}

/** @returns why a fact of one side is not as the committed migrations leave it; null where it is. */
function reasonOnSide(
  fact: FactDifference,
  side: 'from' | 'to',
  { objects, history, isMigrations }: ClassifiedSide,
  timeline: Timeline,
): Reason | null {
  const edited: Reason = { class: 'unrecorded-edit', side, migration: null, missingFrom: null }
  if (isMigrations) return null
  const text = fact[side]
  const changes = timeline.changesOf(factKey([fact.kind, fact.name]))
  if (changes === null) return text === null ? null : edited
  const at = changes.findLastIndex((one) => one.text === text)
  if (at === changes.length - 1) return null
  // Before its first change a fact is not there.
  if (at === -1 && text !== null) return edited
  const next = changes[at + 1]
  const migration = next?.migration ?? null
  if (next === undefined || migration === null) return edited
  const missing = { side, migration, missingFrom: timeline.statementOf(next.state) }
  if (history?.partial.has(migration)) return { ...missing, class: 'interrupted-application' }
  // A migration that is recorded as applied has made the fact: it was changed again since.
  if (history?.applied.has(migration)) return edited
  return {
    ...missing,
    class: hasPart(migration, objects, timeline) ? 'interrupted-application' : 'unapplied-migration',
  }
}

/** @returns whether a side has the effect of some statement of a migration. */
function hasPart(migration: string, objects: ReadonlyMap<string, SchemaObject>, timeline: Timeline): boolean {
  const texts = textsOf(objects)
  return timeline.changedBy(migration).some((key) => {
    const changes = timeline.changesOf(key) ?? []
    const text = texts.get(key) ?? null
    if (!changes.some((one) => one.migration === migration && one.text === text)) return false
    // Only a text that no other state has shows the migration.
    if (changes.some((one) => one.migration !== migration && one.text === text)) return false
    const maker = changes[0]?.migration ?? null
    // Before its first change a fact is not there: that it was dropped shows only where its maker was applied.
    return text !== null || maker === null || (maker !== migration && hasPart(maker, objects, timeline))
  })
}

/**
 * @returns the migrations whose effects a side has to the last statement, and which its history does not record; none without a
 *   history. Pure.
 */
export function unrecordedMigrations({ objects, history }: ClassifiedSide, timeline: Timeline): readonly string[] {
  if (history === null) return []
  const texts = textsOf(objects)
  return timeline.migrations.filter((migration) => {
    const keys = timeline.changedBy(migration)
    return (
      !history.applied.has(migration) &&
      keys.length > 0 &&
      keys.every((key) => {
        const changes = timeline.changesOf(key) ?? []
        const last = changes.findLastIndex((one) => one.migration === migration)
        return changes.findLastIndex((one) => one.text === (texts.get(key) ?? null)) >= last
      })
    )
  })
}

function textsOf(objects: ReadonlyMap<string, SchemaObject>): ReadonlyMap<string, string> {
  return new Map([...objects.values()].flatMap(({ facts }) => facts.map((one) => [factKey(one), one[2]] as const)))
}
