import { describe, expect, it } from 'vitest'
import { projectDigest } from './project-ref.ts'

const ref = 'abcdefghijklmnopqrst'
const url = `https://${ref}.supabase.co`
const direct = `postgresql://postgres:secret@db.${ref}.supabase.co:5432/postgres`
const pooler = `postgresql://postgres.${ref}:secret@aws-0-eu-west-1.pooler.supabase.com:5432/postgres`

describe('the digest of a project', () => {
  it('is the same by each of its addresses, and names it by none', () => {
    const digest = projectDigest(url, null)
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    for (const [from, database] of [
      [url, direct],
      ['https://api.example.com', direct],
      ['https://api.example.com', pooler],
      [null, pooler],
    ] as const) {
      expect(projectDigest(from, database)).toBe(digest)
    }
  })

  it('is another one for another project', () => {
    expect(projectDigest('https://tsrqponmlkjihgfedcba.supabase.co', null)).not.toBe(projectDigest(url, null))
  })

  it.each([
    ['a custom domain', 'https://api.example.com', null],
    ['a local stack', 'http://127.0.0.1:54321', 'postgresql://postgres:postgres@127.0.0.1:54322/postgres'],
    ['nothing', null, null],
  ])('is not to be had from %s', (_, from, database) => {
    expect(projectDigest(from, database)).toBeNull()
  })
})
