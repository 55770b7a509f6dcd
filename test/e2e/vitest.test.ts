import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { obeyedLines } from '../support/hostile-texts.ts'
import { evidenceOf, keptFiles } from './report.ts'
import { smallCells, smallFiles, smallTables, smallWorkspace } from './small-workspace.ts'
import { asStaging, rowsOf, type StandingSandbox, standingSandbox } from './standing-sandbox.ts'
import { type Calling, patience, repository, type Started, startNode, trespass, writeFiles } from './support.ts'

const vitestFile = 'matrices/notes.matrix.yaml'
const notes = smallFiles[vitestFile]
const denied = notes.replace('    rename own: allow', '    rename own: deny')
const everyoneReads = 'create policy "everyone reads" on public.notes for select to authenticated using (true);\n'
const config = `import { trespass } from 'trespass/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({ plugins: [trespass()] })
`

/** Prints the record of every cell. */
const recordsReporter = `export default class {
  onTestCaseResult(test) {
    const { trespass: record } = test.meta()
    if (record === undefined) return
    console.log('record ' + JSON.stringify([record.id, record.verdict, record.denial, record.because]))
  }
}
`

/** Prints when a test run begins and when it ends. */
const testRunsReporter = `export default class {
  onTestRunStart() {
    console.log('test run begins')
  }
  onTestRunEnd() {
    console.log('test run ends')
  }
}
`

let sandbox: StandingSandbox
let before: Record<string, readonly string[]>
let root: string

/** A workspace with packages of its own, like a user's. */
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
  expect(keptFiles(root)).toEqual([])
}

