import { type Applier, appliers } from '../cuts/application.ts'
import { TrespassError } from '../errors.ts'
import { didYouMean, oneOf } from '../message-text.ts'
import type { Given } from './arguments.ts'

/** @returns the tool that `--applied-by` names. @throws TrespassError `usage` for another word. */
export function applierOf(given: Given): Applier {
  const written = given.text('applied-by') ?? 'supabase-cli'
  const applier = appliers.find((one) => one === written)
  if (applier !== undefined) return applier
  throw new TrespassError('usage', `found --applied-by ${written}, expected ${oneOf(appliers)}`, {
    hint: didYouMean(written, appliers) ?? 'see docs/migrations.md',
  })
}
