import { TrespassError } from '../errors.ts'

/** The target's database lacks a name in a matrix, a fixture or a journal. */
export class UnknownName extends TrespassError {
  readonly kind: 'relation' | 'column'

  constructor(kind: 'relation' | 'column', name: string) {
    super(kind === 'relation' ? 'unknown-relation' : 'unknown-column', `the target's database has no ${kind} ${name}`)
    this.name = 'UnknownName'
    this.kind = kind
  }
}