describe('Vitest with the plugin', { timeout: patience }, () => {
  test('run makes every cell a test, in a sandbox of its own', async () => {
    const { code, out, text } = await vitest(['run'], {}).ended
    expect(code, text).toBe(0)
    expect(out).toMatch(new RegExp(`Tests +${smallCells} passed \\(${smallCells}\\)`))
    expect(keptFiles(root)).toEqual([])
  })

  test('-t chooses cells, --reporter=junit names them, and all is swept', async () => {
    const { code, out, text } = await vitest(['run', '-t', 'alice rename', '--reporter=junit']).ended
    expect(code, text).toBe(0)
    expect(out).toContain('<testcase classname="matrices/notes.matrix.yaml" name="notes &gt; alice &gt; rename own"')
    expect(out.match(/<skipped\/>/g)).toHaveLength(smallCells - 2)
    await expectSwept()
  })

  test.each(['1/2', '2/2'])('shard %s has the cells and the verdicts that `trespass run` gives it', async (shard) => {
    writeFiles(root, { [vitestFile]: denied, 'records.js': recordsReporter })
    const tests = await vitest(['run', `--shard=${shard}`, '--reporter=./records.js']).ended
    const run = await trespass(['run', '--target', 'staging', '--workspace', root, '--shard', shard])
    writeFiles(root, { [vitestFile]: notes })
    const { cells } = await evidenceOf(run)
    const told = tests.out
      .split('\n')
      .flatMap((line) => (line.startsWith('record ') ? [JSON.parse(line.slice(7))] : []))
    expect(told.length, tests.text).toBeGreaterThan(0)
    const byId = (one: readonly (string | null)[], other: readonly (string | null)[]) =>
      (one[0] ?? '') < (other[0] ?? '') ? -1 : 1
    expect(told.toSorted(byId)).toEqual(
      cells.map(({ id, verdict, denial, because }) => [id, verdict, denial, because]).toSorted(byId),
    )
    expect(tests.code).toBe(run.code)
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
    expect(existsSync(join(root, 'node_modules/.vite'))).toBe(false)
    await expectSwept()
  })

  test('a name that holds a command of a CI system is printed as text, and its cell runs', async () => {
    const hostile = JSON.stringify('rename own ##[add-mask]held ::stop-commands::token \u202e')
    writeFiles(root, { [vitestFile]: denied.replaceAll('rename own:', `${hostile}:`) })
    const env = { TRESPASS_TARGET: 'staging', NO_COLOR: '1' }
    const { code, out, err, text } = await vitest(['run', vitestFile, '--reporter=verbose'], env).ended
    writeFiles(root, { [vitestFile]: notes })
    expect(code, text).toBe(1)
    expect(text).toContain('rename own # #[add-mask]held ::stop-commands::token \\u202e')
    expect([out, err].flatMap(obeyedLines)).toEqual([])
    expect(text).toMatch(/notes\.matrix\.yaml, line 20, column \d+/)
    expect(text).toMatch(/Tests +2 failed \| 18 passed/)
  })

  test('a mistake in a matrix is reported with its place', async () => {
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

  test('watch opens the target again when its schema has changed since', async () => {
    const { child, ended, says, said } = vitest(['--watch'])
    await says(new RegExp(`Tests +${smallCells} passed`))
    await sandbox.query(everyoneReads)
    writeFiles(root, { [vitestFile]: `${notes}# changed\n` })
    await says(new RegExp(`opening the target again[\\s\\S]*Tests +4 failed \\| ${smallCells - 4} passed`))
    await sandbox.query('drop policy "everyone reads" on public.notes')
    writeFiles(root, { [vitestFile]: notes })
    await says(new RegExp(`4 failed[\\s\\S]*opening the target again[\\s\\S]*Tests +${smallCells} passed`))
    child.kill('SIGINT')
    expect((await ended).code, said()).toBe(130)
    await expectSwept()
  })
})

describe('Vitest in watch mode on a sandbox of its own', { timeout: patience }, () => {
  const migration = 'supabase/migrations/1_notes.sql'
  const sql = smallFiles[migration]
  const watching = (...more: readonly string[]) => {
    const started = vitest(['--watch', ...more], {})
    /** Waits until the tests after a change have ended, and returns the output since. */
    const afterChange = async (change: () => void, ending: RegExp) => {
      const before = started.said().length
      change()
      await started.says(new RegExp(`^[\\s\\S]{${before},}${ending.source}`))
      return started.said().slice(before)
    }
    return { ...started, afterChange }
  }

  test('a policy that a migration opens is a breach at once, and one that it closes holds again', async () => {
    const { child, ended, says, said, afterChange } = watching()
    await says(new RegExp(`Tests +${smallCells} passed`))
    const opened = await afterChange(
      () => writeFiles(root, { [migration]: `${sql}${everyoneReads}` }),
      /Tests +.* passed/,
    )
    expect(opened).toMatch(/FAIL[\s\S]*notes > alice > read theirs[\s\S]*breach:/)
    expect(opened).toMatch(/Tests +4 failed \| 32 passed/)
    await afterChange(() => writeFiles(root, { [migration]: sql }), new RegExp(`Tests +${smallCells} passed`))
    // A matrix that changes runs alone, and the sandbox stays.
    const alone = await afterChange(() => writeFiles(root, { [vitestFile]: denied }), /Tests +2 failed \| 18 passed/)
    expect(alone).not.toContain('opening the target again')
    await afterChange(() => writeFiles(root, { [vitestFile]: notes }), /Tests +20 passed/)
    child.kill('SIGINT')
    expect((await ended).code, said()).toBe(130)
    expect(keptFiles(root)).toEqual([])
  })

  test('a file that changes while the target is opened again counts, and no test run begins beside another', async () => {
    writeFiles(root, { 'test-runs.js': testRunsReporter })
    const { child, ended, says, said, afterChange } = watching('--reporter=default', '--reporter=./test-runs.js')
    await says(new RegExp(`Tests +${smallCells} passed`))
    await afterChange(() => writeFiles(root, { [migration]: `${sql}${everyoneReads}` }), /opening the target again/)
    await afterChange(
      () => writeFiles(root, { [migration]: sql }),
      new RegExp(`test run ends[\\s\\S]*Tests +${smallCells} passed[\\s\\S]*test run ends`),
    )
    const alone = await afterChange(() => writeFiles(root, { [vitestFile]: denied }), /Tests +2 failed \| 18 passed/)
    expect(alone).not.toContain('opening the target again')
    await afterChange(() => writeFiles(root, { [vitestFile]: notes }), /Tests +20 passed/)
    child.kill('SIGINT')
    expect((await ended).code, said()).toBe(130)
    const marks = said().match(/test run (?:begins|ends)/g) ?? []
    expect(marks.join()).toMatch(/^(?:test run begins,test run ends,?)+$/)
  })

  test('a migration that comes or goes counts, and a broken one fails every matrix with the reason', async () => {
    const { child, ended, says, said, afterChange } = watching()
    await says(new RegExp(`Tests +${smallCells} passed`))
    const added = 'supabase/migrations/3_open.sql'
    const opened = await afterChange(() => writeFiles(root, { [added]: everyoneReads }), /Tests +.* passed/)
    expect(opened).toMatch(/Tests +4 failed \| 32 passed/)
    const broken = await afterChange(() => writeFiles(root, { [added]: 'create polici;' }), /Test Files +2 failed/)
    expect(broken).toMatch(/the target was not opened again after a change: [\s\S]*3_open\.sql:1:\d+: 42601/)
    expect(broken).not.toMatch(/Tests +\d+ passed/)
    await afterChange(() => rmSync(join(root, added)), new RegExp(`Tests +${smallCells} passed`))
    child.kill('SIGINT')
    expect((await ended).code, said()).toBe(130)
  })
})
