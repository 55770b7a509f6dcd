import { quoted } from '../inventory/names.ts'
import { quote } from '../message-text.ts'
import { type BodyCondition, clausesIn, conditionsIn, withCondition } from './body.ts'
import { isCondition, isTrue, withoutParts } from './conditions.ts'
import { draftMutant } from './draft.ts'
import type { Direction, Mutant } from './model.ts'
import type { MutableFunction } from './schema.ts'

/** @returns the mutants of a function's rights and of the checks in its body. */
export async function functionMutants(one: MutableFunction): Promise<readonly Mutant[]> {
  const name = `${quoted(one.schema)}.${quoted(one.name)}(${one.arguments})`
  const shared = { object: `function ${name}`, touches: [`${one.schema}.${one.name}`] }
  const [now, then] = one.definer ? ['definer', 'invoker'] : ['invoker', 'definer']
  const rights = draftMutant({
    ...shared,
    kind: 'function-rights',
    detail: `security ${then}`,
    change: `${name} runs with the rights of its ${then === 'invoker' ? 'caller' : 'owner'}`,
    apply: [`alter function ${name} security ${then}`],
    undo: [`alter function ${name} security ${now}`],
    direction: one.definer ? 'narrower' : 'wider',
  })
  const checks = await Promise.all(
    conditionsIn(one.body).map(async (condition, index) => {
      const changes = await changesOf(condition)
      return changes.map(({ text, detail, change, direction }) =>
        draftMutant({
          ...shared,
          kind: 'function-check',
          detail: `${condition.kind} ${index + 1}: ${detail}`,
          change: `${name} ${change}`,
          apply: [definedWith(one, withCondition(one.body, condition, text))],
          undo: [one.definition],
          direction,
        }),
      )
    }),
  )
  const clauses = clausesIn(one.body).map((clause, index) =>
    draftMutant({
      ...shared,
      kind: clause.kind === 'conflict' ? 'function-conflict' : 'function-lock',
      detail: `clause ${index + 1}: without ${flat(clause.text)}`,
      change: `${name} lost ${quote(clause.text)}`,
      apply: [definedWith(one, withCondition(one.body, clause, ''))],
      undo: [one.definition],
      direction: 'either',
    }),
  )
  return [rights, ...searchPathMutants(one, name, shared), ...checks.flat(), ...clauses]
}

function searchPathMutants(
  { definition }: MutableFunction,
  name: string,
  shared: Pick<Mutant, 'object' | 'touches'>,
): readonly Mutant[] {
  const head = definition.slice(0, definition.search(/^AS /m))
  const [, path] = /^ SET search_path TO (.*)$/m.exec(head) ?? []
  if (path === undefined) return []
  return [
    draftMutant({
      ...shared,
      kind: 'function-path',
      detail: 'no search_path',
      change: `${name} looks its names up where its caller does`,
      apply: [`alter function ${name} reset search_path`],
      undo: [definition],
      direction: 'either',
      // PostgreSQL looks into pg_catalog first, and a client makes no objects.
      ...(/^(?:''|"")$/.test(path) ? { equivalent: 'under its empty search_path every name has a schema' } : {}),
    }),
  ]
}

/** The definition holds the body unchanged, between dollar quotes that do not occur in it. */
function definedWith({ definition, body }: MutableFunction, changed: string): string {
  const start = definition.lastIndexOf(body)
  return `${definition.slice(0, start)}${changed}${definition.slice(start + body.length)}`
}

interface BodyChange {
  readonly text: string
  readonly detail: string
  readonly change: string
  readonly direction: Direction
}

/**
 * A check that refuses is left out by a condition that never holds; one that permits, and a WHERE, by one that always
 * holds.
 */
async function changesOf(condition: BodyCondition): Promise<readonly BodyChange[]> {
  const { kind, text, refuses } = condition
  if (!(await isCondition(text))) return []
  const always = refuses ? 'false' : 'true'
  const word = kind.toUpperCase()
  const whole: BodyChange = {
    text: always,
    detail: `${always} for ${flat(text)}`,
    change: `has ${word} ${always} instead of ${quote(text)}`,
    direction: 'wider',
  }
  const parts = (await withoutParts(text)).map(({ condition: left, removed, direction }): BodyChange => {
    const opposite = direction === 'wider' ? 'narrower' : 'wider'
    return {
      text: left,
      detail: `without ${flat(removed)}`,
      change: `lost ${quote(removed)} in ${word}`,
      direction: refuses && direction !== 'either' ? opposite : direction,
    }
  })
  return isTrue(text) || /^false$/i.test(text) ? parts : [whole, ...parts]
}

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
