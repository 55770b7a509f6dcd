import { beforeAll, describe, expect, test } from 'vitest'
import { evidenceOf, notHeld } from './report.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { s3Files, storageFiles, storageWorkspace } from './storage-workspace.ts'
import { type Ended, patience, trespass } from './support.ts'

const tables = ['storage.objects', 'storage.buckets', 'public.memberships', 'auth.users']
const matrices = Object.keys(storageFiles).filter((file) => file.endsWith('.matrix.yaml'))
let sandbox: StandingSandbox

beforeAll(async () => {
  sandbox = await standingSandbox(storageWorkspace())
}, patience)

/** Runs one matrix instead of those of the workspace. */
async function runAlone(matrix: string): Promise<Ended> {
  const others = Object.fromEntries(matrices.map((file) => [file, '']))
  const root = asStaging(storageWorkspace({ ...others, 'matrices/one.matrix.yaml': matrix }), sandbox)
  return trespass(['run', '--workspace', root, '--target', 'staging'])
}

describe('buckets and objects', { timeout: patience }, () => {
  let before: Awaited<ReturnType<typeof rowsOf>>
  let ended: Ended

  beforeAll(async () => {
    before = await rowsOf(sandbox, tables)
    ended = await trespass(['run', '--workspace', asStaging(storageWorkspace(), sandbox), '--target', 'staging'])
  }, patience)

  test('every operation is judged right, allowed and denied', async () => {
    const { cells } = await evidenceOf(ended)
    expect(notHeld(cells)).toEqual([
      'breach  members › alice › long URL',
      'breach  resumable_open › alice › go on',
      'breach  resumable_open › alice › put theirs',
    ])
    expect(cells.length).toBeGreaterThan(230)
    expect(new Set(cells.map(({ path }) => path))).toEqual(new Set(['storage']))
  })

  test('the lifetime of access after a revocation is measured', async () => {
    const { cells } = await evidenceOf(ended)
    const because = (name: string) => cells.find(({ id }) => id === `members › alice › ${name}`)?.because
    expect(because('read')).toBe('access ended after 0 s, 1 s are allowed')
    expect(because('short URL')).toMatch(/^access ended after [0-3](\.\d)? s, 4 s are allowed$/)
    expect(because('long URL')).toMatch(/^access was still there after 2(\.\d)? s, 1 s are allowed$/)
    expect(because('URL of the gone')).toBe('access ended after 0 s, 1 s are allowed')
  })

  test('nothing is left, and the report contains no token of a signed URL', async () => {
    expect(await rowsOf(sandbox, tables)).toEqual(before)
    expect(JSON.stringify(await evidenceOf(ended))).not.toMatch(/token=(?!…|\[secret\])/)
  })

  test('no actor has become the owner of an object of another one', async () => {
    const uploads = await sandbox.query('select owner_id, split_part(name, $$/$$, 1) as folder from public.uploads')
    const owned = uploads.filter(({ owner_id }) => owner_id !== null)
    expect(owned.length).toBeGreaterThan(10)
    for (const { owner_id, folder } of owned) expect(owner_id).toBe(folder)
  })
})

test('the S3 endpoint and images are judged like the other routes', { timeout: patience }, async () => {
  const others = Object.fromEntries(matrices.map((file) => [file, '']))
  const ended = await trespass(['run', '--workspace', storageWorkspace({ ...others, ...s3Files })])
  const { cells } = await evidenceOf(ended)
  const open = ['copy', 'delete', 'image', 'list', 'overwrite', 'parts', 'put', 'read', 'remove', 'sign', 'theirs']
  expect(notHeld(cells).map((line) => line.split(' ').slice(0, 7).join(' '))).toEqual(
    open.map((word) => `breach  s3_open › alice › ${word}`),
  )
  expect(cells.length).toBeGreaterThan(60)
})

const oneUpload = 'operations: { put: { upload: { name: "$actor.id/a-$unique", content: x } } }\n'
const allAllowed = 'expect: { visitor: { "*": deny }, "*": { "*": allow } }\n'

describe('cells that cannot be tried are reported before any is tried', { timeout: patience }, () => {
  test('a bucket that is not there', async () => {
    const { code, err } = await runAlone(`matrix: one\nresource: { bucket: documnets }\n${oneUpload}${allAllowed}`)
    expect(code).toBe(2)
    expect(err).toMatch(/one\.matrix\.yaml:2:\d+: found no bucket `documnets`, expected a bucket of the target/)
  })

  test.each([
    [
      'an object larger than its bucket allows',
      'b-$unique.png',
      'x'.repeat(33),
      'image/png',
      /exceeded\s+the\s+maximum/,
    ],
    ['an object of a type that its bucket refuses', 'b-$unique.txt', 'x', 'text/html', /mime\s+type\s+text\/html/],
  ])('%s', async (_, name, content, type, why) => {
    const { code, text } = await runAlone(
      `matrix: one\nresource: { bucket: pictures }\n` +
        `fixtures: { f: { name: "$actor.id/${name}", content: ${content}, content_type: ${type} } }\n` +
        `operations: { read: { download: f } }\n${allAllowed}`,
    )
    expect(code).toBe(2)
    expect(text).toMatch(/the object\s+\S+\s+of the bucket pictures could not be made/)
    expect(text).toMatch(why)
  })

  test('a bucket that exists already', async () => {
    const world = 'world:\n  taken: { table: storage.buckets, values: { id: documents } }\n'
    const files = { 'matrices/actors.yaml': `${storageFiles['matrices/actors.yaml']}${world}` }
    const root = asStaging(storageWorkspace(files), sandbox)
    const { code, text } = await trespass(['run', '--workspace', root, '--target', 'staging'])
    expect(code).toBe(2)
    expect(text).toMatch(/storage\.buckets holds documents already, and a run touches only what it makes/)
    expect(await sandbox.query("select id from storage.buckets where id = 'documents'")).toHaveLength(1)
  })
})
