import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { actorsText, matrixText } from '../../test/support/matrix-texts.ts'
import { type Problem, WorkspaceProblems } from '../errors.ts'
import { resolve } from '../model/references.ts'
import { paths } from '../paths/registry.ts'
import { loadMatrixFile, loadRoster, loadWorkspace } from './load.ts'

let outside: string
let root: string
let modules: Record<string, unknown>

beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'trespass-load-'))
  root = join(outside, 'workspace')
  modules = {}
  write('matrices/actors.yaml', actorsText)
})

afterEach(() => rmSync(outside, { recursive: true, force: true }))

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

function options() {
  return {
    root,
    paths,
    importModule: async (file: string): Promise<unknown> => {
      const exported = modules[file.slice(root.length + 1)]
      if (exported instanceof Error) throw exported
      return exported
    },
  }
}

async function problemsOf(only?: string): Promise<readonly Problem[]> {
  try {
    await loadWorkspace({ ...options(), ...(only === undefined ? {} : { only: [only] }) })
  } catch (error) {
    if (error instanceof WorkspaceProblems) return error.problems
    throw error
  }
  return []
}

function at(file: string, line = 1, column = 1) {
  return { file, line, column }
}

const withPayload = (written: string): string =>
  matrixText({ operations: `operations: { rename: { update: own, set: { $file: "${written}" } } }` })

test('a workspace is loaded whole: matrices in order, payloads, and the hash of every file', async () => {
  write('matrices/b.matrix.yaml', matrixText({ matrix: 'matrix: b' }))
  write('matrices/deep/a.matrix.yml', withPayload('../payloads/set.json').replace('documents', 'a'))
  write('matrices/payloads/set.json', '{\n\t"title": "from a file of $run"\n}\n')
  const { matrices, files, roster, groups } = await loadWorkspace(options())
  expect(matrices.map(({ matrix }) => [matrix.name, matrix.file])).toEqual([
    ['b', 'matrices/b.matrix.yaml'],
    ['a', 'matrices/deep/a.matrix.yml'],
  ])
  expect(matrices[1]?.matrix.operations[0]?.body).toEqual({ update: 'own', set: { title: 'from a file of $run' } })
  expect(matrices[1]?.locate(['operations', 'rename', 'set', 'title'])).toEqual(at('matrices/payloads/set.json', 2, 11))
  expect(files.map(({ file }) => file)).toEqual([
    'matrices/actors.yaml',
    'matrices/b.matrix.yaml',
    'matrices/deep/a.matrix.yml',
    'matrices/payloads/set.json',
  ])
  expect(files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true)
  expect([roster.actors.length, Object.keys(groups)]).toEqual([5, ['people', 'members']])
})

test('a pattern chooses matrices, with or without the folder', async () => {
  write('matrices/a.matrix.yaml', matrixText({ matrix: 'matrix: a' }))
  write('matrices/deep/b.matrix.yaml', matrixText({ matrix: 'matrix: b' }))
  const chosen = async (...only: string[]) =>
    (await loadWorkspace({ ...options(), only })).matrices.map(({ matrix }) => matrix.name)
  expect(await chosen('a*')).toEqual(['a'])
  expect(await chosen('matrices/**/?.matrix.yaml')).toEqual(['a', 'b'])
  expect(await chosen('deep/**')).toEqual(['b'])
  expect(await chosen('a', 'deep/b')).toEqual(['a', 'b'])
  expect(await chosen('{a,deep/b}')).toEqual(['a', 'b'])
  expect(await problemsOf('{a,c*}')).toMatchObject([{ code: 'no-matrix', found: 'no matrix that fits `c*`' }])
  expect(await problemsOf('deep/c')).toMatchObject([{ code: 'no-matrix', hint: 'did you mean `deep/b`?' }])
  expect(await problemsOf('c*')).toEqual([
    {
      code: 'no-matrix',
      at: at('matrices'),
      found: 'no matrix that fits `c*`',
      expected: 'a pattern that fits one of 2',
    },
  ])
})

test('a worker loads one matrix against a roster that it was given', async () => {
  write('matrices/a.matrix.yaml', matrixText())
  const { roster, groups } = await loadRoster(options())
  const { matrix } = await loadMatrixFile({ ...options(), file: 'matrices/a.matrix.yaml', roster, groups })
  expect(matrix.cells.length).toBe(10)
  await expect(loadMatrixFile({ ...options(), file: 'matrices/b.matrix.yaml', roster, groups })).rejects.toThrow(
    'matrices/b.matrix.yaml:1:1: found no such file, expected a matrix file',
  )
})

