import { z } from 'zod'
import { type Query, RefusedStatement, type Reported } from './connection.ts'
import { quoted } from './identifiers.ts'

/** Something of the schema that keeps a statement from its effect, such as a trigger, and how it is switched off. */
export interface Rule {
  /** For messages, such as `trigger keep on records`. */
  readonly what: string
  /** The role that owns the table, which alone may switch the rule off. */
  readonly owner: string
  readonly disable: string
  /** Restores the state that the rule had. */
  readonly enable: string
}

const listed = z.array(z.tuple([z.string(), z.string(), z.string(), z.string()]))

/** @returns the rules that a query lists as `what`, `owner`, `disable` and `enable`. */
export async function listRules(query: Query, text: string, values: readonly unknown[]): Promise<Rule[]> {
  const rows = listed.parse(await query(text, values))
  return rows.map(([what, owner, disable, enable]) => ({ what, owner, disable, enable }))
}

/** @returns the signatures of the functions of PL/pgSQL without arguments, as all of triggers are, that were running. */
export function runningFunctions({ where }: Pick<Reported, 'where'>): readonly string[] {
  const names = where.matchAll(/PL\/pgSQL function ((?:"(?:[^"]|"")*"|[^\s"(])+)\(/g)
  return [...new Set([...names].map((match) => `${match[1]}()`))]
}

/**
 * Switches rules off for the transaction, as the owners of their tables.
 *
 * @returns why that is refused, as when a lock was not to be had in time; null when all are off. The transaction is
 *   aborted after a refusal.
 */
export function switchOff(
  query: Query,
  rules: readonly Pick<Rule, 'owner' | 'disable'>[],
): Promise<RefusedStatement | null> {
  return withOwnerRoles(
    query,
    rules.map(({ owner, disable }) => ({ owner, change: disable })),
  )
}

/** Restores the state of rules that the same transaction switched off. @throws RefusedStatement */
export async function switchOn(query: Query, rules: readonly Rule[]): Promise<void> {
  const refused = await withOwnerRoles(
    query,
    rules.map(({ owner, enable }) => ({ owner, change: enable })),
  )
  if (refused !== null) throw refused
}

async function withOwnerRoles(
  query: Query,
  changes: readonly { readonly owner: string; readonly change: string }[],
): Promise<RefusedStatement | null> {
  try {
    for (const { owner, change } of changes) {
      await query(`set local role ${quoted(owner)}`)
      await query(change)
    }
    await query('set local role none')
    return null
  } catch (error) {
    if (error instanceof RefusedStatement) return error
    throw error
  }
}
