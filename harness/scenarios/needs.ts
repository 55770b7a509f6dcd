import type { Target } from '../model/target.ts'

/** A requirement of a recipe on the target, in addition to those of its actors and fixtures. */
export type Need = 'database' | 'secret key' | 'signing key' | 'new sessions'

type TargetAbilities = Pick<Target, 'databaseUrl' | 'privileged' | 'minting'>

const why: Readonly<Record<Need, string>> = {
  database: 'it locks rows, which takes a database URL: set TRESPASS_DATABASE_URL',
  'secret key': 'it acts on users, which takes a secret key: set TRESPASS_SECRET_KEY',
  'signing key':
    "a token that soon expires has to be signed with the project's key: set TRESPASS_JWT_SECRET or TRESPASS_JWT_PRIVATE_KEY",
  'new sessions': 'a new session of a user takes a secret key: set TRESPASS_SECRET_KEY',
}

/** @returns what the target lacks, and how to provide it; null if it lacks nothing. Pure. */
export function describeLacking(needs: readonly Need[], target: TargetAbilities): string | null {
  const lacking = needs.find((need) => !has(need, target))
  return lacking === undefined ? null : why[lacking]
}

function has(need: Need, { databaseUrl, privileged, minting }: TargetAbilities): boolean {
  switch (need) {
    case 'database':
      return databaseUrl !== null
    case 'signing key':
      return minting !== null
    case 'secret key':
    case 'new sessions':
      return privileged !== null
  }
}
