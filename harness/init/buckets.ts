import type { Bucket } from '../inventory/model.ts'
import { quoted } from '../inventory/names.ts'
import type { PlannedMatrix, PlannedRow } from './model.ts'

/** A type for a pattern such as `image/*`. */
const examples: Readonly<Record<string, string>> = {
  'image/*': 'image/png',
  'video/*': 'video/mp4',
  'audio/*': 'audio/mpeg',
  'text/*': 'text/plain',
  'application/*': 'application/pdf',
}

/** Plans the matrix of a bucket: an object in the folder of the first user. Pure. */
export function bucketMatrix({ id, public: open, allowedMimeTypes }: Bucket): PlannedMatrix {
  const [allowed] = allowedMimeTypes ?? []
  const type = allowed === undefined ? undefined : (examples[allowed] ?? allowed)
  const typed = type === undefined || type === '*/*' ? {} : { content_type: type }
  const object: PlannedRow = {
    name: "alice's",
    table: 'storage.objects',
    key: null,
    values: { name: '$alice.id/trespass-$unique', content: 'Trespass $unique', ...typed },
    found: false,
  }
  const added = { name: '$actor.id/new-$unique', content: 'Trespass $unique', ...typed }
  return {
    name: `bucket ${id}`,
    title: `bucket ${quoted(id)}`,
    resource: { bucket: id },
    fixtures: [object],
    operations: [
      { name: 'download', body: { download: object.name } },
      ...(open ? [{ name: 'download in public', body: { public: object.name } }] : []),
      { name: 'list', body: { list: object.name } },
      { name: 'upload', body: { upload: added } },
      { name: 'upload for alice', body: { upload: { ...added, name: '$alice.id/new-$unique' } } },
      { name: 'overwrite', body: { overwrite: object.name, content: 'Changed $unique', ...typed } },
      { name: 'remove', body: { remove: object.name } },
    ],
    notes: ['The folder is called after the user: write the names as the application does.'],
    shown: null,
  }
}
