import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { smallWorkspace } from './small-workspace.ts'
import { patience, repository, trespass } from './support.ts'

const root = smallWorkspace()

const refused = async (...args: string[]) => {
  const { code, out, err } = await trespass(args)
  expect([code, out]).toEqual([2, ''])
  return err
}

describe('the command line', { timeout: patience }, () => {
  test.concurrent.each([
    [
      'the overview',
      [],
      /usage: trespass <command>[\s\S]*run[\s\S]*sandbox[\s\S]*doctor[\s\S]*cleanup[\s\S]*exit codes/,
    ],
    ['the overview when asked', ['--help'], /usage: trespass <command>/],
    ['the flags of a command', ['run', '--help'], /--target ALIAS[\s\S]*-t, --test-name[\s\S]*--with-hole NAME/],
    ['the version', ['--version'], /^\d+\.\d+\.\d+\n$/],
  ])('shows %s', async (_, args, shown) => {
    const { code, out, err } = await trespass(args)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(shown)
  })

  test.concurrent.each([
    ['an unknown command', ['rnu'], 'found the command rnu', 'did you mean `run`?'],
    ['an unknown flag', ['run', '--matirx', 'x'], 'found the flag --matirx', 'did you mean `matrix`?'],
    ['a short flag that is not there', ['run', '-x'], "'-x'", 'see --help'],
    ['a flag without its value', ['run', '--target'], "'--target", 'see --help'],
    ['a word that is no flag', ['run', 'documents'], 'found documents, expected flags only', '--matrix'],
    ['no number', ['run', '--concurrency', 'many'], 'found --concurrency many', 'a whole number from 1 to 64'],
    ['too many at once', ['run', '--concurrency', '65'], 'found --concurrency 65', 'a whole number from 1 to 64'],
    ['a shard beyond the last', ['run', '--shard', '3/2'], 'found --shard 3/2', 'such as 1/3'],
    ['no pattern', ['run', '-t', '('], 'found --test-name (', 'a regular expression'],
    ['two ways to choose cells', ['run', '-t', 'x', '--cell', 'y'], '--cell and --test-name', 'expected one of them'],
    ['an unknown word of sandbox', ['sandbox', 'stop'], 'found sandbox stop', 'start or reset'],
    ['a port that is none', ['sandbox', 'start', '--port', '0'], 'found --port 0', 'from 1 to 65535'],
    ['nothing to merge', ['merge', 'reports/one'], 'found 1 report folders', 'of all shards'],
    ['a folder that is not there', ['run', '--workspace', '/nowhere/at/all'], '/nowhere/at/all', '--workspace'],
    ['a folder to clean that is not there', ['cleanup', '--workspace', '/nowhere/at/all'], '/nowhere', '--workspace'],
  ])('refuses %s', async (_, args, found, mend) => {
    const err = await refused(...args)
    expect(err).toContain(found)
    expect(err).toContain(mend)
    expect(err).not.toContain('a bug in Trespass')
  })

  test('a sandbox that was never started is not reset', async () => {
    expect(await refused('sandbox', 'reset', '--workspace', root)).toMatch(/no running sandbox[\s\S]*sandbox start/)
  })
})

test('a long output is whole, however late its reader reads it', { timeout: patience }, async () => {
  const many = 5000
  const operations = Array.from({ length: many }, (_, n) => `  wrong ${n}: { selekt: '*' }`).join('\n')
  const matrix = `matrix: n\nresource: { table: public.n }\noperations:\n${operations}\nexpect: { guest: { '*': allow } }\n`
  const broken = smallWorkspace({ 'matrices/n.matrix.yaml': matrix })
  const command = [join(repository, 'bin', 'trespass.js'), 'run', '--workspace', broken]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] })
  // The part that does not fit into the pipe is still in the process when the reader begins.
  await once(child.stderr, 'readable')
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')])
  expect(said.match(/found no verb but `selekt`/g)).toHaveLength(many)
  expect(said.trimEnd().split('\n').at(-1)).toContain('see ')
})

test.skipIf(process.platform === 'win32')('a current folder that has been removed is named', async () => {
  const removed = mkdtempSync(join(tmpdir(), 'trespass-removed-'))
  const command = `rmdir "$PWD" && exec "$0" "$1" check`
  const child = spawn('sh', ['-c', command, process.execPath, join(repository, 'bin', 'trespass.js')], { cwd: removed })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  expect([code, said]).toEqual([
    2,
    'trespass: the current folder does not exist any more\n  Change into a folder that exists.\n',
  ])
})
