import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { placeInRepository } from './repository.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trespass-repository-'))
  await mkdir(join(root, 'apps', 'the api'), { recursive: true })
})
afterEach(() => rm(root, { recursive: true, force: true }))

it('returns the path from the root of the repository', async () => {
  await mkdir(join(root, '.git'))
  expect(await placeInRepository(root)).toBe('')
  expect(await placeInRepository(join(root, 'apps', 'the api'))).toBe('apps/the api/')
})

it('stops at the nearest one, also where .git is a file', async () => {
  await mkdir(join(root, '.git'))
  await writeFile(join(root, 'apps', '.git'), 'gitdir: elsewhere')
  expect(await placeInRepository(join(root, 'apps', 'the api'))).toBe('the api/')
})

it('knows of none outside of a repository', async () => {
  expect(await placeInRepository(join(root, 'apps'))).toBeNull()
})
