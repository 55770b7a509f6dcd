import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type CountingServer, countingServer } from './counting-server.ts'
import { smallFiles, smallWorkspace } from './small-workspace.ts'
import { standingSandbox } from './standing-sandbox.ts'
import { patience, temporaryFolder, trespass, writeFiles } from './support.ts'

const notesFile = 'matrices/notes.matrix.yaml'
const notes = smallFiles[notesFile]
const actors = smallFiles['matrices/actors.yaml']

/** The matrix with one text replaced by another. */
function changed(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`nothing reads ${from}`)
  return text.replace(from, to)
}

const inNotes = (from: string, to: string) => ({ [notesFile]: changed(notes, from, to) })
const inActors = (from: string, to: string) => ({ 'matrices/actors.yaml': changed(actors, from, to) })

/** Runs a workspace against a server that counts, and returns the output and the requests. */
async function attempt(root: string, server: CountingServer, config: Readonly<Record<string, string>> = {}) {
  writeFiles(root, { '.env.staging': server.lines, ...config })
  const { code, out, err } = await trespass(['run', '--workspace', root, '--target', 'staging'])
  return { code, out, err }
}

describe('a mistake in a file is reported with its place before anything is sent', { timeout: patience }, () => {
  test.concurrent.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'an unknown actor',
      inNotes('alice, guest:', 'alicia, guest:'),
      ['notes.matrix.yaml:17:3: found the actor `alicia`', 'did you mean `alice`?'],
    ],
    [
      'an unknown fixture',
      inNotes('select: theirs', 'select: their'),
      ['notes.matrix.yaml:10:28: found the fixture `their`', 'did you mean `theirs`?'],
    ],
    [
      'an unknown key',
      inNotes('set: { title: defaced }', 'sett: { title: defaced }'),
      ['notes.matrix.yaml:13:', 'found the key `sett`', 'did you mean `set`?'],
    ],
    [
      'an unknown invariant',
      inNotes('NOTE-1: A', 'NOTE-2: A'),
      ['notes.matrix.yaml:9:', 'found the invariant `NOTE-1`', 'did you mean `NOTE-2`?'],
    ],
    [
      'an expectation for an undeclared operation',
      inNotes('    create:     allow', '    craete:     allow'),
      ['notes.matrix.yaml:19:5: found an expectation for the operation `craete`', 'did you mean `create`?'],
    ],
    [
      'an expectation that is none',
      inNotes('create:     allow', 'create:     alow'),
      ['notes.matrix.yaml:19:17: found', '`alow`', 'did you mean `allow`?'],
    ],
    [
      'a name that is there twice',
      inNotes('  theirs: {', '  own:    {'),
      ['notes.matrix.yaml:7:3: found', 'own', 'once'],
    ],
    ['YAML that does not parse', inNotes('matrix: notes', 'matrix: [notes'), ['notes.matrix.yaml:', 'expected']],
    [
      'a matrix that collects no cell',
      { [notesFile]: `${notes.slice(0, notes.indexOf('expect:'))}expect:\n  "*": { "*": n/a }\n` },
      ['notes.matrix.yaml:15:3: found no cell'],
    ],
    ['no matrices at all', { [notesFile]: '', 'matrices/comments.matrix.yaml': '' }, ['matrices:1:1: found no matrix']],
    ['no actors file', { 'matrices/actors.yaml': '' }, ['matrices', 'found', 'actors.yaml']],
    [
      'two matrices with one name',
      { 'matrices/other.matrix.yaml': notes },
      ['other.matrix.yaml:1:9: found the matrix `notes`', 'notes.matrix.yaml', 'a name of its own'],
    ],
    [
      'a privileged key as an actor',
      inActors('kind: anon }', 'kind: service_role }'),
      ['actors.yaml:2:', 'service_role', 'expected'],
    ],
    [
      'a file outside of the workspace',
      inNotes('title: mine', 'title: { $file: ../../outside.json }'),
      ['notes.matrix.yaml:6:', 'outside the workspace'],
    ],
    [
      'a row of nobody',
      inNotes('owner_id: $actor.id, title: "new $unique"', 'title: new'),
      ['notes.matrix.yaml:11:', 'a new row that holds nothing of this run', '$unique'],
    ],
    [
      'a wrong value in trespass.config.ts',
      { 'trespass.config.ts': 'export default {\n  concurrency: 0,\n}\n' },
      ['trespass.config.ts:2:', 'found 0', 'a whole number from 1 to 64'],
    ],
  ])('%s', async (_, files, said) => {
    const server = await countingServer()
    const { code, out, err } = await attempt(smallWorkspace(files), server)
    expect([code, out, server.requests], err).toEqual([2, '', []])
    for (const text of said) expect(err).toContain(text)
    expect(err).toMatch(/expected/)
    expect(err).not.toContain('a bug in Trespass')
  })

  test.concurrent('a link that leads out of the workspace', async () => {
    const server = await countingServer()
    const root = smallWorkspace(inNotes('title: mine', 'title: { $file: payload.json }'))
    const outside = temporaryFolder()
    writeFiles(outside, { 'payload.json': '"taken from elsewhere"' })
    symlinkSync(join(outside, 'payload.json'), join(root, 'matrices/payload.json'))
    const { code, out, err } = await attempt(root, server)
    expect([code, out, server.requests], err).toEqual([2, '', []])
    expect(err).toMatch(/notes\.matrix\.yaml:6:\d+: found the file `payload\.json`, a link out of the workspace/)
    expect(err).not.toContain('taken from elsewhere')
  })

  test.concurrent('several mistakes are reported together', async () => {
    const server = await countingServer()
    const twice = changed(changed(notes, 'select: theirs', 'select: their'), 'alice, guest:', 'alicia, guest:')
    const { code, err } = await attempt(smallWorkspace({ [notesFile]: twice }), server)
    expect([code, server.requests]).toEqual([2, []])
    expect(err).toMatch(/:10:28:[\s\S]*:17:3:|:17:3:[\s\S]*:10:28:/)
  })
})

