import type { Contacts } from '../actors/open-users.ts'
import type { MadeRow } from '../fixtures/make.ts'
import type { JsonObject } from '../json.ts'
import { hasUser, type Roster, type RowDeclaration } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'
import type { Target } from '../model/target.ts'
import { own } from '../values.ts'
import type { Witness } from '../witness/witness.ts'

/** The rows of the world that are made while a sign-up waits for them. */
export interface EarlyRows {
  /** Makes them when Auth has refused users; null where the world has no such row. */
  readonly beforeRefused: ((contacts: ReadonlyMap<string, Contacts>) => Promise<void>) | null
  /** Reads those that were made again: the sign-ups may have changed or removed them. */
  afterSignUps(witness: Pick<Witness, 'read'>): Promise<AfterSignUps>
}

interface AfterSignUps {
  readonly rows: readonly MadeRow[]
  /** Why each row that is not there any more cannot be used, by name. */
  readonly gone: Readonly<Record<string, string>>
}

/**
 * Prepares the rows that a trigger on `auth.users` may ask for, such as an invitation.
 *
 * @param unmade names of rows that the target has no place for.
 * @param make makes rows, in order; its scope has the address and the number of each user.
 */
export function earlyRows(
  { roster, target, unmade = {} }: EarlySource,
  make: (
    rows: readonly RowDeclaration[],
    scope: (name: string) => JsonObject | undefined,
  ) => Promise<readonly MadeRow[]>,
): EarlyRows {
  const owners = new Map(
    roster.actors.flatMap(({ name, kind, as: owner = name }) => (hasUser(kind) ? [[name, owner] as const] : [])),
  )
  const world = roster.world.filter(({ name }) => !Object.hasOwn(unmade, name))
  let made: readonly MadeRow[] = []
  return {
    beforeRefused:
      rowsBeforeUsers(world, (name) => owners.has(name)).length === 0
        ? null
        : async (contacts) => {
            const contactsOf = (name: string): JsonObject | undefined => {
              const owner = owners.get(name) ?? ''
              const premade = own(target.users, owner)
              const of = contacts.get(owner) ?? (premade && { email: premade.email, phone: null })
              return of && { email: of.email, phone: of.phone }
            }
            made = await make(
              rowsBeforeUsers(world, (name) => contactsOf(name) !== undefined),
              contactsOf,
            )
          },
    async afterSignUps(witness) {
      const now = await Promise.all(made.map(async (row) => ({ ...row, row: await witness.read(row) })))
      const rows = now.flatMap(({ row, ...rest }) => (row === null ? [] : [{ ...rest, row }]))
      const lost = now.filter(({ row }) => row === null)
      return { rows, gone: Object.fromEntries(lost.map(({ name }) => [name, 'a sign-up has removed it'])) }
    },
  }
}

interface EarlySource {
  readonly roster: Roster
  readonly target: Pick<Target, 'users'>
  readonly unmade: Readonly<Record<string, string>> | undefined
}

/**
 * Selects the rows of the world that can be made before any user exists: those that refer to users by address and number alone,
 * and to no row but such ones. A row that is found may be one that a sign-up makes. Pure.
 *
 * @param hasContacts true for the name of an actor whose user's address and number are known beforehand.
 * @returns the rows in the order in which they are written.
 */
export function rowsBeforeUsers(
  world: readonly RowDeclaration[],
  hasContacts: (name: string) => boolean,
): readonly RowDeclaration[] {
  const names = new Set<string>()
  return world.filter((row) => {
    const isPossible =
      row.found !== true &&
      referencesIn(row.values).every(
        ({ name, column }) => column === null || names.has(name) || (isContact(column) && hasContacts(name)),
      )
    if (isPossible) names.add(row.name)
    return isPossible
  })
}

function isContact(column: string): boolean {
  return column === 'email' || column === 'phone'
}
