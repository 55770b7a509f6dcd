import type { Answer } from './path.ts'

/** An answer without content; each path adds its own fields. */
export const emptyAnswer = {
  code: null,
  message: null,
  details: null,
  hint: null,
  headers: {},
  rows: null,
  value: null,
  count: null,
  failure: null,
} as const satisfies Partial<Answer>
