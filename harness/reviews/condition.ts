import { treeOf } from '../mutation/conditions.ts'
import { always, atomsOf, type Formula, formulaOf, never, simplified } from './formula.ts'
import { type Mentions, mentionsIn } from './mentions.ts'

/** A condition of a policy. */
export interface Condition {
  /** As the catalog has it. */
  readonly text: string
  /** Null for a text that the parser does not read. */
  readonly formula: Formula | null
  readonly mentions: Mentions
}

const nothing: Mentions = {
  ...{ relations: [], functions: [], perRow: [], lookups: [], claims: [] },
  ...{ ofCaller: false, ofRow: false },
}

/** @param text null for a policy without the clause: every row passes. */
export async function conditionOf(text: string | null): Promise<Condition> {
  if (text === null) return { text: 'true', formula: always, mentions: nothing }
  const tree = await treeOf(text)
  if (tree === null) return { text, formula: null, mentions: nothing }
  return { text, formula: simplified(formulaOf(tree)), mentions: mentionsIn(tree) }
}

/** The caller is signed in: true of every user, and of no visitor. */
const signedIn = /"auth"[\s\S]*"uid"[\s\S]*IS_NOT_NULL|"auth"[\s\S]*"role"[\s\S]*"sval":"authenticated"/

/** @returns a condition for the callers of a role, whose tokens say whether they are signed in. */
export function forRole(formula: Formula, role: string): Formula {
  if (formula.kind === 'constant') return formula
  if (formula.kind !== 'atom') {
    return simplified({ kind: formula.kind, parts: formula.parts.map((part) => forRole(part, role)) })
  }
  const isAboutSignIn =
    /^\{"(?:NullTest|A_Expr)"/.test(formula.key) && signedIn.test(formula.key) && !formula.key.includes('"ColumnRef"')
  if (!isAboutSignIn || formula.key.includes('"SelectStmt"')) return formula
  return role === 'anon' ? never : always
}

/**
 * @returns whether a condition looks like a requirement that every row or session has to meet, and not like a tie between a
 *   row and its caller: `deleted_at is null`, `aal = 'aal2'`.
 */
export function looksRestrictive({ formula, mentions }: Condition): boolean {
  if (formula === null || formula.kind === 'constant' || mentions.functions.some((name) => !name.startsWith('auth.')))
    return false
  if (mentions.relations.length > 0) return false
  const session = ['aal', 'amr', 'is_anonymous']
  if (!mentions.ofRow) return mentions.claims.length > 0 && mentions.claims.every((claim) => session.includes(claim))
  return !mentions.ofCaller && atomsOf(formula).every(({ key }) => /^not |IS_NULL|"sval":"<>"|"boolval":\{\}/.test(key))
}
