import type { DatabaseReport, Facts, Finding } from './model.ts'

/** Tables that are named before the rest is counted. */
const named = 5

/** @returns the findings about the database's version, its role's privileges, and its project. */
export function databaseFindings(facts: Facts): Finding[] {
  const { database, secretKey } = facts
  if (facts.belongs === 'untied') return [untied]
  if (database === null) return [without(secretKey !== null)]
  if ('failure' in database) {
    const { failure, hint } = database
    return [{ state: 'bad', about: 'database', says: failure, ...(hint === null ? {} : { change: hint }) }]
  }
  return [
    { state: 'good', about: 'database', says: `PostgreSQL ${database.version}, as the role ${database.role}` },
    ...rights(database),
    ...belonging(facts, database),
    ...changes(facts),
    ...grants(database),
    timeouts(database),
    realtime(database),
  ]
}

function without(secretKey: boolean): Finding {
  const change = 'Set TRESPASS_DATABASE_URL: dashboard › Connect.'
  const about = 'database'
  if (!secretKey) {
    const says =
      'no URL is set, and no secret key: nothing can be made or read back, only what asks for no row is tried'
    return { state: 'less', about, says, change }
  }
  const says =
    'no URL is set: effects are read by the Data API, which shows exposed tables only; there is no schema fingerprint, and what needs locks cannot be tested'
  return { state: 'less', about, says, change }
}

function rights({ seesAllRows, seesSessions, writableTables, tables, role }: DatabaseReport): Finding[] {
  const all = 'the connection string of the role postgres'
  return [
    seesAllRows
      ? { state: 'good', about: 'row security', says: `does not apply to ${role}` }
      : {
          state: 'bad',
          about: 'row security',
          says: `applies to ${role}, which would not see effects`,
          change: `Use ${all}.`,
        },
    writableTables === tables.length
      ? { state: 'good', about: 'rights', says: `${role} may lock and change every exposed table (${tables.length})` }
      : {
          state: 'less',
          about: 'rights',
          says: `${role} may lock and change ${writableTables} of ${tables.length} exposed tables and views`,
          change: `Grant it the others, or use ${all}.`,
        },
    seesSessions
      ? { state: 'good', about: 'sessions', says: `${role} sees what others are waiting for` }
      : {
          state: 'less',
          about: 'sessions',
          says: `${role} does not see what others are waiting for: whether contestants met cannot be shown`,
          change: `Grant it pg_read_all_stats, or use ${all}.`,
        },
  ]
}

const untied: Finding = {
  state: 'less',
  about: 'database',
  says: 'nothing ties it to the project without a secret key: it is not used, and only what asks for no row is tried',
  change: 'Set TRESPASS_SECRET_KEY, or name users in TRESPASS_USERS.',
}

/** Refs, the users of Auth and the tables show it; a run proves it by its first user. */
function belonging({ described, projectNamedBy, belongs }: Facts, { tables }: DatabaseReport): Finding[] {
  if (belongs === 'differs') {
    const says = 'what Auth holds is not in this database'
    const change = 'Copy TRESPASS_URL and TRESPASS_DATABASE_URL from one project.'
    return [{ state: 'bad', about: 'belonging', says, change }]
  }
  if (described === null) return []
  const strange = described.filter((name) => !tables.includes(name))
  const about = 'belonging'
  if (strange.length > 0) {
    const says = `the Data API shows what this database does not have: ${listed(strange)}`
    const change = 'Copy TRESPASS_URL and TRESPASS_DATABASE_URL from one project.'
    return [{ state: 'bad', about, says, change }]
  }
  if (projectNamedBy.includes('database')) return []
  const says = `every relation that the Data API shows (${described.length}) is in this database`
  return [{ state: 'good', about, says }]
}

/** @returns how many of an attempt's changes a run would see. */
function changes({ changes }: Facts): Finding[] {
  if (changes === null) return []
  const about = 'changes'
  const { marked, why } = changes
  if (why !== null) {
    const says = `an attempt's changes are looked for among the fixtures of its cell alone: ${why}`
    const change = 'Use a direct connection to the database, as a role that may replicate, with wal_level = logical.'
    return [{ state: 'less', about, says, change }]
  }
  if (marked.length > 0) {
    const says = `everything that an attempt changes is read from the write-ahead log, for ${listed(marked)}`
    return [{ state: 'good', about, says }]
  }
  const says = 'the write-ahead log can be read, and no mark of an attempt arrives in it'
  const change = 'Set the function of docs/targets.md as the `db-pre-request` of the Data API.'
  return [{ state: 'less', about, says, change }]
}

function grants({ withheld }: DatabaseReport): Finding[] {
  if (withheld.length === 0) return []
  const says = `service_role may not read ${listed(withheld)}: a privileged control on them fails`
  return [{ state: 'told', about: 'grants', says, change: 'Grant them to service_role if it should have them.' }]
}

function timeouts({ timeouts: set }: DatabaseReport): Finding {
  const told = ['anon', 'authenticated', 'service_role'].map((role) => `${role} ${set[role] ?? 'none'}`)
  return { state: 'told', about: 'role timeouts', says: told.join(', ') }
}

function realtime({ published, channelPolicies }: DatabaseReport): Finding {
  const channels =
    channelPolicies === null
      ? 'private channels are not set up'
      : `${channelPolicies} ${channelPolicies === 1 ? 'policy' : 'policies'} on private channels`
  const tables = `${published} ${published === 1 ? 'table' : 'tables'} published`
  const unseen = 'whether public channels are allowed is shown by the dashboard alone'
  return { state: 'told', about: 'Realtime settings', says: `${tables}, ${channels}; ${unseen}` }
}

function listed(names: readonly string[]): string {
  const rest = names.length - named
  return rest > 0 ? `${names.slice(0, named).join(', ')} and ${rest} more` : names.join(', ')
}
