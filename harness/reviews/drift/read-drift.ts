import { TrespassError } from '../../errors.ts'
import type { LoadedWorkspace } from '../../matrix/load.ts'
import { migrationsOf } from '../../migrations/migration-file.ts'
import type { SchemaFact } from '../../model/record.ts'
import { redactor } from '../../redaction/redact.ts'
import { readAllPolicies } from '../read-policies.ts'
import { readOwnTried } from '../read-review.ts'
import { agreement, type ClassifiedSide, differencesOf, unrecordedMigrations } from './classify.ts'
import { environmentRows, settingsInFacts } from './environment.ts'
import { objectsOf } from './objects.ts'
import { historyOf } from './read-history.ts'
import { migrationsSide, readSide, type Side, type SideOptions } from './read-side.ts'
import { readStates } from './read-states.ts'
import type { Drift, HistoryNote } from './sections.ts'
import { silentCells } from './silent-cells.ts'
import type { Timeline } from './timeline.ts'

/**
 * Compares two sides: the schema that the committed migrations make, or a target, with a target.
 *
 * @returns what was found, without the secrets of either side.
 * @throws TrespassError `same-project`, and those of reading a side.
 */
export async function readDrift(
  names: { readonly from: string; readonly to: string },
  workspace: Pick<LoadedWorkspace, 'matrices' | 'roster'>,
  options: SideOptions,
): Promise<Drift> {
  const { root, config, onProgress } = options
  // A target that cannot be read ends the comparison before a sandbox is started for the other side.
  const to = await readSide(names.to, options)
  const from = await readSide(names.from, options)
  if (from.project !== null && from.project === to.project) {
    const message = `${from.name} and ${to.name} lead to the same project, expected two`
    throw new TrespassError('same-project', message, {
      hint: 'Copy the values of each project into its own .env file.',
    })
  }
  const hasBuckets = from.hasBuckets && to.hasBuckets
  // A login that was made for reading is on one side only.
  const logins = [from.login, to.login].filter((login) => login !== 'postgres')
  const isCompared = ([kind, name]: SchemaFact) =>
    kind === 'bucket' ? hasBuckets : kind !== 'role' || !logins.includes(name)
  const [fromSide, toSide] = [await classified(from, isCompared, root), await classified(to, isCompared, root)]
  const isEqual = differencesOf(fromSide, toSide, null).length === 0
  const hasMigrations = migrationsOf(root).length > 0
  const { timeline, limits } =
    isEqual || !hasMigrations ? { timeline: null, limits: [] } : await readStates(root, config, onProgress)
  const differences = differencesOf(fromSide, toSide, timeline)
  const tried = await readOwnTried(root, from.name === migrationsSide ? 'sandbox' : from.name, workspace, from.facts)
  const policies = await readAllPolicies(from.catalog)
  const drift: Drift = {
    sides: { from: from.name, to: to.name },
    ...agreement(fromSide, toSide, differences),
    differences,
    histories: {
      from: noteOf(fromSide, timeline, root, isEqual),
      to: noteOf(toSide, timeline, root, isEqual),
    },
    silent: { run: tried.run, cells: silentCells(tried.cells, differences, { catalog: from.catalog, policies }) },
    environment: environmentRows(settingsOf(from, to), settingsOf(to, from)),
    limits: [...limitsOf(from, to, hasBuckets, hasMigrations), ...limits],
  }
  return redactor([...from.secrets, ...to.secrets])(drift)
}

async function classified(
  side: Side,
  isCompared: (fact: SchemaFact) => boolean,
  root: string,
): Promise<ClassifiedSide> {
  const isMigrations = side.name === migrationsSide
  return {
    objects: objectsOf(side.facts.filter(isCompared), side.extensionMembers),
    history: isMigrations ? null : await historyOf(root, side.name, side.kept),
    isMigrations,
  }
}

/** Two sides that are equal to the migrations have the effects of all of them. */
function noteOf(side: ClassifiedSide, timeline: Timeline | null, root: string, isEqual: boolean): HistoryNote {
  const { history } = side
  if (history === null) return { source: null, withoutFile: [], unrecorded: [] }
  const { source, applied, withoutFile } = history
  const all = migrationsOf(root).map((name) => `supabase/migrations/${name}`)
  const unrecorded = isEqual ? all.filter((file) => !applied.has(file)) : []
  return { source, withoutFile, unrecorded: timeline === null ? unrecorded : unrecordedMigrations(side, timeline) }
}

function settingsOf(side: Side, other: Side): ReadonlyMap<string, string> {
  return new Map([...settingsInFacts(side.facts, other.facts), ...side.settings])
}

function limitsOf(from: Side, to: Side, hasBuckets: boolean, hasMigrations: boolean): readonly string[] {
  return [
    ...(hasBuckets
      ? []
      : ['buckets are rows: they are not compared where one of the two may not be read beyond its catalog']),
    ...(hasMigrations
      ? []
      : ['the workspace has no supabase/migrations/*.sql, so no difference can be explained by them']),
    ...[from, to].flatMap(({ name, kept }) =>
      kept === null && name !== migrationsSide
        ? [`the table supabase_migrations.schema_migrations of ${name}: it is not there, or its login may not read it`]
        : [],
    ),
    'settings of Auth, Storage and Realtime that no service publishes and the catalog does not hold',
  ]
}
