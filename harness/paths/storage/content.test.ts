import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { bytesOf, canonicalContent, isDigest, longestContent, withCanonicalContent } from './content.ts'

describe('the one form of a content', () => {
  test.each([
    ['a text', 'ä text', 'ä text'],
    ['nothing', '', ''],
    ['bytes that are a text', 'data:text/plain;base64,aGk=', 'hi'],
    ['bytes that are none', 'data:image/png;base64,/wA=', 'data:application/octet-stream;base64,/wA='],
    ['a text that looks like a data URL', 'data:, x', 'data:application/octet-stream;base64,ZGF0YTosIHg='],
    ['a text that looks like a digest', 'sha256:x', 'data:application/octet-stream;base64,c2hhMjU2Ong='],
  ])('%s', (_, written, canonical) => expect(canonicalContent(written)).toBe(canonical))

  it('of content that is too long to be kept is its digest', () => {
    const long = 'x'.repeat(longestContent + 1)
    const digest = createHash('sha256').update(long).digest('hex')
    expect(canonicalContent(long)).toBe(`sha256:${digest} (65537 bytes)`)
    expect(isDigest(canonicalContent(long))).toBe(true)
    expect(isDigest(canonicalContent(long.slice(1)))).toBe(false)
  })

  it('means the same bytes as the written one, and is its own form', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some))
    fc.assert(
      fc.property(bytes, (some) => {
        const canonical = canonicalContent(`data:application/octet-stream;base64,${some.toString('base64')}`)
        expect(bytesOf(canonical)).toEqual(some)
        expect(canonicalContent(canonical)).toBe(canonical)
      }),
    )
  })

  it('is given to the content of a row alone', () => {
    const row = { name: 'data:text/plain;base64,aGk=', content: 'data:text/plain;base64,aGk=' }
    expect(withCanonicalContent(row)).toEqual({ ...row, content: 'hi' })
    expect(withCanonicalContent({ name: 'a' })).toEqual({ name: 'a' })
  })
})
