import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { processStart } from './process-start.ts'

test('two reads of one process agree, and another process differs', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const start = processStart(child.pid ?? 0)
  expect(start).toMatch(/\S/)
  expect(processStart(child.pid ?? 0)).toBe(start)
  expect(processStart(process.pid)).not.toBe(start)
  child.kill()
  await once(child, 'close')
})

test('an ended process has no start', () => {
  expect(processStart(spawnSync(process.execPath, ['--version']).pid)).toBeNull()
})
