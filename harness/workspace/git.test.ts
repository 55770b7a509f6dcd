import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gitState } from './git.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-git-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const git = (...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-C', root, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()

test('a folder outside of a work tree has no state', async () => {
  expect(await gitState(root)).toBeNull()
})

test('a work tree without a commit has no state', async () => {
  git('init')
  expect(await gitState(root)).toBeNull()
})

test('a work tree has a revision and is dirty after a change', async () => {
  git('init')
  git('commit', '--allow-empty', '-m', 'first')
  const revision = git('rev-parse', 'HEAD')
  const workspace = join(root, 'workspace')
  mkdirSync(workspace)
  expect(await gitState(workspace)).toEqual({ revision, dirty: false })
  writeFileSync(join(root, 'new.txt'), '')
  expect(await gitState(workspace)).toEqual({ revision, dirty: true })
})