describe('a mistake that only the database shows is reported before anything is made', { timeout: patience }, () => {
  let server: CountingServer
  let allowed: string

  beforeAll(async () => {
    const sandbox = await standingSandbox(smallWorkspace())
    server = await countingServer(sandbox.variables.TRESPASS_DATABASE_URL)
    // The server cannot be identified as a project's: the refusal contains the line that allows it.
    const { err } = await attempt(smallWorkspace(), server)
    allowed = /staging: \{ writes: \{ allowed: '[^']+' \} \}/.exec(err)?.[0] ?? ''
    server.requests.length = 0
  }, patience)

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'an unknown column of a fixture',
      inNotes('title: theirs', 'titel: theirs'),
      /notes\.matrix\.yaml:7:\d+: found the column `titel`, expected[\s\S]*did you mean `title`\?/,
    ],
    [
      'an unknown column that is written',
      inNotes('set: { title: renamed }', 'set: { titel: renamed }'),
      /notes\.matrix\.yaml:12:\d+: found the column `titel`, expected[\s\S]*did you mean `title`\?/,
    ],
    [
      'an unknown table',
      inNotes('public.notes', 'public.note'),
      /notes\.matrix\.yaml:2:\d+: found[^\n]*`public\.note`[\s\S]*did you mean `public\.notes`\?/,
    ],
    [
      'an unknown column of the world',
      inActors('name: "Top', 'nome: "Top'),
      /actors\.yaml:7:\d+: found the column `nome`/,
    ],
  ])('%s', async (_, files, said) => {
    const config = { 'trespass.config.ts': `export default { targets: { ${allowed} } }` }
    const { code, out, err } = await attempt(smallWorkspace(files), server, config)
    expect([code, out], err).toEqual([2, ''])
    expect(err).toMatch(said)
    // The inventory is read in addition to the catalog.
    const reads = ['GET /auth/v1/health', 'GET /auth/v1/settings', 'GET /rest/v1/trespass_no_such_table']
    expect([...new Set(server.requests)].sort()).toEqual(reads)
  })
})
