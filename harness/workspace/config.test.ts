import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from './config.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-config-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** Loads the configuration that a file with this text and this default export has. */
const load = (text: string, value: unknown) => {
  writeFileSync(join(root, 'trespass.config.ts'), text)
  return loadConfig(root, () => Promise.resolve({ default: value }))
}

const never = () => Promise.reject(new Error('nothing to import'))

test('a workspace without the file has the defaults', async () => {
  expect(await loadConfig(root, never)).toEqual({
    email_domain: 'trespass.test',
    email_domains: [],
    patience: 30,
    hold: 10,
    targets: {},
    protected_refs: [],
    changes_on_refusal: {},
    sandbox: { skip_extensions: [] },
  })
})

test('a value of the file wins over the default', async () => {
  const written = { concurrency: 2, targets: { prod: { protected: true } }, protected_refs: ['abcdef'] }
  const defaults = {
    email_domain: 'trespass.test',
    email_domains: [],
    patience: 30,
    hold: 10,
    changes_on_refusal: {},
    sandbox: { skip_extensions: [] },
  }
  expect(await load('', written)).toEqual({ ...written, ...defaults })
})

test('times are seconds within reason', async () => {
  expect(await load('', { patience: 1.5, hold: 300 })).toMatchObject({ patience: 1.5, hold: 300 })
  for (const wrong of [{ patience: 0 }, { hold: 301 }, { hold: '5' }]) {
    await expect(load('', wrong)).rejects.toThrow('a number of seconds from 1 to 300')
  }
})

test('a marker is a row or a setting', async () => {
  const row = { marker: { table: 'public.settings', where: { environment: 'staging' } } }
  const setting = { marker: { setting: 'app.environment', is: 'staging' } }
  expect((await load('', { targets: { one: row, other: setting } })).targets).toEqual({ one: row, other: setting })
})

test('the file is imported by its absolute path', async () => {
  writeFileSync(join(root, 'trespass.config.ts'), '')
  const imported: string[] = []
  await loadConfig(root, async (file) => {
    imported.push(file)
    return { default: {} }
  })
  expect(imported).toEqual([join(root, 'trespass.config.ts')])
})

test('a folder that does not exist is named', async () => {
  await expect(loadConfig(join(root, 'away'), never)).rejects.toMatchObject({ code: 'no-such-workspace' })
})

test('the error for a file that cannot be imported names the reason', async () => {
  writeFileSync(join(root, 'trespass.config.ts'), '')
  await expect(loadConfig(root, () => Promise.reject(new Error('Unexpected token')))).rejects.toMatchObject({
    code: 'config-broken',
    message: 'trespass.config.ts cannot be imported: Unexpected token',
  })
})

const wrong: readonly (readonly [string, unknown, string])[] = [
  ['concurrency: 0', { concurrency: 0 }, 'found 0, expected a whole number from 1 to 64'],
  ['concurrency: 65', { concurrency: 65 }, 'found 65, expected a whole number from 1 to 64'],
  ['concurrency: "8"', { concurrency: '8' }, 'found "8", expected a whole number from 1 to 64'],
  ['email_domain: "x"', { email_domain: 'x' }, 'found "x", expected the name of a domain, such as `trespass.test`'],
  ['targets: []', { targets: [] }, 'found a list, expected targets by alias'],
  ['targets: { "a b": {} }', { targets: { 'a b': {} } }, 'found the alias "a b", expected targets by alias'],
  ['kind: "cloud"', { targets: { a: { kind: 'cloud' } } }, 'found "cloud", expected `local` or `hosted`'],
  ['protected: "yes"', { targets: { a: { protected: 'yes' } } }, 'found "yes", expected `true` or `false`'],
  [
    'proteced: true',
    { targets: { a: { proteced: true } } },
    'found the key `proteced`, expected an object with `kind`',
  ],
  [
    'sandbox: { skip_extensions: ["post gis"] }',
    { sandbox: { skip_extensions: ['post gis'] } },
    'found "post gis", expected a list of names of extensions, such as `postgis`',
  ],
  [
    'sandbox: { extensions: [] }',
    { sandbox: { extensions: [] } },
    'found the key `extensions`, expected an object with `skip_extensions`',
  ],
  ['conc: 1', { conc: 1 }, 'found the key `conc`, expected an object with `concurrency`'],
  [
    'marker: { table: "settings", where: {} }',
    { targets: { a: { marker: { table: 'settings', where: {} } } } },
    'found "settings", expected a table with its schema, such as `public.settings`',
  ],
  [
    'marker: { setting: "app.environment" }',
    { targets: { a: { marker: { setting: 'app.environment' } } } },
    'expected `{ table:',
  ],
  ['protected_refs: "abc"', { protected_refs: 'abc' }, 'found a value of type string, expected a list of project refs'],
  ['protected_refs: ["A-B"]', { protected_refs: ['A-B'] }, 'found a value of type string, expected a project ref'],
]

test.each(wrong)('%s is a problem', async (text, value, sentence) => {
  await expect(load(`export default {\n  ${text},\n}`, value)).rejects.toMatchObject({
    code: 'workspace-problems',
    message: expect.stringContaining(sentence),
  })
})

test('a problem names the line and column of its key', async () => {
  const text = `export default defineConfig({\n  targets: { staging: {}, prod: {\n    protected: 'no' } },\n})\n`
  await expect(load(text, { targets: { staging: {}, prod: { protected: 'no' } } })).rejects.toMatchObject({
    problems: [{ at: { file: 'trespass.config.ts', line: 3, column: 5 } }],
  })
})

test('a file without a default export is a problem', async () => {
  await expect(load('export const config = {}', undefined)).rejects.toMatchObject({
    message: expect.stringContaining('trespass.config.ts:1:1: found no default export'),
  })
})
