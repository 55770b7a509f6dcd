import { expect, test, vi } from 'vitest'
import { release, use } from './path-users.ts'

const [one, other] = ['http://127.0.0.1:54321', 'http://127.0.0.1:54331']

test('the last runner that uses a path closes its connections', async () => {
  const path = { close: vi.fn(async () => {}) }
  use(path, one)
  use(path, one)
  await release(path, one)
  expect(path.close).not.toHaveBeenCalled()
  await release(path, one)
  expect(path.close.mock.calls).toEqual([[one]])
})

test('a path that is used again afterwards is closed again', async () => {
  const path = { close: vi.fn(async () => {}) }
  for (const times of [1, 2]) {
    use(path, one)
    await release(path, one)
    expect(path.close).toHaveBeenCalledTimes(times)
  }
})

test('a runner on one project closes no connection to another', async () => {
  const path = { close: vi.fn(async () => {}) }
  use(path, one)
  use(path, other)
  await release(path, other)
  expect(path.close.mock.calls).toEqual([[other]])
  await release(path, one)
  expect(path.close.mock.calls).toEqual([[other], [one]])
})

test('a path without connections is released', async () => {
  const path = {}
  use(path, one)
  await expect(release(path, one)).resolves.toBeUndefined()
})
