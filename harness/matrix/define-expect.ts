import type { Json } from '../json.ts'
import type { Layer } from '../model/verdict.ts'

/** A key of `expect` holds a name, several of them separated by commas, or `*`. */
type NamesIn<Key extends string> = Key extends `${infer First},${infer Rest}`
  ? Trimmed<First> | NamesIn<Rest>
  : Trimmed<Key>

type Trimmed<Text extends string> = Text extends ` ${infer Rest}` | `${infer Rest} ` ? Trimmed<Rest> : Text

/** The names of a key that are not among the known ones. */
type Unknown<Key extends string, Known extends string> = Exclude<NamesIn<Key>, Known | '*'>

/** Gives a key with an unknown name a value that nothing has, so that the compiler names the word. */
type Known<Key extends string, Names extends string, What extends string, Type> = [Unknown<Key, Names>] extends [never]
  ? Type
  : `${Unknown<Key, Names>} is ${What}`

/** One layer or several. */
export type Layers = Layer | `${Layer}, ${Layer}` | `${Layer}, ${Layer}, ${Layer}`

/** @typeParam Row the names of fixtures. @typeParam Name those of columns in an answer. */
export type WrittenExpectation<Row extends string, Name extends string> =
  | 'allow'
  | 'deny'
  | 'define'
  | 'n/a'
  | `deny(${Layers})`
  | {
      readonly allow: {
        readonly exactly?: readonly Row[]
        readonly columns?: readonly Name[]
        readonly returns?: Json
        readonly ends_within?: number
      }
    }

/**
 * The expectations: by actor or group, then by operation. Both may be `*`.
 *
 * @typeParam Keys the keys that are written, by which misspelt ones are found.
 */
export type Expect<
  Keys extends string,
  OperationKeys extends string,
  Askers extends string,
  Operations extends string,
  Expectation,
> = {
  readonly [Key in Keys]: Known<
    Key,
    Askers,
    'neither an actor nor a group',
    { readonly [Operation in OperationKeys]?: Known<Operation, Operations, 'no operation of this matrix', Expectation> }
  >
} & {
  readonly [Key in Askers | '*']?: { readonly [Operation in Operations | '*']?: Expectation }
}
