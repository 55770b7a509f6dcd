import type { Layer } from '../model/verdict.ts'
import type { Answer, Face } from './path.ts'

/** Tells whether an answer to a verb has a face. */
type Test = (answer: Answer, verb: string) => boolean

/** @returns the face of a refusal by a layer. */
export function denied(name: string, layer: Layer, matches: Test): Face {
  return { name, matches, means: { kind: 'denied', layer } }
}

/** @returns the face of a request that could not have worked for anyone. */
export function unusable(name: string, why: string, matches: Test): Face {
  return { name, matches, means: { kind: 'unusable', why } }
}

/** @returns the face of a defect of the project, which shows at every moment in the same way. */
export function broken(name: string, why: string, matches: Test): Face {
  return { name, matches, means: { kind: 'broken', why } }
}

/** A URL or a token of some seconds was over before its first use: a slower moment, and no refusal of the caller. */
export const lapsed: Face = {
  name: 'expired-before-use',
  matches: (answer) => answer.lapsed === true,
  means: {
    kind: 'unknown',
    why: 'a URL or a token that was issued for the attempt expired before its first use: let it live longer, or try a target that answers faster',
  },
}

/** @returns the face of an outcome that nobody knows. */
export function unknown(name: string, why: string, matches: Test): Face {
  return { name, matches, means: { kind: 'unknown', why } }
}
