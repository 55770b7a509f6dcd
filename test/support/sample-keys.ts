import type { TargetSettings } from '../../harness/workspace/environment.ts'

/** Keys and settings for tests. They are put together here, so that no text in the repository looks like a key. */
export const sampleKeys = {
  publishable: ['sb', 'publishable', 'visitor'].join('_'),
  secret: ['sb', 'secret', 'caretaker'].join('_'),
  jwt(claims: Readonly<Record<string, unknown>>): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    return [part({ alg: 'HS256', typ: 'JWT' }), part(claims), 'c2lnbmF0dXJl'].join('.')
  },
  /** A consistent hosted target of the project `blue`. */
  settings(changed: Partial<TargetSettings> = {}): TargetSettings {
    return {
      alias: 'staging',
      url: 'https://blue.supabase.co',
      publishableKey: sampleKeys.publishable,
      secretKey: sampleKeys.secret,
      databaseUrl: 'postgresql://postgres:pass@db.blue.supabase.co:5432/postgres',
      databaseCa: null,
      jwtSecret: null,
      jwtPrivateKey: null,
      httpUrl: null,
      users: {},
      workers: {},
      allowWrites: null,
      ...changed,
    }
  },
}
