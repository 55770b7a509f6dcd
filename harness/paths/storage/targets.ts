import { TrespassError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import type { TargetRow } from '../path.ts'

/** A fixture that is an object. */
export interface TargetObject {
  readonly bucket: string
  readonly name: string
  readonly key: JsonObject
  /** The content as it was made, in the form in which contents are compared; null where it is unknown. */
  readonly content: string | null
}

/** @returns the objects of a request, as it names them. @throws TrespassError for a fixture that is none. */
export function objectsIn(targets: readonly TargetRow[]): readonly TargetObject[] {
  return targets.map(({ name: fixture, key, row }) => {
    const { bucket_id: bucket, name } = key
    if (typeof bucket !== 'string' || typeof name !== 'string') {
      throw new TrespassError('no-object', `${fixture} is no object`)
    }
    const content = row?.content
    return { bucket, name, key: { bucket_id: bucket, name }, content: typeof content === 'string' ? content : null }
  })
}

/** @throws TrespassError when the request is not about exactly one object. */
export function onlyObject(targets: readonly TargetRow[]): TargetObject {
  return only(objectsIn(targets))
}

/** @returns the bucket in which all of them lie. @throws TrespassError when there are several. */
export function onlyBucket(objects: readonly TargetObject[]): string {
  return only([...new Set(objects.map(({ bucket }) => bucket))])
}

/** @returns the id of the bucket of a request. @throws TrespassError for a fixture that is none. */
export function bucketIn(targets: readonly TargetRow[]): string {
  const { name, key } = only(targets)
  if (typeof key.id === 'string') return key.id
  throw new TrespassError('not-a-bucket', `${name} is no bucket`)
}

function only<Thing>(things: readonly Thing[]): Thing {
  const [thing] = things
  if (thing !== undefined && things.length === 1) return thing
  throw new TrespassError('no-target', `the request is about one thing, ${things.length} were given`)
}
