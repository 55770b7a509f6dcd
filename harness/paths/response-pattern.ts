import type { Layer } from '../model/verdict.ts'
import type { Answer, ResponsePattern } from './path.ts'

/** @returns true when an answer to a verb matches the response pattern. */
type AnswerTest = (answer: Answer, verb: string) => boolean

/** @returns the response pattern of a refusal by a layer. */
export function denied(name: string, layer: Layer, matches: AnswerTest): ResponsePattern {
  return { name, matches, means: { kind: 'denied', layer } }
}

/** @returns the response pattern of a request that could not have worked for any caller. */
export function unusable(name: string, why: string, matches: AnswerTest): ResponsePattern {
  return { name, matches, means: { kind: 'unusable', why } }
}

/** @returns the response pattern of a defect of the project, which every request meets at any time. */
export function broken(name: string, why: string, matches: AnswerTest): ResponsePattern {
  return { name, matches, means: { kind: 'broken', why } }
}

/**
 * A URL or a token with a lifetime of some seconds expired before its first use: the run was slow, and the caller was not
 * refused.
 */
export const expiredBeforeUse: ResponsePattern = {
  name: 'expired-before-use',
  matches: (answer) => answer.lapsed === true,
  means: {
    kind: 'unknown',
    why: 'a URL or a token that was issued for the attempt expired before its first use: let it live longer, or try a target that answers faster',
  },
}

/** @returns the response pattern of an unknown outcome. */
export function unknown(name: string, why: string, matches: AnswerTest): ResponsePattern {
  return { name, matches, means: { kind: 'unknown', why } }
}
