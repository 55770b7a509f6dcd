import type { Bucket, Policy } from '../inventory/model.ts'
import type { JsonObject } from '../json.ts'
import { braced } from './fixture-set.ts'
import type { Ownership, Side } from './model.ts'
import { Operations, type Planned, type Planning } from './plan-relation.ts'

/** The owner whose id names a folder. */
type FolderKind = 'user' | 'tenant'

/** How the objects of a bucket are named, according to its policies. */
export interface Naming {
  /** The part of the name before the id: `drafts`; empty for none. */
  readonly prefixes: readonly string[]
  readonly kinds: readonly FolderKind[]
  /** Keys of `user_metadata` that policies read. The actor that uploads an object writes them. */
  readonly metadataKeys: readonly string[]
}

/** Plans attempts on the objects of one bucket. */
export function planBucket(planning: Planning, bucket: Bucket): Planned {
  const object = `bucket ${bucket.id}`
  const policies = planning.inventory.relations.find(({ schema, name }) => schema === 'storage' && name === 'objects')
  const hasTenants = planning.sides.every(({ tenant }) => tenant !== null)
  const naming = namingOf(policies?.policies ?? [], bucket.id, hasTenants)
  const plan = new BucketPlan(planning, bucket, naming)
  const limit = bucket.fileSizeLimit
  if (limit !== null && limit < 100) {
    return { matrices: [], unsurveyed: [{ object, why: `it takes files of ${limit} bytes at most` }] }
  }
  return {
    matrices: [
      {
        object,
        document: {
          matrix: `survey of bucket ${bucket.id.replaceAll(/[,.${}›]/g, ' ')}`,
          resource: { bucket: bucket.id },
          fixtures: plan.fixtures,
          operations: plan.operations.bodies,
        },
        operations: plan.operations.about,
      },
    ],
    unsurveyed: [],
  }
}

