import { databaseFindings } from './findings-database.ts'
import { keyFindings } from './findings-keys.ts'
import { serviceFindings } from './findings-services.ts'
import type { Facts, Finding } from './model.ts'

/**
 * Derives from the facts about a target what a run can do there. Pure.
 *
 * @returns findings in the order in which a person needs them.
 */
export function findingsOf(facts: Facts): readonly Finding[] {
  return [
    ...permission(facts),
    ...serviceFindings(facts),
    ...keyFindings(facts),
    ...databaseFindings(facts),
    ...logins(facts),
  ]
}

/** @returns true when everything is there that a run needs. */
export function isUsable(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'bad')
}

function logins({ kind, workers }: Facts): Finding[] {
  return workers.map(({ role, variable, known, trouble, stopsRun = false }): Finding => {
    const about = `worker ${role}`
    if (trouble !== undefined) {
      const change = `Check ${variable}: its role, password and host.`
      if (stopsRun) return { state: 'bad', about, says: trouble, change }
      return { state: 'less', about, says: `${trouble}: cells of its actors are not run`, change }
    }
    if (known) return { state: 'good', about, says: 'logs in' }
    const says = 'there is no login: what its actors would ask is not run'
    return {
      state: 'less',
      about,
      says,
      change: kind === 'sandbox' ? 'A migration makes the role.' : `Set ${variable}.`,
    }
  })
}

function permission({ alias, kind, writesRefused, marker }: Facts): Finding[] {
  const findings: Finding[] = []
  if (writesRefused !== null) {
    const { why, hint } = writesRefused
    findings.push({ state: 'bad', about: 'writing', says: why, ...(hint === null ? {} : { change: hint }) })
  } else if (kind === 'hosted') {
    findings.push({
      state: 'good',
      about: 'writing',
      says: `the target ${alias} is named as one that may be written to`,
    })
  }
  if (marker === null) return findings
  const { state } = marker
  const says = {
    found: 'the database says that it is this environment',
    missing: 'the database does not say that it is this environment',
    unreadable: 'whether the database says that it is this environment cannot be read',
  }[state]
  const change = '`marker` in trespass.config.ts says what is looked for; a setting is read from the database alone'
  return [
    ...findings,
    { state: state === 'found' ? 'good' : 'bad', about: 'marker', says, ...(state === 'found' ? {} : { change }) },
  ]
}
