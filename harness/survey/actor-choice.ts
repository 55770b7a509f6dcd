import { hasUser, type Roster } from '../model/matrix.ts'
import type { Side } from './model.ts'
import { surveyedActors, type Tenancy } from './tenancy.ts'

/** Which actors try which kind of operation, so that a survey of many actors ends in reasonable time. */
export interface ActorChoice {
  /** All that have a credential as the service issued it. */
  readonly all: readonly string[]
  /** One actor for each kind and each set of tenants. */
  readonly kinds: readonly string[]
  /** By side: its holder and all other actors of its tenant, and the holder of the other side. */
  readonly around: Readonly<Record<string, readonly string[]>>
  /** The holders of both sides. */
  readonly holders: readonly string[]
}

export function chooseActors(roster: Roster, tenancy: Tenancy, sides: readonly Side[]): ActorChoice {
  const actors = surveyedActors(roster)
  const all = actors.map(({ name }) => name)
  const tenants = sides.flatMap(({ tenant }) => (tenant === null ? [] : [tenant.row]))
  const classes = new Map<string, string>()
  for (const { name, kind } of actors) {
    const own = tenants.filter((tenant) => hasUser(kind) && tenancy.membersOf(tenant).includes(name))
    const key = JSON.stringify([kind, own])
    if (!classes.has(key)) classes.set(key, name)
  }
  const holders = sides.map(({ holder }) => holder)
  const around = Object.fromEntries(
    sides.map((side) => {
      const members = side.tenant === null ? [side.holder] : tenancy.membersOf(side.tenant.row)
      return [side.name, all.filter((name) => members.includes(name) || holders.includes(name))]
    }),
  )
  return { all, kinds: [...new Set([...holders, ...classes.values()])], around, holders }
}
