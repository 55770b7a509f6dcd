import { describe, expect, it } from 'vitest'
import { defaultConfig, loadConfig, parseConfig } from './config.ts'
import { makeWorkspace } from './test-support.ts'

describe('config.toml', () => {
  it('has the defaults of the Supabase CLI when there is no file', async () => {
    const config = await loadConfig(await makeWorkspace())
    expect(config).toEqual(defaultConfig())
    expect(config.api).toEqual({
      schemas: ['public', 'graphql_public'],
      extra_search_path: ['public', 'extensions'],
      max_rows: 1000,
      auto_expose_new_tables: false,
    })
    expect(config.auth).toMatchObject({
      enable_signup: true,
      enable_anonymous_sign_ins: false,
      jwt_expiry: 3600,
      minimum_password_length: 6,
      email: { enable_signup: true, enable_confirmations: false },
      mfa: { max_enrolled_factors: 10, totp: { enroll_enabled: false, verify_enabled: false } },
    })
  })

  it('reads what a team wrote and ignores what does not matter here', () => {
    const text = `
      project_id = "shop"
      [api]
      port = 1
      schemas = ["public", "api"]
      [auth]
      enable_anonymous_sign_ins = true
      [auth.mfa.totp]
      enroll_enabled = true
      [auth.external.apple]
      enabled = false
      [storage.buckets.images]
      public = true
      allowed_mime_types = ["image/png"]`
    const config = parseConfig(text, 'config.toml')
    expect(config.api.schemas).toEqual(['public', 'api'])
    expect(config.auth.enable_anonymous_sign_ins).toBe(true)
    expect(config.auth.mfa.totp).toEqual({ enroll_enabled: true, verify_enabled: false })
    expect(config.storage.buckets.images).toEqual({ public: true, allowed_mime_types: ['image/png'] })
  })

  it('replaces env(NAME) and keeps it when the variable is not set', () => {
    const text = '[auth]\nsite_url = "env(SITE)"\nenable_signup = "env(SIGNUP)"\njwt_expiry = "env(EXPIRY)"'
    const config = parseConfig(text, 'config.toml', { SIGNUP: 'false', EXPIRY: '60' })
    expect(config.auth).toMatchObject({ site_url: 'env(SITE)', enable_signup: false, jwt_expiry: 60 })
  })

  it.each([
    ['[api]\nmax_rows = "many"', 'api.max_rows', 2],
    ['[auth]\nenable_signup = 1', 'auth.enable_signup', 2],
    ['[auth.mfa.totp]\n\nverify_enabled = "no"', 'auth.mfa.totp.verify_enabled', 3],
    ['[api]\nschemas = ["public", 4]', 'api.schemas.1', 2],
  ])('names the key and the line of a wrong type: %j', (text, key, line) => {
    const position = expect.objectContaining({ file: 'config.toml', line })
    expect(() => parseConfig(text, 'config.toml')).toThrow(
      expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining(key), position }),
    )
  })

  it('names the line and column where TOML ends to be TOML', () => {
    expect(() => parseConfig('[api]\nschemas = [', 'config.toml')).toThrow(
      expect.objectContaining({ code: 'config-invalid', position: expect.objectContaining({ line: 2 }) }),
    )
  })
})
