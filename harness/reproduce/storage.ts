import { isObject } from '../json.ts'
import type { Attempt, Recognised } from './attempt.ts'
import type { CapturedRequest } from './captured.ts'
import { jsonOf } from './data-api.ts'
import { notReproducible } from './unreadable.ts'

const unsupported = 'Write this operation by hand: docs/matrix-format.md, "Buckets and objects".'

/**
 * Recognises a request below `/storage/v1/` (supabase/storage, `src/http/routes/object`).
 *
 * @throws TrespassError `not-reproducible`
 */
export function recogniseStorage(request: CapturedRequest, rest: readonly string[]): Recognised {
  const [area, ...parts] = rest
  if (area === 'render' && parts[0] === 'image') return rendered(request, parts.slice(1))
  if (area !== 'object') {
    throw notReproducible(`a request to /storage/v1/${area ?? ''}, which is about no object by its name`, unsupported)
  }
  const { method } = request
  const [route, bucket, ...name] = parts
  switch (route) {
    case 'public':
    case 'authenticated':
      return of(bucket, name, reading(method, route === 'public' ? 'public' : 'download'))
    case 'info': {
      const isNamed = bucket === 'authenticated' || bucket === 'public'
      return isNamed ? of(name[0], name.slice(1), { verb: 'info' }) : of(bucket, name, { verb: 'info' })
    }
    case 'list':
    case 'list-v2':
      return of(bucket, null, { verb: 'list' }, [
        'the folder of the request is left out: the folder of the fixture is listed',
      ])
    case 'sign':
      return signed(request, bucket, name)
    case 'move':
    case 'copy':
      return moved(request, route)
    case 'upload':
      throw notReproducible('a request for a signed URL to upload, or its use', unsupported)
    default:
      return plain(request, route, parts.slice(1))
  }
}

function plain(request: CapturedRequest, bucket: string | undefined, name: readonly string[]): Recognised {
  const { method, headers } = request
  const folder = name.length > 1 ? decoded(name[0] ?? '') : null
  switch (method) {
    case 'GET':
    case 'HEAD':
      return of(bucket, name, reading(method, 'download'))
    case 'POST': {
      const isUpsert = headers.get('x-upsert')?.toLowerCase() === 'true'
      const notes =
        request.source === 'gateway log' ? ['the log keeps no header x-upsert: the object is taken for a new one'] : []
      return of(bucket, name, { verb: isUpsert ? 'upsert object' : 'upload', folder }, notes)
    }
    case 'PUT':
      return of(bucket, name, { verb: 'overwrite' })
    case 'DELETE':
      return name.length > 0 ? of(bucket, name, { verb: 'delete object' }) : of(bucket, null, { verb: 'remove' })
    default:
      throw notReproducible(`the method ${method} on an object`, unsupported)
  }
}

function rendered(request: CapturedRequest, [route, bucket, ...name]: readonly string[]): Recognised {
  const notes = ['the transformation of the image is left out: the object itself is asked for']
  if (route === 'public') return of(bucket, name, reading(request.method, 'public'), notes)
  if (route === 'authenticated') return of(bucket, name, reading(request.method, 'download'), notes)
  throw notReproducible('a request with a signed URL, whose token is its only credential', unsupported)
}

function reading(method: string, verb: 'download' | 'public'): Attempt {
  return { verb: method === 'HEAD' && verb === 'download' ? 'exists' : verb }
}

function signed(request: CapturedRequest, bucket: string | undefined, name: readonly string[]): Recognised {
  if (request.method !== 'POST') {
    throw notReproducible(
      'the use of a signed URL, whose token is its only credential',
      'Reproduce the request that signed it, with the verb `sign`.',
    )
  }
  const { body } = request
  const json = body.kind === 'text' ? jsonOf(body.text) : undefined
  const seconds = isObject(json) && typeof json.expiresIn === 'number' ? Math.max(1, Math.trunc(json.expiresIn)) : 60
  return of(bucket, name.length === 0 ? null : name, { verb: 'sign', seconds })
}

function moved({ body }: CapturedRequest, verb: 'move' | 'copy'): Recognised {
  const json = body.kind === 'text' ? jsonOf(body.text) : undefined
  if (!isObject(json) || typeof json.bucketId !== 'string') {
    throw notReproducible(`a request to ${verb} an object without its body, which names the bucket`, unsupported)
  }
  const to = typeof json.destinationKey === 'string' ? json.destinationKey.split('/') : []
  return of(json.bucketId, null, { verb, toFolder: to.length > 1 ? (to[0] ?? null) : null })
}

/** @param name null for a route that names no object in its path. */
function of(
  bucket: string | undefined,
  name: readonly string[] | null,
  attempt: Attempt,
  notes: readonly string[] = [],
): Recognised {
  if (bucket === undefined || bucket === '' || (name !== null && name.join('/') === '')) {
    throw notReproducible('a request to Storage that names no object of a bucket', unsupported)
  }
  return {
    wanted: { kind: 'bucket', name: decoded(bucket) },
    attempt,
    notes: [...notes, 'the name of the object is that of a fixture'],
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
