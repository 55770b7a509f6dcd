import { randomUUID } from 'node:crypto'
import { mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { beforeEach, expect, it } from 'vitest'
import { makeTemporaryFolder } from '../test-support.ts'
import { FileStore } from './files.ts'

let folder: string
let files: FileStore
beforeEach(async () => {
  folder = await makeTemporaryFolder()
  files = new FileStore(folder)
  await files.prepare()
})

const left = async () => [...(await readdir(join(folder, 'objects'))), ...(await readdir(join(folder, 'arriving')))]

async function kept(text: string): Promise<string> {
  const version = randomUUID()
  await files.receive(version, Readable.from([Buffer.from(text)]), 100)
  await files.keep(version)
  return version
}

async function textOf(version: string): Promise<string | undefined> {
  const file = await files.open(version)
  if (file === undefined) return undefined
  return await file.readFile('utf8').finally(() => file.close())
}

it('returns the size and the tag of the bytes that arrived', async () => {
  const arrived = await files.receive(randomUUID(), Readable.from([Buffer.from('hello')]), 5)
  expect(arrived).toMatchObject({ size: 5, eTag: '"5d41402abc4b2a76b9719d911017c592"' })
})

it('keeps nothing of a stream that is too long, breaks off or cannot be written', async () => {
  await expect(files.receive(randomUUID(), Readable.from([Buffer.from('hello')]), 4)).rejects.toMatchObject({
    statusCode: 413,
  })
  async function* broken() {
    yield Buffer.from('he')
    throw new Error('cut off')
  }
  await expect(files.receive(randomUUID(), Readable.from(broken()), 100)).rejects.toMatchObject({
    statusCode: 500,
    message: 'cut off',
  })
  const inTheWay = randomUUID()
  await mkdir(join(folder, 'other'))
  await symlink(join(folder, 'other'), join(folder, 'arriving', inTheWay))
  await expect(files.receive(inTheWay, Readable.from([Buffer.from('x')]), 100)).rejects.toMatchObject({
    statusCode: 500,
    code: 'InternalError',
  })
  expect(await left()).toEqual([])
})

it.runIf(process.platform === 'linux')('a full disk is an error of the service', async () => {
  const version = randomUUID()
  await symlink('/dev/full', join(folder, 'arriving', version))
  await expect(files.receive(version, Readable.from([Buffer.from('x')]), 100)).rejects.toMatchObject({
    statusCode: 500,
    code: 'InternalError',
    message: 'ENOSPC: no space left on device, write',
  })
  expect(await left()).toEqual([])
})

it('lets bytes have several names and lose them one by one', async () => {
  const first = await kept('hello')
  const second = randomUUID()
  await files.copy(first, second)
  await files.keep(second)
  await files.remove([first, null])
  expect([await textOf(first), await textOf(second)]).toEqual([undefined, 'hello'])
  await expect(files.copy(first, randomUUID())).rejects.toMatchObject({ statusCode: 404, code: 'NoSuchKey' })
})

it('removes nothing between a lookup and the reading that follows it', async () => {
  const version = await kept('hello')
  let looked = () => {}
  const lookup = new Promise<void>((resolve) => {
    looked = resolve
  })
  const reading = files.hold(async () => {
    await lookup
    return await files.open(version)
  })
  const removal = files.remove([version])
  looked()
  const file = await reading
  await removal
  expect(await left()).toEqual([])
  expect(await file?.readFile('utf8')).toBe('hello')
  await file?.close()
})

it.each(['../password', '/etc/passwd', '', 'x'])('opens nothing but versions of its own: %j', async (version) => {
  expect(await files.open(version)).toBeUndefined()
  await expect(files.copy(version, randomUUID())).rejects.toMatchObject({ statusCode: 404 })
  await files.remove([version])
})
