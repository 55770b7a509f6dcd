import type { Answer } from './path.ts'

/** What an answer holds that says nothing; each path fills in what it has got. */
export const blank = {
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
