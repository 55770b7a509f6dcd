import type { Mutant } from './model.ts'

/** A mutant without an id yet; members that most mutants leave out have a default. */
export interface Draft
  extends Pick<Mutant, 'kind' | 'object' | 'change' | 'apply' | 'undo' | 'touches' | 'direction'>,
    Partial<Pick<Mutant, 'original' | 'commands' | 'role' | 'reloads' | 'bucket' | 'equivalent'>> {
  /** The change in few words, unique among those of its kind and object. */
  readonly detail: string
}

/** Composes the id of a mutant and fills in the defaults. */
export function draftMutant({ detail, ...draft }: Draft): Mutant {
  const [undo = ''] = draft.undo
  const defaults = { commands: [], role: null, reloads: false, original: undo }
  return { ...defaults, ...draft, id: `${draft.object} › ${draft.kind} › ${detail}` }
}
