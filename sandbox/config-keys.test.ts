import { describe, expect, it } from 'vitest'
import { defaultConfig, parseConfig } from './config.ts'
import { ruleOf } from './config-keys.ts'

/**
 * Every key of the Supabase CLI's own template (supabase/cli at 1d1e719, `pkg/config/templates/config.toml`), including those
 * in comments, by its treatment in the sandbox. `named` has a value that a run has to name.
 */
const template = {
  honoured: `
    api.schemas api.extra_search_path api.max_rows api.auto_expose_new_tables db.migrations.enabled db.seed.enabled
    db.seed.sql_paths realtime.enabled storage.enabled storage.file_size_limit storage.buckets.images.public
    storage.buckets.images.file_size_limit storage.buckets.images.allowed_mime_types auth.site_url auth.external_url
    auth.jwt_expiry auth.jwt_issuer auth.enable_refresh_token_rotation auth.refresh_token_reuse_interval
    auth.enable_signup auth.enable_anonymous_sign_ins auth.minimum_password_length auth.password_requirements
    auth.email.enable_signup auth.email.double_confirm_changes auth.email.enable_confirmations auth.email.otp_expiry
    auth.hook.before_user_created.enabled auth.hook.before_user_created.uri auth.hook.custom_access_token.enabled
    auth.hook.custom_access_token.uri auth.mfa.max_enrolled_factors auth.mfa.totp.enroll_enabled
    auth.mfa.totp.verify_enabled
    auth.sms.enable_signup`,
  nothing: `
    project_id api.port api.tls.enabled api.tls.cert_path api.tls.key_path db.port db.shadow_port db.health_timeout
    db.pooler.enabled db.pooler.port db.pooler.pool_mode db.pooler.default_pool_size db.pooler.max_client_conn
    db.migrations.schema_paths db.network_restrictions.allowed_cidrs db.network_restrictions.allowed_cidrs_v6
    db.ssl_enforcement.enabled realtime.ip_version realtime.max_header_length studio.enabled studio.port studio.api_url
    studio.openai_api_key inbucket.enabled inbucket.port inbucket.smtp_port inbucket.pop3_port inbucket.admin_email
    inbucket.sender_name storage.s3_protocol.enabled storage.image_transformation.enabled
    storage.analytics.max_namespaces storage.analytics.max_tables storage.analytics.max_catalogs
    storage.analytics.buckets.my-warehouse storage.vector.max_buckets storage.vector.max_indexes
    storage.vector.buckets.documents-openai auth.additional_redirect_urls auth.signing_keys_path
    auth.webauthn.rp_display_name auth.webauthn.rp_id auth.webauthn.rp_origins auth.rate_limit.email_sent
    auth.rate_limit.sms_sent auth.rate_limit.anonymous_users auth.rate_limit.token_refresh
    auth.rate_limit.sign_in_sign_ups auth.rate_limit.token_verifications auth.rate_limit.web3 auth.captcha.provider
    auth.captcha.secret auth.email.max_frequency auth.email.otp_length auth.email.smtp.enabled auth.email.smtp.host
    auth.email.smtp.port auth.email.smtp.user auth.email.smtp.pass auth.email.smtp.admin_email
    auth.email.smtp.sender_name auth.email.template.invite.subject auth.email.template.invite.content_path
    auth.email.notification.password_changed.enabled auth.email.notification.password_changed.subject
    auth.email.notification.password_changed.content_path auth.sms.enable_confirmations auth.sms.template
    auth.sms.max_frequency auth.sms.twilio.enabled auth.sms.twilio.account_sid auth.sms.twilio.message_service_sid
    auth.sms.twilio.auth_token auth.mfa.phone.otp_length auth.mfa.phone.template auth.mfa.phone.max_frequency
    auth.external.apple.client_id auth.external.apple.secret auth.external.apple.redirect_uri auth.external.apple.url
    auth.external.apple.skip_nonce_check auth.external.apple.email_optional auth.third_party.firebase.project_id
    auth.third_party.auth0.tenant auth.third_party.auth0.tenant_region auth.third_party.aws_cognito.user_pool_id
    auth.third_party.aws_cognito.user_pool_region auth.third_party.clerk.domain
    auth.oauth_server.authorization_url_path auth.oauth_server.allow_dynamic_registration
    edge_runtime.policy edge_runtime.inspector_port
    analytics.enabled analytics.port analytics.backend experimental.orioledb_version experimental.s3_host
    experimental.s3_region experimental.s3_access_key experimental.s3_secret_key experimental.pgdelta.enabled
    experimental.pgdelta.declarative_schema_path experimental.pgdelta.format_options`,
  named: `
    api.enabled=false db.major_version=15 db.vault.secret_key="env(NOT_SET)" db.network_restrictions.enabled=true
    storage.buckets.images.objects_path="./images" storage.analytics.enabled=true storage.vector.enabled=true
    auth.enabled=false auth.enable_manual_linking=true auth.passkey.enabled=true auth.captcha.enabled=true
    auth.email.secure_password_change=true auth.sms.test_otp.4152127777="123456"
    auth.sessions.timebox="24h" auth.sessions.inactivity_timeout="8h" auth.mfa.phone.enroll_enabled=true
    auth.mfa.phone.verify_enabled=true auth.mfa.web_authn.enroll_enabled=true auth.mfa.web_authn.verify_enabled=true
    auth.external.apple.enabled=true auth.web3.solana.enabled=true auth.third_party.firebase.enabled=true
    auth.third_party.auth0.enabled=true auth.third_party.aws_cognito.enabled=true auth.third_party.clerk.enabled=true
    auth.oauth_server.enabled=true edge_runtime.deno_version=1 edge_runtime.secrets.secret_key="env(NOT_SET)"`,
}

