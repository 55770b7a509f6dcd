import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bytesAt, committedFile, gitState } from './git.ts'

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

describe('a committed file', () => {
  const file = 'supabase/migrations/1.sql'
  const write = (text: string) => {
    mkdirSync(join(root, 'supabase/migrations'), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  const commit = (text: string) => {
    write(text)
    git('add', '.')
    git('commit', '-m', 'one')
    return git('rev-parse', 'HEAD')
  }

  test('comes with the commit that changed it last', async () => {
    git('init')
    const revision = commit('select 1;\n')
    git('commit', '--allow-empty', '-m', 'another')
    expect(await committedFile(root, file)).toEqual({ revision, bytes: Buffer.from('select 1;\n') })
    commit('select 2;\n')
    expect(await bytesAt(root, revision, file)).toEqual(Buffer.from('select 1;\n'))
    expect(await bytesAt(root, revision, 'other.sql')).toBeNull()
    expect(await bytesAt(root, 'f'.repeat(40), file)).toBeNull()
  })

  test('is found from a folder below the top of the work tree', async () => {
    git('init')
    commit('select 1;\n')
    const { bytes } = await committedFile(join(root, 'supabase'), 'migrations/1.sql')
    expect(bytes.toString()).toBe('select 1;\n')
  })

  test('is refused outside of Git, before it is committed, and when the working copy differs', async () => {
    write('select 1;\n')
    await expect(committedFile(root, file)).rejects.toMatchObject({ code: 'not-in-git' })
    git('init')
    await expect(committedFile(root, file)).rejects.toMatchObject({ code: 'not-committed' })
    git('commit', '--allow-empty', '-m', 'first')
    git('add', '.')
    await expect(committedFile(root, file)).rejects.toMatchObject({ code: 'not-committed' })
    commit('select 1;\n')
    write('select 2;\n')
    await expect(committedFile(root, file)).rejects.toMatchObject({ code: 'not-as-committed' })
    git('update-index', '--assume-unchanged', file)
    await expect(committedFile(root, file)).rejects.toMatchObject({ code: 'not-as-committed' })
    rmSync(join(root, file))
    await expect(committedFile(root, file)).rejects.toThrow('is not there in the working copy')
  })
})
