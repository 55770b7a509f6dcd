import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { documented } from '../../test/documented.ts'
import type { SignInNeeds } from '../actors/needs.ts'
import type { AuthNeeds } from '../limits/auth-limits.ts'
import { needsInWords, signInDelay, signInLimiter } from './sign-in-limits.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trespass-sign-ins-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const needs = (calls: Partial<AuthNeeds>, users = 0, kept = 0): SignInNeeds => ({
  users,
  kept,
  calls: { 'sign-in': 0, 'anonymous sign-in': 0, 'change of a user': 0, 'second factor': 0, ...calls },
})
const pace = (calls: Partial<AuthNeeds>, limits = {}) =>
  signInDelay(needs(calls), signInLimiter(root, 'staging', limits), 'staging')

test('the needs of a run are described in a line', () => {
  expect(needsInWords(needs({ 'sign-in': 12, 'anonymous sign-in': 1 }, 11))).toBe(
    documented('docs/limits.md', 'sign-ins:').trimEnd(),
  )
  expect(needsInWords(needs({}, 0, 3))).toBe('sign-ins: 3 kept users')
  expect(needsInWords(needs({}))).toBe('sign-ins: none needed')
})

describe('the limits of a target', () => {
  test('let thirty of each kind through at once', () => {
    expect(pace({ 'sign-in': 30, 'anonymous sign-in': 30, 'change of a user': 30, 'second factor': 30 })).toBeNull()
  })

  test('make more than that wait for their turn', () => {
    expect(pace({ 'sign-in': 42 })).toContain('the last waits 24 s')
    expect(pace({ 'anonymous sign-in': 32 })).toContain('the last waits 240 s')
  })

  test('refuse sign-ins that would wait too long, and name the way out', () => {
    const refused = expect.objectContaining({
      code: 'too-many-sign-ins',
      message: expect.stringMatching(/40 anonymous sign-ins.* 20 minutes/),
      hint: expect.stringContaining('targets.staging.limits.anonymous_sign_ins'),
    })
    expect(() => pace({ 'anonymous sign-in': 40 })).toThrow(refused)
  })

  test('are those that the project was given', () => {
    expect(pace({ 'anonymous sign-in': 60 }, { anonymous_sign_ins: 60 })).toBeNull()
    expect(pace({ 'anonymous sign-in': 62 }, { anonymous_sign_ins: 60 })).toContain('the last waits 120 s')
    expect(() => pace({ 'anonymous sign-in': 6 }, { anonymous_sign_ins: 5 })).toThrow('12 minutes')
    expect(pace({ 'sign-in': 42 }, { sign_ins: 3000 })).toContain('the last waits 2 s')
  })
})
