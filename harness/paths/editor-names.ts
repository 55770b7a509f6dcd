import { z } from 'zod'

/**
 * What a text, or each key of an object, in an operation names: a fixture of the matrix, a column of its resource, or an argument of
 * its function; `changes` holds columns by fixture, and `addition` a table with rows.
 */
export interface EditorName {
  readonly names: 'fixture' | 'column' | 'columns' | 'arguments' | 'changes' | 'addition'
}

/**
 * The parts of the verbs' schemas in which editors complete names. A copy of a registered schema, as `describe` makes one, is
 * registered too.
 */
export const editorNames = z.registry<EditorName>()

/** The texts of verbs that may be long: editors take `{ $file: … }` in their place, which stands for any value when a file is read. */
export const textsOfFiles = z.registry()