test('TypeScript files are loaded through their exports', async () => {
  rmSync(join(root, 'matrices/actors.yaml'))
  write('matrices/actors.ts', "export const actors = defineActors({ actors: { alice: { kind: 'authenticated' } } })")
  modules['matrices/actors.ts'] = { actors: { actors: { alice: { kind: 'authenticated' } } } }
  write('matrices/a.matrix.ts', 'export default defineMatrix({})')
  modules['matrices/a.matrix.ts'] = {
    default: {
      matrix: 'a',
      resource: { table: 'public.documents', key: undefined },
      fixtures: { own: { title: 'mine' } },
      operations: { read: { select: 'own' } },
      expect: { alice: { '*': 'allow' } },
    },
  }
  const { matrices } = await loadWorkspace(options())
  expect(matrices[0]?.matrix.cells).toMatchObject([{ actor: 'alice', operation: 'read' }])
})

test('a mistake in a TypeScript matrix is looked for in its source, and its place is named', async () => {
  const source = [
    'export default defineMatrix({',
    "  matrix: 'a',",
    "  resource: { table: 'public.documents' },",
    '  operations: {',
    "    'read own': { selct: 'own' },",
    '  },',
    "  expect: { '*': { '*': 'alow' } },",
    '})',
  ].join('\n')
  write('matrices/a.matrix.ts', source)
  const matrix = {
    matrix: 'a',
    resource: { table: 'public.documents' },
    operations: { 'read own': { selct: 'own' } },
    expect: { '*': { '*': 'alow' } },
  }
  modules['matrices/a.matrix.ts'] = { default: matrix }
  expect(await problemsOf()).toMatchObject([
    {
      code: 'no-verb',
      at: at('matrices/a.matrix.ts', 5, 5),
      found: 'no verb but `selct` (at operations › read own)',
    },
    { code: 'expectation-form', at: at('matrices/a.matrix.ts', 7, 20), found: '`alow` (at expect › * › *)' },
  ])
})

test.each([
  [undefined, 'no-export', 'no export `default`'],
  [new Error('boom'), 'module-fails', 'a module that fails: `boom`'],
  [{ default: { matrix: () => 'a' } }, 'no-json', 'matrix as a value that JSON cannot carry'],
  [{ default: { matrix: new Date(0) } }, 'no-json', 'matrix as a value that JSON cannot carry'],
])('a module that exports %o is refused', async (exported, code, found) => {
  write('matrices/a.matrix.ts', '')
  modules['matrices/a.matrix.ts'] = exported
  expect((await problemsOf())[0]).toMatchObject({ code, found, at: at('matrices/a.matrix.ts') })
})

test('two matrices of one name are refused', async () => {
  write('matrices/a.matrix.yaml', matrixText())
  write('matrices/b.matrix.yaml', matrixText())
  expect(await problemsOf()).toEqual([
    {
      code: 'same-matrix',
      at: at('matrices/b.matrix.yaml', 1, 9),
      found: 'the matrix `documents`, which `matrices/a.matrix.yaml` is too',
      expected: 'a name of its own for every matrix',
    },
  ])
})

test('the mistakes of all files are reported at once, and a broken actors file blames no matrix', async () => {
  write('matrices/actors.yaml', 'actors: { alice: { kind: user } }')
  write('matrices/a.matrix.yaml', matrixText({ expect: 'expect: { bob: { "*": alow } }' }))
  write('matrices/b.matrix.yaml', 'matrix: [')
  expect((await problemsOf()).map(({ code, at: { file } }) => `${file} ${code}`)).toEqual([
    'matrices/actors.yaml wrong-value',
    'matrices/a.matrix.yaml expectation-form',
    'matrices/b.matrix.yaml yaml-syntax',
  ])
})

test('a workspace without actors or matrices is refused', async () => {
  rmSync(join(root, 'matrices/actors.yaml'))
  expect(await problemsOf()).toEqual([
    {
      code: 'no-actors-file',
      at: at('matrices'),
      found: 'no actors file',
      expected: '`matrices/actors.yaml` or `matrices/actors.ts`',
    },
    { code: 'no-matrix', at: at('matrices'), found: 'no matrix', expected: 'at least one `matrices/*.matrix.yaml`' },
  ])
})

test('two actors files are refused', async () => {
  write('matrices/a.matrix.yaml', matrixText())
  write('matrices/actors.ts', '')
  expect(await problemsOf()).toMatchObject([{ code: 'two-actors-files', at: at('matrices/actors.ts') }])
})

