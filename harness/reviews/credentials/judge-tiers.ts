import { type Ability, abilities, type Declaration } from './declaration.ts'
import { type Credential, sharedPasswords } from './held.ts'

/** What a request with a credential to an environment came to. */
export interface CredentialTrial {
  readonly file: string
  readonly variable: string
  readonly kind: Credential['kind']
  readonly environment: string
  readonly state: 'accepted' | 'refused' | 'not tested'
  /** The abilities that an accepted credential gives. */
  readonly gives: readonly Ability[]
  /** What was sent, and what came back; why it was not tested. */
  readonly evidence: string
}

export const findingCodes = [
  'opens-other-environment',
  'secret-key-held',
  'more-than-declared',
  'less-than-declared',
  'old-key',
  'shared-password',
] as const

/** A finding about a tier; it never holds a value. */
interface TierFinding {
  readonly code: (typeof findingCodes)[number]
  readonly tier: string
  /** Null for one about no single environment. */
  readonly environment: string | null
  readonly text: string
}

/** What a tier can do in one environment. */
interface TierAccess {
  readonly tier: string
  readonly environment: string
  /** The declared abilities, or `dashboard-only`, which nothing can test. */
  readonly declared: readonly Ability[] | 'dashboard-only'
  readonly found: readonly Ability[]
  /** Declared or not, abilities of which no trial was decided. */
  readonly notTested: readonly string[]
}

/** The result of trying every tier. Plain data, without a value of a credential. */
export interface TierReview {
  readonly access: readonly TierAccess[]
  readonly findings: readonly TierFinding[]
  readonly trials: readonly CredentialTrial[]
  /** Sentences about what is not known. */
  readonly notes: readonly string[]
}

/** Everything that the judgement leans on. */
export interface TierParts {
  readonly declared: Declaration
  readonly credentials: readonly Credential[]
  readonly trials: readonly CredentialTrial[]
  /** By file: the environment whose URL it holds; left out where it holds none. */
  readonly homes: ReadonlyMap<string, string>
  /** The day in UTC: `2026-11-21`. */
  readonly today: string
}

/** Compares what each tier may do with what its credentials could do. Pure. */
export function judgeTiers(parts: TierParts): TierReview {
  const { declared, credentials, trials } = parts
  const access = Object.entries(declared.tiers).flatMap(([tier, { holds, may }]) =>
    Object.keys(declared.environments).map((environment): TierAccess => {
      const own = trials.filter((one) => holds.includes(one.file) && one.environment === environment)
      const gives = own.flatMap((one) => (one.state === 'accepted' ? one.gives : []))
      return {
        tier,
        environment,
        declared: may[environment] ?? [],
        found: abilities.filter((ability) => gives.includes(ability)),
        notTested: own.filter(({ state }) => state === 'not tested').map(nameOf),
      }
    }),
  )
  const ages = Object.entries(declared.tiers).map(([tier, { holds }]) =>
    agesOf(
      tier,
      credentials.filter(({ file }) => holds.includes(file)),
      parts,
    ),
  )
  return {
    access,
    findings: [
      ...access.flatMap((one) => accessFindings(one, parts)),
      ...homelessFindings(parts),
      ...ages.flatMap(({ findings }) => findings),
      ...passwordFindings(parts),
    ],
    trials,
    notes: [
      ...access.flatMap(({ tier, environment, declared: may }) =>
        may === 'dashboard-only' ? [`${tier} in ${environment}: the dashboard cannot be tested`] : [],
      ),
      ...new Set(ages.flatMap(({ notes }) => notes)),
      ...(credentials.some(({ kind }) => kind === 'access token')
        ? []
        : ['the Management API: not tested, since no tier holds an access token']),
    ],
  }
}

function accessFindings(
  access: TierAccess,
  { declared, credentials, trials, homes }: TierParts,
): readonly TierFinding[] {
  const { tier, environment, found, notTested } = access
  const may = access.declared === 'dashboard-only' ? [] : access.declared
  const holds = declared.tiers[tier]?.holds ?? []
  const own = trials.filter((one) => holds.includes(one.file) && one.environment === environment)
  const by = (ability: Ability) =>
    own.filter((one) => one.state === 'accepted' && one.gives.includes(ability)).map(nameOf)
  const finding = (code: TierFinding['code'], text: string): TierFinding => ({ code, tier, environment, text })
  const foreign = own.filter((one) => one.state === 'accepted' && (homes.get(one.file) ?? environment) !== environment)
  const secrets = credentials.filter(
    ({ file, kind }) =>
      holds.includes(file) && homes.get(file) === environment && (kind === 'secret key' || kind === 'JWT secret'),
  )
  const more = found.filter((ability) => !may.includes(ability))
  const less = may.filter((ability) => !found.includes(ability) && notTested.length === 0)
  return [
    ...foreign.map((one) =>
      finding(
        'opens-other-environment',
        `${nameOf(one)} belongs to ${homes.get(one.file)} and opens ${environment}: ${one.evidence}`,
      ),
    ),
    ...(may.includes('write-data')
      ? []
      : secrets.map((one) =>
          finding(
            'secret-key-held',
            `${nameOf(one)} is a ${one.kind}, and ${tier} may not write data in ${environment}`,
          ),
        )),
    ...more.map((ability) =>
      finding('more-than-declared', `${tier} can ${inWords[ability]} in ${environment} by ${by(ability).join(', ')}`),
    ),
    ...less.map((ability) =>
      finding(
        'less-than-declared',
        `${tier} may ${inWords[ability]} in ${environment}, and none of its credentials can`,
      ),
    ),
  ]
}

