import { TrespassError } from '../errors.ts'
import type { Witness } from './witness.ts'

/**
 * The witness of a target without a database URL and without a secret key. Its catalog is empty, and its other methods reject
 * with the reason.
 */
export function noWitness(): Witness {
  const refuse = () => Promise.reject(noWitnessError())
  return {
    sees: 'nothing',
    catalog: () => Promise.resolve({ relations: {}, functions: {} }),
    schema: () => Promise.resolve(null),
    insert: refuse,
    read: refuse,
    matching: refuse,
    restore: refuse,
    remove: refuse,
    removeDependents: refuse,
    setting: refuse,
    close: () => Promise.resolve(),
  }
}

function noWitnessError(): TrespassError {
  const message = 'nothing can be made or read out of band: the target has neither a secret key nor a database URL'
  return new TrespassError('no-witness', message, { hint: 'Set TRESPASS_SECRET_KEY, or TRESPASS_DATABASE_URL.' })
}
