import { expect, test, vi } from 'vitest'
import { release, use } from './path-users.ts'

test('the last runner that uses a path closes its connections', async () => {
  const path = { close: vi.fn(async () => {}) }
  use(path)
  use(path)
  await release(path)
  expect(path.close).not.toHaveBeenCalled()
  await release(path)
  expect(path.close).toHaveBeenCalledTimes(1)
})

test('a path that is used again afterwards is closed again', async () => {
  const path = { close: vi.fn(async () => {}) }
  for (const times of [1, 2]) {
    use(path)
    await release(path)
    expect(path.close).toHaveBeenCalledTimes(times)
  }
})

test('a path without connections is released', async () => {
  const path = {}
  use(path)
  await expect(release(path)).resolves.toBeUndefined()
})