/** A secret key whose file holds the URL of no environment belongs to none that a tier may write in. */
function homelessFindings({ declared, credentials, homes }: TierParts): readonly TierFinding[] {
  return Object.entries(declared.tiers).flatMap(([tier, { holds, may }]) => {
    if (Object.values(may).some((some) => some.includes('write-data'))) return []
    return credentials
      .filter(
        ({ file, kind }) =>
          holds.includes(file) && !homes.has(file) && (kind === 'secret key' || kind === 'JWT secret'),
      )
      .map((one): TierFinding => {
        const text = `${nameOf(one)} is a ${one.kind}, and ${tier} may write data nowhere`
        return { code: 'secret-key-held', tier, environment: null, text }
      })
  })
}

const inWords: Readonly<Record<Ability, string>> = {
  client: 'send requests as a client',
  'read-data': 'read data whatever the policies say',
  'write-data': 'write data whatever the policies say',
  connect: 'connect to the database',
  'read-schema': 'read the schema',
  deploy: 'change the schema',
  manage: 'read the configuration of the project by the Management API',
}

/** Publishable keys are public, and need no rotation. */
function agesOf(
  tier: string,
  credentials: readonly Credential[],
  { declared: { rotation_days: limit, recorded = [] }, today }: TierParts,
): { readonly findings: readonly TierFinding[]; readonly notes: readonly string[] } {
  if (limit === undefined) return { findings: [], notes: ['the age of keys: credentials.yaml names no rotation_days'] }
  const findings: TierFinding[] = []
  const notes: string[] = []
  for (const one of credentials.filter(({ kind }) => kind !== 'publishable key')) {
    const noted = recorded.find(({ file, variable }) => file === one.file && variable === one.variable)?.issued
    const issued = noted ?? ('issued' in one ? one.issued : null)
    const days = issued === null || issued === undefined ? Number.NaN : daysBetween(issued, today)
    if (Number.isNaN(days)) notes.push(`the age of ${nameOf(one)}: it holds no date, and none is recorded`)
    else if (days > limit) {
      const text = `${nameOf(one)} was issued on ${issued}, ${days} days ago; ${limit} are allowed`
      findings.push({ code: 'old-key', tier, environment: null, text })
    }
  }
  return { findings, notes }
}

function daysBetween(from: string, to: string): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / 86_400_000)
}

function passwordFindings({ declared, credentials }: TierParts): readonly TierFinding[] {
  return sharedPasswords(credentials).flatMap((logins) =>
    Object.entries(declared.tiers).flatMap(([tier, { holds }]): TierFinding[] => {
      if (!logins.some(({ file }) => holds.includes(file))) return []
      const text = `${logins.map(nameOf).join(' and ')} have one password`
      return [{ code: 'shared-password', tier, environment: null, text }]
    }),
  )
}

/** @returns the variable and its file, which name a credential without its value. */
function nameOf({ file, variable }: { readonly file: string; readonly variable: string }): string {
  return `${variable} of ${file}`
}

/** The changes since an earlier review. */
export interface TierChanges {
  readonly opened: readonly string[]
  readonly closed: readonly string[]
}

type Comparable = Pick<TierReview, 'access' | 'findings'>

/** Compares two reviews: what was found anew, and what is no longer found. Pure. */
export function tierChanges(before: Comparable, now: Comparable): TierChanges {
  const [was, is] = [linesOf(before), linesOf(now)]
  return { opened: is.filter((line) => !was.includes(line)), closed: was.filter((line) => !is.includes(line)) }
}

function linesOf({ access, findings }: Comparable): readonly string[] {
  return [
    ...access.flatMap(({ tier, environment, found }) =>
      found.map((ability) => `${tier} can ${inWords[ability]} in ${environment}`),
    ),
    // The age of a key grows from day to day, and is still the same finding.
    ...findings.map(({ code, text }) => `${code}: ${text.replace(/, \d+ days ago; .*$/, '')}`),
  ]
}
