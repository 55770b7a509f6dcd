import { z } from 'zod'
import { editorNames } from './editor-names.ts'

/** Auth's table of users, whose rows Auth alone makes and removes. */
export const usersTable = 'auth.users'

/** The key of an operation whose request a user of the cell's own sends. */
export const asFixture = z
  .string()
  .min(1)
  .register(editorNames, { names: 'fixture' })
  .optional()
  .describe("a fixture of auth.users: the request carries a session of that user in place of the actor's")

/** @returns the part of a footprint that this key decides. */
export function ownUser(as: string | undefined): { readonly as?: string; readonly about?: readonly string[] } {
  return as === undefined ? {} : { as, about: [as] }
}
