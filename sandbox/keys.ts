import { randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { LoginPasswords } from './postgres/logins.ts'

/** Passwords of the database roles that log in. */
export interface RolePasswords {
  supabase_admin: string
  postgres: string
  authenticator: string
  supabase_auth_admin: string
  supabase_storage_admin: string
}

/** Every secret of one sandbox: generated at each start, kept through a reset. */
export interface SandboxKeys {
  /** Opaque keys, mapped to the roles anon and service_role by the gateway. */
  publishableKey: string
  secretKey: string
  /** Legacy keys: HS256 tokens that are valid for ten years. */
  anonKey: string
  serviceRoleKey: string
  /** The HS256 secret that the legacy keys and `signWith: 'hs256'` sessions are signed with. */
  jwtSecret: string
  /** Private ES256 key with `kid`, for user sessions. */
  signingKey: JWK
  passwords: RolePasswords
  /** Passwords of the workspace's own login roles, as they become known. */
  loginPasswords: LoginPasswords
}

/** The ref of every sandbox, as its legacy keys name it. */
export const projectRef = 'sandbox'

const TEN_YEARS = 10 * 365 * 24 * 60 * 60

/** Generates the secrets of a new sandbox, in the formats of a hosted project. */
export async function makeKeys(): Promise<SandboxKeys> {
  const jwtSecret = randomBytes(32).toString('base64url')
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const password = () => randomBytes(18).toString('base64url')
  return {
    publishableKey: `sb_publishable_${opaque()}`,
    secretKey: `sb_secret_${opaque()}`,
    anonKey: await legacyKey('anon', jwtSecret),
    serviceRoleKey: await legacyKey('service_role', jwtSecret),
    jwtSecret,
    signingKey: { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: randomUUID() },
    passwords: {
      supabase_admin: password(),
      postgres: password(),
      authenticator: password(),
      supabase_auth_admin: password(),
      supabase_storage_admin: password(),
    },
    loginPasswords: new Map(),
  }
}

/** 22 random characters and 8 more, as in a hosted project's keys. */
function opaque(): string {
  return `${randomBytes(16).toString('base64url')}_${randomBytes(6).toString('base64url')}`
}

function legacyKey(role: string, jwtSecret: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ iss: 'supabase', ref: projectRef, role, iat: now, exp: now + TEN_YEARS })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(jwtSecret))
}

/** The keys of the tokens that PostgREST accepts, as a JSON Web Key Set: the public half of ES256, and the HS256 secret. */
export function verificationKeys(keys: SandboxKeys): { keys: JWK[] } {
  const { d: _private, key_ops: _operations, ...publicKey } = keys.signingKey
  const shared: JWK = { kty: 'oct', k: Buffer.from(keys.jwtSecret).toString('base64url'), alg: 'HS256' }
  return { keys: [publicKey, shared] }
}

/** How the role postgres connects to the database of a sandbox. */
export function ownerUrl({ passwords }: Pick<SandboxKeys, 'passwords'>, port: number): string {
  return `postgresql://postgres:${passwords.postgres}@127.0.0.1:${port}/postgres`
}
