import { TrespassError } from '../errors.ts'
import { didYouMean } from '../message-text.ts'
import { type Mutant, type MutantKind, mutantKinds } from './model.ts'
import { isNamedIn } from './since.ts'

/** Which mutants of a schema are tried. */
export interface MutantChoice {
  /** Only mutants of objects whose name it matches. */
  readonly object?: RegExp
  /** Only mutants of objects that this SQL names. */
  readonly namedIn?: string
  readonly kinds?: readonly MutantKind[]
  /** The size of the sample, drawn by the seed. */
  readonly sample?: number
  /** Puts the mutants into a random order, which is the same for the same seed. */
  readonly seed?: number
}

/**
 * Chooses mutants. Without a seed they keep their order.
 *
 * @throws TrespassError `no-mutants` when the choice leaves none.
 */
export function chooseMutants(
  all: readonly Mutant[],
  { object, namedIn, kinds, sample, seed }: MutantChoice,
): readonly Mutant[] {
  const fitting = all
    .filter((mutant) => object?.test(mutant.object) ?? true)
    .filter((mutant) => namedIn === undefined || isNamedIn(mutant, namedIn))
    .filter(({ kind }) => kinds === undefined || kinds.length === 0 || kinds.includes(kind))
  if (fitting.length === 0) {
    throw new TrespassError('no-mutants', `found no mutant among ${all.length} that was chosen, expected one or more`, {
      hint: 'Leave out --object, --since and --kind to see which objects and kinds there are.',
    })
  }
  const ordered = seed === undefined ? fitting : shuffled(fitting, seed)
  return sample === undefined ? ordered : ordered.slice(0, sample)
}

/** @throws TrespassError `usage` */
export function kindNamed(text: string): MutantKind {
  const kinds = Object.keys(mutantKinds)
  const found = (Object.keys(mutantKinds) as MutantKind[]).find((kind) => kind === text)
  if (found !== undefined) return found
  throw new TrespassError('usage', `found --kind ${text}, expected one of ${kinds.join(', ')}`, {
    hint: didYouMean(text, kinds) ?? 'see --help',
  })
}

/** Fisher and Yates, with the generator mulberry32. */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const drawn = [...items]
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  for (let place = drawn.length - 1; place > 0; place -= 1) {
    const other = Math.floor(next() * (place + 1))
    const [one, two] = [drawn[place], drawn[other]]
    if (one !== undefined && two !== undefined) [drawn[place], drawn[other]] = [two, one]
  }
  return drawn
}
