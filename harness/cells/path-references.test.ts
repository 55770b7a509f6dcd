import { expect, test, vi } from 'vitest'
import { releasePath, retainPath } from './path-references.ts'

const [one, other] = ['http://127.0.0.1:54321', 'http://127.0.0.1:54331']

test('the last runner that uses a path closes its connections', async () => {
  const path = { close: vi.fn(async () => {}) }
  retainPath(path, one)
  retainPath(path, one)
  await releasePath(path, one)
  expect(path.close).not.toHaveBeenCalled()
  await releasePath(path, one)
  expect(path.close.mock.calls).toEqual([[one]])
})

test('a path that is used again afterwards is closed again', async () => {
  const path = { close: vi.fn(async () => {}) }
  for (const times of [1, 2]) {
    retainPath(path, one)
    await releasePath(path, one)
    expect(path.close).toHaveBeenCalledTimes(times)
  }
})

test('a runner on one project closes no connection to another', async () => {
  const path = { close: vi.fn(async () => {}) }
  retainPath(path, one)
  retainPath(path, other)
  await releasePath(path, other)
  expect(path.close.mock.calls).toEqual([[other]])
  await releasePath(path, one)
  expect(path.close.mock.calls).toEqual([[other], [one]])
})

test('a path without connections is released', async () => {
  const path = {}
  retainPath(path, one)
  await expect(releasePath(path, one)).resolves.toBeUndefined()
})
