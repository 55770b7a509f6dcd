import { describe, expect, it } from 'vitest'
import { securedConnection } from './secured-connection.ts'

const there = 'postgresql://postgres:p%40ss@db.blue.supabase.co:5432/postgres'
const here = 'postgresql://postgres:postgres@127.0.0.1:54322/postgres'
const verified = { rejectUnauthorized: true }

describe('a connection', () => {
  it.each(['', '?sslmode=disable', '?sslmode=no-verify', '?ssl=0', '?sslmode=require&uselibpqcompat=true'])(
    'to another machine is verified under any parameters: %s',
    (parameters) => {
      expect(securedConnection(`${there}${parameters}`, null)).toEqual({ connectionString: there, ssl: verified })
    },
  )

  it('is verified by the certificates that are given', () => {
    expect(securedConnection(there, 'a certificate').ssl).toEqual({ ...verified, ca: 'a certificate' })
    expect(securedConnection(here, 'a certificate').ssl).toEqual({ ...verified, ca: 'a certificate' })
  })

  it('on this machine is plain unless it asks for more', () => {
    expect(securedConnection(here, null)).toEqual({ connectionString: here, ssl: false })
    expect(securedConnection(`${here}?sslmode=disable`, null)).toEqual({ connectionString: here, ssl: false })
    expect(securedConnection(`${here}?sslmode=verify-full`, null).ssl).toEqual(verified)
  })

  it('names port and database, which a client would take from its environment', () => {
    const { connectionString } = securedConnection('postgresql://task_worker:p@db.blue.supabase.co', null)
    expect(connectionString).toBe('postgresql://task_worker:p@db.blue.supabase.co:5432/task_worker')
  })

  it('keeps its other parameters', () => {
    const { connectionString } = securedConnection(`${there}?sslmode=require&application_name=a`, null)
    expect(connectionString).toBe(`${there}?application_name=a`)
  })
})
