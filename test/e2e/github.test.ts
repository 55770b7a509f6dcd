import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reportOf } from './report.ts'
import { smallWorkspace } from './small-workspace.ts'
import { patience, trespass } from './support.ts'

const root = smallWorkspace()
const flags = ['run', '--workspace', root, '--matrix', 'notes', '--with-hole', 'everyone-reads']

describe('in a step of GitHub Actions', { timeout: patience }, () => {
  test('failures are marked on their lines, and the summary of the step is that of the report', async () => {
    mkdirSync(join(root, '.git'))
    const summary = join(root, 'step.md')
    const ended = await trespass(flags, { env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary } })
    expect(ended.code, ended.text).toBe(1)
    const commands = ended.out.split('\n').filter((line) => line.startsWith('::'))
    const at = 'file=matrices/notes\\.matrix\\.yaml,line=\\d+,col=\\d+'
    expect(commands.sort()).toEqual([
      expect.stringMatching(`^::error ${at},title=breach%3A notes › alice › list::.+%0Aalso as guest$`),
      expect.stringMatching(`^::error ${at},title=breach%3A notes › alice › read theirs::.+%0Aalso as guest$`),
    ])
    expect(readFileSync(summary, 'utf8')).toBe(readFileSync(join(reportOf(ended), 'summary.md'), 'utf8'))
  })
})
