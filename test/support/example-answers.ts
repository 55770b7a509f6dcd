import type { JsonObject } from '../../harness/json.ts'
import { emptyAnswer } from '../../harness/paths/empty-answer.ts'
import type { Answer, Call } from '../../harness/paths/path.ts'

/** An answer as a test describes it; what it leaves out is absent. */
export function answerWith(parts: Partial<Answer> & { readonly status: number }): Answer {
  return {
    request: { method: 'GET', path: '/rest/v1/documents', headers: {}, body: null },
    ...emptyAnswer,
    durationMs: 1,
    ...parts,
  }
}

/** The surroundings of an attempt without events and without other actors. */
export const alone: Omit<Call, 'resource' | 'verb' | 'body' | 'targets'> = {
  touched: [],
  meanwhile: async () => {},
  afterwards: async () => {},
  add: async () => {},
  witness: null,
  secretOf: (name) => {
    throw new Error(`no secret is known by the name ${name}`)
  },
  session: (name) => {
    throw new Error(`no session was opened for ${name} in`)
  },
  freshToken: async () => null,
  shortToken: async () => null,
}

/** An answer that brings rows. */
export function rowsAnswer(rows: readonly JsonObject[], parts: Partial<Answer> = {}): Answer {
  return answerWith({ status: 200, rows, ...parts })
}
