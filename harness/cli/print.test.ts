import { afterEach, describe, expect, it, test, vi } from 'vitest'
import { TrespassError } from '../errors.ts'
import { explain } from './print.ts'

afterEach(() => vi.restoreAllMocks())

/** @returns the text that is printed for an error, and the exit code. */
function explained(error: Error): { readonly text: string; readonly code: number } {
  let text = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk)
    return true
  })
  const code = explain(error)
  return { text, code }
}

describe('an error of the file system', () => {
  it.each([
    ['EACCES', 'this user may not write there'],
    ['EROFS', 'the file system is read-only'],
    ['ENOSPC', 'the disk is full'],
  ])('%s names the file and is no bug', (code, why) => {
    const error = Object.assign(new Error(`${code}: mkdir '/srv/project'`), { code, path: '/srv/project' })
    const found = `trespass: found /srv/project, which cannot be used (${code}): ${why}\n`
    expect(explained(error)).toEqual({ text: expect.stringContaining(found), code: 2 })
  })

  it('without a permission code is a bug', () => {
    const error = Object.assign(new Error('EBADF'), { code: 'EBADF', path: '/srv/project' })
    expect(explained(error).text).toContain('a bug in Trespass')
  })
})

test('an error contains the next step and the section of the documentation about it', () => {
  const error = new TrespassError('no-key', 'public.pages has no primary key', {
    hint: 'Name its columns under `key`.',
  })
  const lines = [
    'trespass: public.pages has no primary key',
    '  Name its columns under `key`.',
    '  see docs/errors.md#no-key',
  ]
  expect(explained(error)).toEqual({ text: lines.map((line) => `${line}\n`).join(''), code: 2 })
})
