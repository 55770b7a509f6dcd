import { z } from 'zod'
import { messageOf, TrespassError } from '../errors.ts'
import { flagsOf } from '../inventory/flags.ts'
import type { Inventory } from '../inventory/model.ts'
import { signature } from '../inventory/names.ts'
import type { ReviewCatalog } from './catalog.ts'
import type { Line, Section } from './document.ts'
import { isOfPlatform } from './names.ts'

const held = z.strictObject({
  role: z.string(),
  /** `table public.notes`, `new tables of postgres in schema public`, `role authenticated`, `the database`. */
  object: z.string(),
  privileges: z.array(z.string()).readonly(),
})

const setting = z.strictObject({ object: z.string(), value: z.string() })

const snapshotShape = z.object({
  schema: z.literal('trespass/privileges@1'),
  held: z.array(held).readonly(),
  settings: z.array(setting).readonly(),
})

/** The privileges of every role, as one list that two moments can be compared by. */
export type PrivilegeSnapshot = Pick<z.infer<typeof snapshotShape>, 'held' | 'settings'>
type Held = z.infer<typeof held>

/** Flags of an inventory that are about privileges. */
const privilegeFlags = [
  'needless-privilege',
  'create-on-schema',
  'executable-by-public',
  'default-privileges',
  'definer-without-search-path',
]

/** Gathers what every role of the API and every role that logs in may do. Pure. */
export function privilegesOf({ defaultPrivileges }: Inventory, catalog: ReviewCatalog): PrivilegeSnapshot {
  const attributes = catalog.roles.flatMap((role): Held[] => {
    const some = [
      ...(role.login ? ['log in'] : []),
      ...(role.superuser ? ['do everything'] : []),
      ...(role.bypassesRowSecurity ? ['bypass row security'] : []),
      ...(role.createRole ? ['create roles'] : []),
      ...(role.createDatabase ? ['create databases'] : []),
    ]
    const inTheDatabase = some.length === 0 ? [] : [{ role: role.name, object: 'the database', privileges: some }]
    const members = role.memberOf.map((name) => {
      return { role: role.name, object: `role ${name}`, privileges: [role.inherits ? 'act as a member of' : 'become'] }
    })
    return [...inTheDatabase, ...members]
  })
  const byDefault = defaultPrivileges.map(({ creator, schema, objects, grantee, privileges }): Held => {
    const where = schema === null ? 'every schema' : `schema ${schema}`
    return { role: grantee, object: `new ${objects} of ${creator} in ${where}`, privileges }
  })
  const own = catalog.functions.filter(({ schema, extension }) => extension === null && !isOfPlatform(schema))
  const publicly = own
    .filter(({ publicExecute }) => publicExecute)
    .map((one): Held => ({ role: 'PUBLIC', object: `function ${signature(one)}`, privileges: ['execute'] }))
  const settings = own
    .filter(({ definer }) => definer)
    .map((one) => ({ object: `search_path of function ${signature(one)}`, value: one.searchPath ?? 'not set' }))
  return { held: [...catalog.privileges, ...attributes, ...byDefault, ...publicly], settings }
}

/** @returns the review of privileges: what deserves a second look, the difference to before, then what each role may do. */
export function privilegeSections(
  inventory: Inventory,
  now: PrivilegeSnapshot,
  before: PrivilegeSnapshot | null,
): readonly Section[] {
  const flags = flagsOf(inventory).filter(({ code }) => privilegeFlags.includes(code))
  const roles = [...new Set(now.held.map(({ role }) => role))].sort()
  return [
    {
      title: 'To review',
      lines: flags.length === 0 ? [{ text: 'nothing is flagged' }] : flags.map(flagLine),
    },
    ...(before === null ? [] : [{ title: 'Changes', lines: changeLines(before, now) }]),
    ...roles.map((role) => ({
      title: `${role} may`,
      lines: now.held
        .filter((one) => one.role === role)
        .map(({ object, privileges }) => ({ text: may(privileges, object) })),
    })),
    {
      title: 'search_path of functions that run as their owner',
      lines:
        now.settings.length === 0
          ? [{ text: 'there is none' }]
          : now.settings.map(({ object, value }) => ({ text: `${object}: ${value}` })),
    },
  ]
}

function flagLine({ code, says, objects }: ReturnType<typeof flagsOf>[number]): Line {
  return { text: `${code}: ${says}`, under: objects.map((text) => ({ text })) }
}

function may(privileges: readonly string[], object: string): string {
  return object === 'the database' ? privileges.join(', ') : `${privileges.join(', ')} ${object}`
}

function changeLines(before: PrivilegeSnapshot, now: PrivilegeSnapshot): readonly Line[] {
  const changes = privilegeChanges(before, now)
  return changes.length === 0 ? [{ text: 'no privilege is different' }] : changes.map((text) => ({ text }))
}

/** @returns what roles may do that they could not do before, and the other way round, each in a sentence. */
export function privilegeChanges(before: PrivilegeSnapshot, now: PrivilegeSnapshot): readonly string[] {
  const [was, is] = [byKey(before.held), byKey(now.held)]
  const keys = [...new Set([...was.keys(), ...is.keys()])].sort()
  const rights = keys.flatMap((key) => {
    const [old, fresh] = [was.get(key), is.get(key)]
    const { role = '', object = '' } = fresh ?? old ?? {}
    const gained = (fresh?.privileges ?? []).filter((one) => old?.privileges.includes(one) !== true)
    const lost = (old?.privileges ?? []).filter((one) => fresh?.privileges.includes(one) !== true)
    return [
      ...(gained.length === 0 ? [] : [`${role} may now ${may(gained, object)}`]),
      ...(lost.length === 0 ? [] : [`${role} may no longer ${may(lost, object)}`]),
    ]
  })
  const [set, values] = [before, now].map(({ settings }) => new Map(settings.map((one) => [one.object, one.value])))
  const objects = [...new Set([...(set?.keys() ?? []), ...(values?.keys() ?? [])])].sort()
  const settings = objects.flatMap((object) => {
    const [old, fresh] = [set?.get(object), values?.get(object)]
    if (old === fresh) return []
    if (old === undefined) return [`${object} is new: ${fresh}`]
    return [fresh === undefined ? `${object} is gone: it was ${old}` : `${object} was ${old} and is ${fresh}`]
  })
  return [...rights, ...settings]
}

function byKey(all: readonly Held[]): ReadonlyMap<string, Held> {
  return new Map(all.map((one) => [`${one.role} ${one.object}`, one]))
}

/**
 * Reads what `trespass privileges --json` printed before.
 *
 * @throws TrespassError `bad-snapshot`
 */
export function parseSnapshot(text: string, file: string): PrivilegeSnapshot {
  const wrong = (why: string, cause?: unknown) =>
    new TrespassError('bad-snapshot', `found ${file}, expected what \`trespass privileges --json\` printed: ${why}`, {
      hint: 'Print it again before the migration: `npx trespass privileges --json > before.json`.',
      cause,
    })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw wrong(messageOf(error), error)
  }
  const parsed = snapshotShape.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw wrong(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'not as expected'}`)
}