/** Reads from policies how objects of a bucket are named. Pure. */
export function namingOf(policies: readonly Policy[], bucket: string, hasTenants: boolean): Naming {
  const prefixes = new Set<string>()
  const kinds = new Set<FolderKind>()
  const metadataKeys = new Set<string>()
  for (const { using, check } of policies) {
    for (const text of [using, check]) {
      if (text === null || (/bucket_id = '/.test(text) && !text.includes(`'${bucket}'`))) continue
      for (const [, key] of text.matchAll(/user_metadata ->> '([^']+)'/g)) if (key !== undefined) metadataKeys.add(key)
      for (const [, prefix] of text.matchAll(/foldername\(name\)\)\[1\] = '([^']+)'/g)) prefixes.add(prefix ?? '')
      const rest = text.replaceAll(/\(storage\.foldername\(name\)\)\[\d+\] = '[^']*'(?:::text)?/g, '')
      if (!/foldername|storage\.filename|name ~~|split_part|starts_with/.test(rest)) continue
      if (/auth\.uid\(\)|auth\.jwt\(\)/.test(rest)) kinds.add('user')
      else kinds.add('tenant')
    }
  }
  const known = [...kinds].filter((kind) => hasTenants || kind === 'user')
  const all: readonly FolderKind[] = hasTenants ? ['user', 'tenant'] : ['user']
  return {
    prefixes: prefixes.size === 0 ? [''] : [...prefixes],
    kinds: known.length === 0 ? all : known,
    metadataKeys: [...metadataKeys],
  }
}

class BucketPlan {
  readonly fixtures: Record<string, JsonObject> = {}
  readonly operations = new Operations()
  readonly #planning: Planning
  readonly #naming: Naming
  readonly #type: string | null

  constructor(planning: Planning, bucket: Bucket, naming: Naming) {
    this.#planning = planning
    this.#naming = naming
    this.#type = typeOf(bucket)
    const { cast, sides } = planning
    const list = { door: 'a list', access: 'select', side: null, actors: cast.all } as const
    for (const side of sides)
      for (const prefix of naming.prefixes) for (const kind of naming.kinds) this.#file(side, prefix, kind)
    this.operations.add('list', { list: '*' }, list)
    for (const side of sides) {
      this.operations.add(
        `add in no folder for ${side.name}`,
        { upload: this.#new(`new-${side.name}-$unique`) },
        {
          ...{ door: 'an upload into no folder', access: 'insert', side: null, names: { owners: [], tenants: [] } },
          actors: side === sides[0] ? cast.kinds : [],
        },
      )
    }
  }

  #file(side: Side, prefix: string, kind: FolderKind): void {
    const { cast, sides } = this.#planning
    const other = sides.find(({ name }) => name !== side.name) ?? side
    const where = `${this.#naming.kinds.length > 1 ? ` by ${kind}` : ''}${prefix === '' ? '' : ` in ${prefix.replaceAll(/[,.${}›]/g, ' ')}`}`
    const file = `${side.name}'s file${where}`
    const folder = folderOf(side, prefix, kind)
    this.fixtures[file] = { ...this.#new(`${folder}/file-$unique`) }
    const around = [...new Set([...cast.kinds, ...(cast.around[side.name] ?? [])])]
    const add = (
      what: string,
      door: string,
      access: 'select' | 'insert' | 'update' | 'delete',
      body: JsonObject,
      actors: readonly string[],
      names?: Ownership,
    ) => {
      const about = { door, access, side: side.name, row: file, actors, ...(names === undefined ? {} : { names }) }
      this.operations.add(`${what} ${side.name}${where}`, body, about)
    }
    const own = ownerOf(side, kind)
    const target = ownerOf(other, kind)
    const elsewhere = `${folderOf(other, prefix, kind)}/moved-$unique`
    const mine = `${prefix === '' ? '' : `${prefix}/`}$actor.id`
    add('download', 'a download', 'select', { download: file }, cast.all)
    add('open', 'its public address', 'select', { public: file }, cast.all.slice(0, 1))
    add('sign', 'a signed address', 'select', { sign: file, seconds: 60 }, cast.all)
    add(
      'overwrite',
      'an overwrite',
      'update',
      { overwrite: file, content: 'Overwritten $unique', ...this.#typed() },
      around,
    )
    add('move away', `a move into a folder of ${other.name}`, 'update', { move: file, to: elsewhere }, around, target)
    add('remove', 'a removal', 'delete', { remove: [file] }, around)
    add(
      'add for',
      `an upload into a folder of ${side.name}`,
      'insert',
      { upload: this.#new(`${folder}/new-$unique`) },
      cast.all,
      own,
    )
    if (kind === 'user') {
      const to = `${mine}/taken-$unique`
      add('take', 'a move into an own folder', 'update', { move: file, to }, cast.kinds)
      add('copy', 'a copy into an own folder', 'select', { copy: file, to: `${mine}/copy-$unique` }, cast.all)
      const below = this.#new(`${folder}/$actor.id/new-$unique`)
      add('add below', `an upload below a folder of ${side.name}`, 'insert', { upload: below }, cast.kinds, own)
    }
    if (this.#naming.metadataKeys.length > 0) {
      const metadata = Object.fromEntries(this.#naming.metadataKeys.map((key) => [key, '$actor.id']))
      const claimed = { ...this.#new(`${folder}/claimed-$unique`), metadata }
      add(
        'claim',
        `an upload with metadata of its own choice for ${side.name}`,
        'insert',
        { upload: claimed },
        cast.kinds,
        own,
      )
    }
    for (const bucket of this.#narrower()) {
      const to = `${folderOf(side, prefix, kind)}/copied-$unique`
      const body = { copy: file, to, to_bucket: bucket.id }
      const door = `a copy into the bucket ${bucket.id}, which takes other types`
      add(`copy into ${bucket.id.replaceAll(/[,.${}›]/g, ' ')}`, door, 'insert', body, [side.holder], own)
    }
  }

  /** Buckets that do not take the type of this one's files. */
  #narrower(): readonly Bucket[] {
    if (this.#type !== null) return []
    return (this.#planning.inventory.buckets ?? []).filter(({ allowedMimeTypes }) => {
      return (
        allowedMimeTypes !== null && !allowedMimeTypes.some((type) => type.startsWith('text/') || type.startsWith('*'))
      )
    })
  }

  #new(name: string): JsonObject {
    return { name: `${name}.txt`, content: 'Content $unique', ...this.#typed() }
  }

  #typed(): JsonObject {
    return this.#type === null ? {} : { content_type: this.#type }
  }
}

function folderOf(side: Side, prefix: string, kind: FolderKind): string {
  const id = kind === 'tenant' && side.tenant !== null ? side.tenant.row : side.holder
  return `${prefix === '' ? '' : `${prefix}/`}$${braced(id, 'id')}`
}

function ownerOf(side: Side, kind: FolderKind): Ownership {
  return kind === 'tenant' && side.tenant !== null
    ? { owners: [], tenants: [side.tenant.row] }
    : { owners: [side.holder], tenants: [] }
}

/** A type that the bucket takes; null where it takes a text. */
function typeOf({ allowedMimeTypes }: Bucket): string | null {
  if (allowedMimeTypes === null || allowedMimeTypes.length === 0) return null
  if (allowedMimeTypes.some((type) => type === 'text/*' || type === 'text/plain' || type === '*/*')) return null
  const [first = ''] = allowedMimeTypes
  const whole: Readonly<Record<string, string>> = {
    'image/*': 'image/png',
    'video/*': 'video/mp4',
    'audio/*': 'audio/mpeg',
  }
  return whole[first] ?? first.replace('/*', '/octet-stream')
}
