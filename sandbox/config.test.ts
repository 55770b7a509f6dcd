import { describe, expect, it } from 'vitest'
import { defaultConfig, loadConfig, parseConfig } from './config.ts'
import { loadVariables } from './config-environment.ts'
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
      external_url: '',
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

  it("accepts a team's file and ignores keys without effect here", () => {
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

  it('reads env(NAME) as the value of the key', () => {
    const text = `
      [api]
      schemas = "env(SCHEMAS)"
      extra_search_path = ["public", "env(SCHEMA)"]
      [auth]
      site_url = "env(SITE)"
      enable_signup = "env(SIGNUP)"
      jwt_expiry = "env(EXPIRY)"
      [storage.buckets.images]
      file_size_limit = "env(SIZE)"`
    const variables = { SCHEMAS: 'public,api', SCHEMA: '12', SITE: '34', SIGNUP: '0', EXPIRY: '60', SIZE: '1MiB' }
    const config = parseConfig(text, 'config.toml', variables)
    expect(config.api).toMatchObject({ schemas: ['public', 'api'], extra_search_path: ['public', '12'] })
    expect(config.auth).toMatchObject({ site_url: '34', enable_signup: false, jwt_expiry: 60 })
    expect(config.storage.buckets.images).toMatchObject({ file_size_limit: '1MiB' })
  })

  it.each([
    [
      {},
      'auth.email.enable_confirmations',
      /variable CONFIRM is not set, neither in the environment nor in an \.env file/,
    ],
    [{ CONFIRM: '' }, 'auth.email.enable_confirmations', /variable CONFIRM is not set/],
    [{ CONFIRM: 'sesame' }, 'auth.email.enable_confirmations', /variable CONFIRM holds no boolean/],
  ])('names the variable of a key that cannot be read: %j', (variables, key, says) => {
    const text = '[auth.email]\nenable_confirmations = "env(CONFIRM)"'
    const failure = expect.objectContaining({
      code: 'config-invalid',
      position: { file: 'config.toml', line: 2, column: 1 },
    })
    expect(() => parseConfig(text, 'config.toml', variables)).toThrow(failure)
    expect(() => parseConfig(text, 'config.toml', variables)).toThrow(says)
    expect(() => parseConfig(text, 'config.toml', variables)).toThrow(key)
    expect(() => parseConfig(text, 'config.toml', variables)).not.toThrow(/sesame/)
  })

  it('does not ask for the variable of a key that has no effect', () => {
    expect(parseConfig('[studio]\nopenai_api_key = "env(KEY)"', 'config.toml', {}).undone).toEqual([])
  })

  it.each<[string, Record<string, string>, Record<string, string>, boolean]>([
    ['.env', { '.env': 'GUESTS=true' }, {}, true],
    ['supabase/.env', { 'supabase/.env': 'GUESTS=true', '.env': 'GUESTS=false' }, {}, true],
    ['.env.local before .env', { '.env.local': 'GUESTS=true', '.env': 'GUESTS=false' }, {}, true],
    ['.env.<SUPABASE_ENV>', { '.env.ci': 'GUESTS=true', '.env': 'GUESTS=false' }, { SUPABASE_ENV: 'ci' }, true],
    ['the environment first', { '.env': 'GUESTS=true' }, { GUESTS: 'false' }, false],
  ])('reads variables from %s', async (_what, files, environment, guests) => {
    const workspace = await makeWorkspace(files)
    const text = '[auth]\nenable_anonymous_sign_ins = "env(GUESTS)"'
    const config = parseConfig(text, 'config.toml', await loadVariables(workspace, environment))
    expect(config.auth.enable_anonymous_sign_ins).toBe(guests)
  })

  it('settles each hook to a function of the database', () => {
    const hook = (text: string) => parseConfig(`[auth.hook.custom_access_token]\n${text}`, 'config.toml').auth.hook
    expect(hook('enabled = true\nuri = "pg-functions://postgres/public/claims"').custom_access_token).toEqual({
      uri: 'pg-functions://postgres/public/claims',
      schema: 'public',
      function: 'claims',
    })
    expect(
      hook('enabled = false\nuri = "https://example.com/hook"\nsecrets = "env(S)"').custom_access_token,
    ).toBeUndefined()
    expect(hook('uri = "pg-functions://postgres/public/claims"').custom_access_token).toBeUndefined()
  })

  it.each([
    ['uri = "https://example.com/hook"', 'hook-not-supported', /found an HTTP hook/],
    ['uri = "http://127.0.0.1/hook"', 'hook-not-supported', /found an HTTP hook/],
    ['', 'config-invalid', /has no uri/],
    ['uri = "claims"', 'config-invalid', /expected pg-functions/],
    ['uri = "pg-functions://postgres/claims"', 'config-invalid', /expected pg-functions/],
    ['uri = "pg-functions://postgres/auth/before-user-created"', 'config-invalid', /letters, digits and underscores/],
    ['uri = "pg-functions://postgres/public/claims"\nsecrets = "v1,whsec_x"', 'config-invalid', /takes no secrets/],
  ])('refuses a hook that cannot be run: %j', (text, code, says) => {
    for (const hook of ['custom_access_token', 'before_user_created', 'mfa_verification_attempt']) {
      const file = `[auth.hook.${hook}]\nenabled = true\n${text}`
      expect(() => parseConfig(file, 'config.toml')).toThrow(expect.objectContaining({ code }))
      expect(() => parseConfig(file, 'config.toml')).toThrow(says)
    }
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
