import { messageOf, TrespassError } from '../errors.ts'
import type { Witness } from '../witness/witness.ts'
import { type Config, declaredTarget, type Marker } from '../workspace/config.ts'

/**
 * Looks for the marker of the environment in the database. If the configuration has one, nothing is made before it has been
 * found: keys and addresses can be mixed up, a marker in the database cannot.
 *
 * @throws TrespassError `marker-missing`, `marker-unreadable`
 */
export async function requireMarker(
  alias: string,
  config: Pick<Config, 'targets'>,
  witness: Pick<Witness, 'matching' | 'setting'>,
): Promise<void> {
  const marker = declaredTarget(config, alias)?.marker
  if (marker === undefined || (await hasMarker(alias, marker, witness))) return
  const message = `the database of the target ${alias} does not hold its marker, ${markerInWords(marker)}`
  const hint =
    'Check that the variables lead to the right project; `marker` in trespass.config.ts says what is expected.'
  throw new TrespassError('marker-missing', message, { hint })
}

async function hasMarker(
  alias: string,
  marker: Marker,
  witness: Pick<Witness, 'matching' | 'setting'>,
): Promise<boolean> {
  try {
    if ('setting' in marker) return (await witness.setting(marker.setting)) === marker.is
    return (await witness.matching(marker.table, marker.where)).length > 0
  } catch (cause) {
    const why = messageOf(cause)
    const message = `the marker of the target ${alias} cannot be looked for: ${why}`
    const hint = (cause instanceof TrespassError ? cause.hint : undefined) ?? 'Nothing has been made.'
    throw new TrespassError('marker-unreadable', message, { hint, cause })
  }
}

/** @returns the marker as a person would search for it. */
function markerInWords(marker: Marker): string {
  if ('setting' in marker) return `the setting ${marker.setting} = ${marker.is}`
  return `a row of ${marker.table} with ${JSON.stringify(marker.where)}`
}
