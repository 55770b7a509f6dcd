import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { filesBelow } from './report.ts'
import { smallCells, smallFiles, smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { type Calling, patience, repository, type Started, startNode, writeFiles } from './support.ts'

const vitestFile = 'matrices/notes.matrix.yaml'
const notes = smallFiles[vitestFile]
const denied = notes.replace('    rename own: allow', '    rename own: deny')
const config = `import { trespass } from 'trespass/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({ plugins: [trespass()] })
`

let sandbox: StandingSandbox
let before: Record<string, readonly string[]>
let root: string

/** A workspace with packages of its own, as somebody else has it. */
function packagedWorkspace(): string {
  const made = asStaging(
    smallWorkspace({ 'vitest.config.ts': config, 'package.json': '{ "type": "module" }' }),
    sandbox,
  )
  mkdirSync(join(made, 'node_modules'))
  symlinkSync(repository, join(made, 'node_modules/trespass'))
  symlinkSync(join(repository, 'node_modules/vitest'), join(made, 'node_modules/vitest'))
  return made
}

function vitest(args: readonly string[], env: Calling['env'] = { TRESPASS_TARGET: 'staging' }): Started {
  return startNode([join(root, 'node_modules/vitest/vitest.mjs'), ...args], { cwd: root, env })
}

beforeAll(async () => {
  sandbox = await standingSandbox(smallWorkspace())
  before = await rowsOf(sandbox, smallTables)
  root = packagedWorkspace()
}, patience)

async function expectSwept(): Promise<void> {
  expect(await rowsOf(sandbox, smallTables)).toEqual(before)
  expect(filesBelow(join(root, '.trespass'))).toEqual({})
}

describe('Vitest with the plugin', { timeout: patience }, () => {
  test('run makes every cell a test, in a sandbox of its own', async () => {
    const { code, out, text } = await vitest(['run'], {}).ended
    expect(code, text).toBe(0)
    expect(out).toMatch(new RegExp(`Tests +${smallCells} passed \\(${smallCells}\\)`))
    expect(filesBelow(join(root, '.trespass'))).toEqual({})
  })

  test('-t chooses cells, --reporter=junit names them, and all is swept', async () => {
    const { code, out, text } = await vitest(['run', '-t', 'alice rename', '--reporter=junit']).ended
    expect(code, text).toBe(0)
    expect(out).toContain('<testcase classname="matrices/notes.matrix.yaml" name="notes &gt; alice &gt; rename own"')
    expect(out.match(/<skipped\/>/g)).toHaveLength(smallCells - 2)
    await expectSwept()
  })

  test('--shard divides the matrices', async () => {
    const one = await vitest(['run', '--shard=1/2', '--reporter=json']).ended
    const two = await vitest(['run', '--shard=2/2', '--reporter=json']).ended
    const count = (text: string) => Number(/"numPassedTests":(\d+)/.exec(text)?.[1])
    expect([one.code, two.code, count(one.out) + count(two.out)], one.text + two.text).toEqual([0, 0, smallCells])
  })

  test('list names the cells', async () => {
    const { code, out } = await vitest(['list']).ended
    expect([code, out.match(/^matrices\/.+ > .+ > .+ > .+$/gm)?.length]).toEqual([0, smallCells])
  })

  test('a cell that is not held fails with the line of its matrix', async () => {
    writeFiles(root, { [vitestFile]: denied })
    const { code, text } = await vitest(['run']).ended
    writeFiles(root, { [vitestFile]: notes })
    expect(code, text).toBe(1)
    expect(text).toMatch(/FAIL +matrices\/notes\.matrix\.yaml > notes > alice > rename own/)
    expect(text).toMatch(/breach: /)
    expect(text).toMatch(/matrices\/notes\.matrix\.yaml:20:\d+/)
    expect(text).toMatch(/Tests +2 failed \| 34 passed/)
    await expectSwept()
  })

  test('a mistake in a matrix is told with its place', async () => {
    writeFiles(root, { [vitestFile]: notes.replace('alice, guest:', 'alicia, guest:') })
    const { code, text } = await vitest(['run']).ended
    writeFiles(root, { [vitestFile]: notes })
    expect(code, text).toBe(1)
    expect(text).toMatch(/notes\.matrix\.yaml:17:3: found the actor `alicia`[\s\S]*did you mean `alice`\?/)
  })

  test('a pattern that matches nothing is no success', async () => {
    const { code, text } = await vitest(['run', '-t', 'nobody']).ended
    expect(code, text).toBe(1)
    expect(text).toContain('no cell was collected, so nothing was tried')
  })

  test('watch runs a matrix again when it changes, and sweeps when it is stopped', async () => {
    const { child, ended, says, said } = vitest(['--watch'])
    await says(new RegExp(`Tests +${smallCells} passed`))
    writeFiles(root, { [vitestFile]: denied })
    await says(/Tests +2 failed \| 18 passed/)
    writeFiles(root, { [vitestFile]: notes })
    await says(/2 failed[\s\S]*Tests +20 passed/)
    child.kill('SIGINT')
    const { code } = await ended
    expect(code, said()).toBe(130)
    expect(existsSync(join(root, '.trespass/run.lock'))).toBe(false)
    await expectSwept()
  })
})
