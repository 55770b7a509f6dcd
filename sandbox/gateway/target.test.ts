import { describe, expect, it } from 'vitest'
import { readTarget, wherelessStatement } from './target.ts'

describe('a request target', () => {
  it.each([
    ['/rest/v1/t', { path: '/rest/v1/t', query: '', apiKey: undefined }],
    ['/rest/v1/t?id=eq.1', { path: '/rest/v1/t', query: 'id=eq.1', apiKey: undefined }],
    ['/rest/v1/t?apikey=a%2Bb&id=eq.1', { path: '/rest/v1/t', query: 'id=eq.1', apiKey: 'a+b' }],
    ['/rest/v1/t?id=eq.1&apikey=k', { path: '/rest/v1/t', query: 'id=eq.1', apiKey: 'k' }],
    ['/rest/v1/t?my_apikey=eq.1', { path: '/rest/v1/t', query: 'my_apikey=eq.1', apiKey: undefined }],
  ])('is taken apart: %s', (url, expected) => {
    expect(readTarget(url)).toEqual(expected)
  })

  it.each([
    ['PATCH', '/t', '', 'UPDATE'],
    ['DELETE', '/t', '', 'DELETE'],
    ['PATCH', '/t', 'select=id&order=id&limit=1', 'UPDATE'],
    ['PATCH', '/t', 'columns=%22a%22', 'UPDATE'],
    ['DELETE', '/t', 'client.name=eq.x&select=*,client(*)', 'DELETE'],
    ['DELETE', '/t', 'id=eq.1', undefined],
    ['DELETE', '/t', 'data-%3E%3Ekey=eq.1', undefined],
    ['DELETE', '/t', 'or=(id.eq.1,id.eq.2)', undefined],
    ['DELETE', '/t', 'not.or=(id.eq.1,id.eq.2)', undefined],
    ['DELETE', '/t', '%22a.b%22=eq.1', undefined],
    ['GET', '/t', '', undefined],
    ['POST', '/t', '', undefined],
    ['PATCH', '/rpc/f', '', undefined],
  ])('%s %s?%s lacks the WHERE clause of %s', (method, path, query, expected) => {
    expect(wherelessStatement(method, path, query)).toBe(expected)
  })
})