const assignment = (entry: string): readonly [key: string, value: string] => {
  const [key = '', value = ''] = entry.split('=')
  return [key, value]
}

const words = (text: string) => text.trim().split(/\s+/)
const undone = (text: string) => parseConfig(text, 'config.toml', {}).undone

/** Keys that the CLI reads and its template does not show. */
const others: readonly (readonly [key: string, value: string])[] = [
  ['db.settings.session_replication_role', '"replica"'],
  ['auth.hook.send_sms.enabled', 'true'],
  ['auth.hook.send_email.enabled', 'true'],
  ['auth.web3.ethereum.enabled', 'true'],
  ['auth.third_party.workos.enabled', 'true'],
]

describe('a key of the CLI’s template', () => {
  it.each(words(template.honoured))('%s is honoured', (key) => {
    expect(ruleOf(key.split('.'))).toEqual({ does: 'honoured' })
  })

  it.each(words(template.nothing))('%s has no effect on authorization, and the reason is documented', (key) => {
    expect(ruleOf(key.split('.'))).toEqual({ does: 'nothing', why: expect.stringMatching(/\w/) })
  })

  it.each([...words(template.named).map(assignment), ...others])('%s is named when it is %s', (key, value) => {
    expect(undone(`${key} = ${value}`)).toEqual([
      expect.stringMatching(new RegExp(`^supabase/config.toml sets ${key.replaceAll('.', '[.]')}: \\w`)),
    ])
  })

  it('is not reported where its value is the behaviour of the sandbox', () => {
    const off = `
      api.enabled = true
      db.major_version = 17
      auth.captcha.enabled = false
      auth.external.apple.enabled = false
      auth.hook.send_email.enabled = false
      functions.hello.verify_jwt = false
      functions.hello.static_files = ["./page.html"]
      edge_runtime.deno_version = 2`
    expect(undone(off)).toEqual([])
  })
})

it('a key that the CLI does not know is named, wherever it stands', () => {
  for (const key of [
    'auth.enable_sign_up',
    'api.max_row',
    'db.seeds.enabled',
    'storage.bucket.images.public',
    'auht.x',
  ]) {
    expect(undone(`${key} = true`)).toEqual([`supabase/config.toml sets ${key}: the sandbox does not know this key`])
  }
  expect(undone('[auth.hook.after_user_created]\nenabled = true')).toHaveLength(1)
})

it('a named key with a wrong value is refused like any other', () => {
  for (const text of [
    'auth.captcha.enabled = "yes"',
    'db.major_version = "seventeen"',
    'auth.captcha.enabled = "env(X)"',
  ]) {
    expect(() => undone(text)).toThrow(expect.objectContaining({ code: 'config-invalid' }))
  }
})

it('the honoured keys are the keys of the configuration', () => {
  const { undone: _undone, ...config } = defaultConfig()
  const held = leaves(config).filter((key) => !['storage.buckets', 'auth.hook', 'functions'].includes(key))
  expect(held.filter((key) => ruleOf(key.split('.'))?.does !== 'honoured')).toEqual([])
  const known = words(template.honoured).filter((key) => !/^storage[.]buckets|^auth[.]hook/.test(key))
  expect(known.filter((key) => !held.includes(key))).toEqual([])
})

function leaves(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  const entries = Object.entries(value)
  return entries.length === 0
    ? [path]
    : entries.flatMap(([key, item]) => leaves(item, path === '' ? key : `${path}.${key}`))
}
