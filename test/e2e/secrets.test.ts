import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { demoWorkspace } from './demo-workspace.ts'
import { FaultProxy } from './fault-proxy.ts'
import { evidenceOf, filesBelow } from './report.ts'
import { expectNoSecret } from './secrets.ts'
import { asStaging, standingSandbox } from './standing-sandbox.ts'
import { type Ended, patience, trespass } from './support.ts'

const root = demoWorkspace()
let proxy: FaultProxy

beforeAll(async () => {
  const sandbox = await standingSandbox(root)
  proxy = await FaultProxy.before(sandbox)
  asStaging(root, proxy)
}, patience)

/**
 * Expects that no secret that passed the proxy is in the output, or in any file that the run wrote. A journal names users to
 * remove by their addresses; it is no evidence, and only its owner can read it.
 */
function expectSilence({ out, err }: Ended): void {
  const theirs = /^(?:matrices|supabase|holes|\.env)/
  const written = Object.entries(filesBelow(root)).filter(([name]) => !theirs.test(name))
  const journals = written.filter(([name]) => name.startsWith('.trespass/journal/'))
  const others = written.filter((file) => !journals.includes(file))
  expect(others.filter(([name]) => name.endsWith('cells.jsonl'))).not.toEqual([])
  expectNoSecret({ ...Object.fromEntries(others), stdout: out, stderr: err }, [...proxy.secrets.keys()])
  for (const [name, text] of journals) {
    const found = [...proxy.secrets.keys()].filter((secret) => !secret.includes('@') && text.includes(secret))
    expect(found.length, `${name} holds secrets of the target`).toBe(0)
  }
}

describe('the demo on a target', { timeout: 2 * patience }, () => {
  test('leaves no key, token, password or address in any file or output', async () => {
    const ended = await trespass(['run', '--workspace', root, '--target', 'staging'])
    expect(ended.code, ended.text).toBe(0)
    // Keys, passwords, addresses, access and refresh tokens of a dozen users.
    expect(proxy.secrets.size).toBeGreaterThan(40)
    expect((await evidenceOf(ended)).cells.length).toBeGreaterThan(1500)
    expectSilence(ended)
    expect(filesBelow(join(root, '.trespass'))).toHaveProperty(['sandbox.json'])
  })

  test('leaves none when it ends badly either', async () => {
    let asked = 0
    proxy.misbehave((response, { path }) => {
      if (!path.startsWith('/rest/')) return false
      asked += 1
      if (asked === 40) proxy.cutDatabase()
      if (asked % 7 !== 0) return false
      const message = [...proxy.secrets].map(([secret, name]) => JSON.stringify({ [name]: secret })).join(', ')
      const said = JSON.stringify({ code: 'XX000', message, details: null, hint: null })
      response.writeHead(500, { 'content-type': 'application/json' }).end(said)
      return true
    })
    const ended = await trespass(['run', '--workspace', root, '--target', 'staging', '--matrix', 'projects'])
    proxy.behave()
    expect(ended.code, ended.text).toBe(2)
    expectSilence(ended)
  })
})
