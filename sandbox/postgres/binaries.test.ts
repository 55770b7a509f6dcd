import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { postgresBinaries } from './binaries.ts'

let root = ''
let native = ''
let scratch = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sandbox-binaries-'))
  native = join(root, 'native')
  scratch = join(root, 'scratch')
  for (const folder of ['native/bin', 'native/lib', 'scratch']) await mkdir(join(root, folder), { recursive: true })
  for (const program of ['initdb', 'postgres']) await writeFile(join(native, 'bin', program), program, { mode: 0o644 })
  await writeFile(join(native, 'lib', 'libpq.so.5.17'), 'a library')
  const links = [{ source: 'native/lib/libpq.so.5.17', target: 'native/lib/libpq.so.5' }]
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'the-platform', version: '17.0.0' }))
})
afterEach(() => rm(root, { recursive: true }))

const link = (folder: string) => join(folder, 'lib', 'libpq.so.5')

describe('an installation without a run of its install script', () => {
  it('is completed in a copy and stays as it is', async () => {
    const { postgres, initdb, origin } = await postgresBinaries(undefined, scratch, root)
    const copy = join(scratch, 'native')
    expect([postgres, initdb]).toEqual([join(copy, 'bin', 'postgres'), join(copy, 'bin', 'initdb')])
    expect(origin).toBe('the-platform@17.0.0')
    expect((await stat(postgres)).mode & 0o111).toBe(0o111)
    expect(await readFile(link(copy), 'utf8')).toBe('a library')
    expect((await stat(join(native, 'bin', 'postgres'))).mode & 0o111).toBe(0)
    await expect(lstat(link(native))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a complete installation', () => {
  it('is used where it is', async () => {
    for (const program of ['initdb', 'postgres']) await chmod(join(native, 'bin', program), 0o755)
    await symlink('libpq.so.5.17', link(native))
    const { postgres } = await postgresBinaries(undefined, scratch, root)
    expect(postgres).toBe(join(native, 'bin', 'postgres'))
    expect(await readlink(link(native))).toBe('libpq.so.5.17')
  })
})