test('a matrix in a file that would not run is refused', async () => {
  write('matrices/a.matrix.yaml', matrixText())
  write('matrices/b.yaml', matrixText())
  write('matrices/payload.yaml', 'title: x')
  expect(await problemsOf()).toEqual([
    {
      code: 'file-name',
      at: at('matrices/b.yaml'),
      found: 'a matrix in this file',
      expected: 'a name that ends in `.matrix.yaml`, or else it does not run',
    },
  ])
})

const inside = 'a file inside the workspace'

test.each([
  ['../../secret.json', 'outside-workspace', 'the file `../../secret.json` outside the workspace', inside],
  ['/etc/hostname', 'outside-workspace', 'the file `/etc/hostname` with an absolute path', inside],
  ['link.json', 'outside-workspace', 'the file `link.json`, a link out of the workspace', inside],
  ['linked/secret.json', 'outside-workspace', 'the file `linked/secret.json`, a link out of the workspace', inside],
  ['none.json', 'missing-file', 'no file `matrices/none.json`', 'a file that exists'],
  ['folder', 'missing-file', 'the folder `matrices/folder`', 'a file'],
  ['large.bin', 'file-size', 'the file `large.bin` of 1048577 bytes', 'at most 1 MiB'],
])('the payload %s is refused', async (written, code, found, expected) => {
  writeFileSync(join(outside, 'secret.json'), '{ "title": "secret" }')
  write('matrices/folder/x.json', '{}')
  write('matrices/large.bin', 'x'.repeat(1024 * 1024 + 1))
  symlinkSync(join(outside, 'secret.json'), join(root, 'matrices/link.json'))
  mkdirSync(join(outside, 'elsewhere'))
  writeFileSync(join(outside, 'elsewhere/secret.json'), '{}')
  symlinkSync(join(outside, 'elsewhere'), join(root, 'matrices/linked'))
  write('matrices/a.matrix.yaml', withPayload(written))
  const problems = (await problemsOf()).filter(({ at: { file } }) => file === 'matrices/a.matrix.yaml')
  expect(problems[0]).toEqual({ code, at: at('matrices/a.matrix.yaml', 5, 52), found, expected })
})

test.each([
  ['a text as it stands', Buffer.from('costs $5, $run'), 'costs $5, $run'],
  ['other bytes as a data URL', Buffer.from([0xff, 0x00]), 'data:application/octet-stream;base64,/wA='],
])('a file that is no document is its content: %s', async (_, bytes, content) => {
  mkdirSync(join(root, 'matrices'), { recursive: true })
  writeFileSync(join(root, 'matrices/logo.bin'), bytes)
  const operations = 'operations: { rename: { update: own, set: { title: { $file: logo.bin } } } }'
  write('matrices/a.matrix.yaml', matrixText({ operations }))
  const { matrices } = await loadWorkspace(options())
  const body = matrices[0]?.matrix.operations[0]?.body ?? {}
  expect(resolve(body, { run: 'r', unique: 'u', row: () => undefined })).toMatchObject({ set: { title: content } })
})

test('a link to a matrix outside the workspace is refused, and one to a file inside is followed', async () => {
  write('elsewhere/a.matrix.yaml', matrixText())
  symlinkSync(join(root, 'elsewhere/a.matrix.yaml'), join(root, 'matrices/a.matrix.yaml'))
  expect(await problemsOf()).toEqual([])
  writeFileSync(join(outside, 'b.matrix.yaml'), matrixText())
  symlinkSync(join(outside, 'b.matrix.yaml'), join(root, 'matrices/b.matrix.yaml'))
  expect(await problemsOf()).toEqual([
    {
      code: 'outside-workspace',
      at: at('matrices/b.matrix.yaml'),
      found: 'a link that is no file of the workspace',
      expected: inside,
    },
  ])
})

test('a mistake inside a payload is reported at its position', async () => {
  write('matrices/set.yaml', 'title: $nobody.id\n')
  write('matrices/a.matrix.yaml', withPayload('set.yaml'))
  expect(await problemsOf()).toMatchObject([{ code: 'unknown-reference', at: at('matrices/set.yaml', 1, 8) }])
})

test.each([
  ['{ $file: set.json, title: x }', '`$file` beside other keys', '`$file` alone'],
  ['{ $file: [set.json] }', 'a list', 'the path of a file'],
])('the reference %s to a file is refused', async (written, found, expected) => {
  const text = matrixText({ operations: `operations: { rename: { update: own, set: ${written} } }` })
  write('matrices/a.matrix.yaml', text)
  expect((await problemsOf())[0]).toEqual({
    code: 'file-form',
    at: at('matrices/a.matrix.yaml', 5, 52),
    found,
    expected,
  })
})
