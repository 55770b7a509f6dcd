import { z } from 'zod'
import { FromEnvironment, flag, text, whole } from './config-environment.ts'

/**
 * The sandbox's treatment of one key of `config.toml`. `named`: the sandbox does not implement the key, and it changes who has
 * access; a run names it in its report if the file sets it to such a value.
 */
export type KeyRule =
  | { readonly does: 'honoured' }
  | { readonly does: 'nothing'; readonly why: string }
  | {
      readonly does: 'named'
      readonly schema: z.ZodType
      readonly when: (value: unknown) => boolean
      /** The behaviour of the sandbox instead. */
      readonly limit: string
    }

const honoured: KeyRule = { does: 'honoured' }
const nothing = (why: string): KeyRule => ({ does: 'nothing', why })
const named = (schema: z.ZodType, when: (value: unknown) => boolean, limit: string): KeyRule => ({
  does: 'named',
  schema,
  when,
  limit,
})
const onceOn = (limit: string) => named(flag, (value) => value === true, limit)
const onceOff = (limit: string) => named(flag, (value) => value === false, limit)
const always = (limit: string) => named(z.unknown(), () => true, limit)

/** A secret whose variable is not set, or that dotenvx encrypted. */
const isUnsetSecret = (value: unknown) =>
  value instanceof FromEnvironment ? value.value === undefined : String(value).startsWith('encrypted:')

const stack = nothing('it says how the local stack is reached and built, not who may do what')
const keys = nothing('every sandbox makes keys of its own')
const mail = nothing('no mail and no message is sent')
const belongs = nothing('it has no effect while its section is not served, which `enabled` says')

/**
 * Every key of `config.toml` that the Supabase CLI knows (https://github.com/supabase/cli at 1d1e719, August 2026,
 * `pkg/config`), with its treatment. `*` stands for one name, `**` for one or more. The first match counts.
 */
const rules: readonly (readonly [pattern: string, rule: KeyRule])[] = [
  ['project_id', stack],
  ['api.enabled', onceOff('the Data API is served all the same')],
  ['api.schemas', honoured],
  ['api.extra_search_path', honoured],
  ['api.max_rows', honoured],
  ['api.auto_expose_new_tables', honoured],
  ['api.external_url', honoured],
  ['api.port', stack],
  ['api.tls.*', stack],

  ['db.major_version', named(whole(0), (value) => value !== 17, 'the database is PostgreSQL 17')],
  ['db.migrations.enabled', honoured],
  ['db.migrations.schema_paths', nothing('the CLI writes migrations from these files, and the migrations are applied')],
  ['db.seed.enabled', honoured],
  ['db.seed.sql_paths', honoured],
  ['db.vault', honoured],
  ['db.vault.*', named(z.unknown(), isUnsetSecret, 'its value is not known, so the secret is missing or encrypted')],
  [
    'db.settings.session_replication_role',
    named(text, (value) => value !== 'origin', 'triggers and foreign keys are checked as in `origin`'),
  ],
  ...[
    'effective_cache_size',
    'logical_decoding_work_mem',
    'maintenance_work_mem',
    'max_connections',
    'max_locks_per_transaction',
    'max_parallel_maintenance_workers',
    'max_parallel_workers',
    'max_parallel_workers_per_gather',
    'max_replication_slots',
    'max_slot_wal_keep_size',
    'max_standby_archive_delay',
    'max_standby_streaming_delay',
    'max_wal_senders',
    'max_wal_size',
    'max_worker_processes',
    'shared_buffers',
    'statement_timeout',
    'track_activity_query_size',
    'track_commit_timestamp',
    'wal_keep_size',
    'wal_sender_timeout',
    'work_mem',
  ].map((setting) => [`db.settings.${setting}`, nothing('it sets sizes and times of the server')] as const),
  ['db.network_restrictions.enabled', onceOn('the database takes connections from this machine')],
  ['db.network_restrictions.allowed_cidrs', belongs],
  ['db.network_restrictions.allowed_cidrs_v6', belongs],
  ['db.ssl_enforcement.enabled', nothing('it says how a connection is encrypted, not who may do what')],
  ['db.pooler.*', stack],
  ['db.port', stack],
  ['db.shadow_port', stack],
  ['db.health_timeout', stack],
  ['db.root_key', stack],

  ['realtime.enabled', honoured],
  ['realtime.ip_version', stack],
  ['realtime.max_header_length', stack],
  ['studio.*', stack],
  ['inbucket.*', mail],
  ['edge_runtime.enabled', honoured],
  ['edge_runtime.secrets', honoured],
  ['edge_runtime.secrets.*', named(z.unknown(), isUnsetSecret, 'its value is not known, so the variable is not set')],
  ['edge_runtime.deno_version', named(whole(1), (value) => value === 1, 'functions run in the Deno that is installed')],
  ['edge_runtime.policy', nothing('it says when the code of a function is loaded again, not who may do what')],
  ['edge_runtime.inspector_port', stack],
  ...['enabled', 'verify_jwt', 'import_map', 'entrypoint'].map((key) => [`functions.*.${key}`, honoured] as const),
  ['functions.*.static_files', nothing('a function reads the files where they lie')],
  ['functions.*', honoured],
  ['analytics.*', stack],
  ['experimental.webhooks.enabled', honoured],
  ['experimental.**', stack],
  ['remotes.**', nothing('it belongs to a hosted project')],

  ['storage.enabled', honoured],
  ['storage.file_size_limit', honoured],
  ['storage.buckets.*.public', honoured],
  ['storage.buckets.*.file_size_limit', honoured],
  ['storage.buckets.*.allowed_mime_types', honoured],
  ['storage.buckets.*.objects_path', always('the files are not uploaded')],
  ['storage.buckets.*', honoured],
  ['storage.s3_protocol.enabled', nothing('the policies that decide by S3 are those of the other routes')],
  ['storage.image_transformation.enabled', nothing('the policies that decide about images are those of the objects')],
  ['storage.analytics.enabled', onceOn('analytics buckets are not served')],
  ['storage.analytics.max_namespaces', belongs],
  ['storage.analytics.max_tables', belongs],
  ['storage.analytics.max_catalogs', belongs],
  ['storage.analytics.buckets.*', belongs],
  ['storage.vector.enabled', onceOn('vector buckets are not served')],
  ['storage.vector.max_buckets', belongs],
  ['storage.vector.max_indexes', belongs],
  ['storage.vector.buckets.*', belongs],

  ['auth.enabled', onceOff('Auth is served all the same')],
  ['auth.site_url', honoured],
  ['auth.external_url', honoured],
  ['auth.jwt_issuer', honoured],
  ['auth.jwt_expiry', honoured],
  ['auth.enable_refresh_token_rotation', honoured],
  ['auth.refresh_token_reuse_interval', honoured],
  ['auth.enable_signup', honoured],
  ['auth.enable_anonymous_sign_ins', honoured],
  ['auth.minimum_password_length', honoured],
  ['auth.password_requirements', honoured],
  ['auth.additional_redirect_urls', nothing('a link is answered and not followed, so nothing is redirected')],
  ['auth.enable_manual_linking', onceOn('identities cannot be linked')],
  ['auth.signing_keys_path', keys],
  ['auth.publishable_key', keys],
  ['auth.secret_key', keys],
  ['auth.jwt_secret', keys],
  ['auth.anon_key', keys],
  ['auth.service_role_key', keys],
  ['auth.passkey.enabled', onceOn('passkeys are not served')],
  ['auth.webauthn.rp_display_name', belongs],
  ['auth.webauthn.rp_id', belongs],
  ['auth.webauthn.rp_origins', belongs],
  ['auth.rate_limit.*', nothing('it says how often a client may ask, not what')],
  ['auth.captcha.enabled', onceOn('no captcha is asked for')],
  ['auth.captcha.provider', belongs],
  ['auth.captcha.secret', belongs],
  ['auth.hook.send_sms.enabled', onceOn('no message is sent, so the hook is not run')],
  ['auth.hook.send_email.enabled', onceOn('no mail is sent, so the hook is not run')],
  ...['send_sms', 'send_email'].flatMap((hook) =>
    ['uri', 'secrets'].map((key) => [`auth.hook.${hook}.${key}`, belongs] as const),
  ),
  ...[
    'custom_access_token',
    'before_user_created',
    'mfa_verification_attempt',
    'password_verification_attempt',
  ].flatMap((hook) => ['enabled', 'uri', 'secrets'].map((key) => [`auth.hook.${hook}.${key}`, honoured] as const)),
  ['auth.mfa.max_enrolled_factors', honoured],
  ['auth.mfa.totp.enroll_enabled', honoured],
  ['auth.mfa.totp.verify_enabled', honoured],
  ['auth.mfa.phone.enroll_enabled', onceOn('a phone is no second factor')],
  ['auth.mfa.phone.verify_enabled', onceOn('a phone is no second factor')],
  ['auth.mfa.phone.otp_length', belongs],
  ['auth.mfa.phone.template', belongs],
  ['auth.mfa.phone.max_frequency', belongs],
  ['auth.mfa.web_authn.enroll_enabled', onceOn('WebAuthn is no second factor')],
  ['auth.mfa.web_authn.verify_enabled', onceOn('WebAuthn is no second factor')],
  ['auth.sessions.timebox', always('a session lasts until it is ended')],
  ['auth.sessions.inactivity_timeout', always('a session lasts until it is ended')],
  ['auth.email.enable_signup', honoured],
  ['auth.email.enable_confirmations', honoured],
  ['auth.email.double_confirm_changes', honoured],
  ['auth.email.otp_expiry', honoured],
  ['auth.email.secure_password_change', onceOn('a password is changed without reauthentication')],
  ['auth.email.max_frequency', mail],
  ['auth.email.otp_length', nothing('a code of another length proves the same')],
  ['auth.email.smtp.*', mail],
  ['auth.email.template.*.*', mail],
  ['auth.email.notification.*.*', mail],
  ['auth.sms.enable_signup', honoured],
  ['auth.sms.test_otp.*', always('sign-ins by phone are refused')],
  ['auth.sms.test_otp', mail],
  ['auth.sms.enable_confirmations', belongs],
  ['auth.sms.template', mail],
  ['auth.sms.max_frequency', mail],
  ...['twilio', 'twilio_verify', 'messagebird', 'textlocal', 'vonage'].map(
    (provider) => [`auth.sms.${provider}.*`, mail] as const,
  ),
  ['auth.external.*.enabled', onceOn('this provider is not served')],
  ...['client_id', 'secret', 'url', 'redirect_uri', 'skip_nonce_check', 'email_optional'].map(
    (key) => [`auth.external.*.${key}`, belongs] as const,
  ),
  ['auth.web3.*.enabled', onceOn('signing in with a wallet is not served')],
  ['auth.third_party.*.enabled', onceOn('tokens of this issuer are refused')],
  ...['project_id', 'tenant', 'tenant_region', 'user_pool_id', 'user_pool_region', 'domain', 'issuer_url'].map(
    (key) => [`auth.third_party.*.${key}`, belongs] as const,
  ),
  ['auth.oauth_server.enabled', onceOn('the OAuth server is not served')],
  ['auth.oauth_server.authorization_url_path', belongs],
  ['auth.oauth_server.allow_dynamic_registration', belongs],
]

/** @returns the treatment of a key; undefined for a key that the CLI does not know. */
export function ruleOf(path: readonly string[]): KeyRule | undefined {
  return rules.find(([pattern]) => matches(pattern.split('.'), path))?.[1]
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.at(-1) === '**') {
    const before = pattern.slice(0, -1)
    return path.length > before.length && matches(before, path.slice(0, before.length))
  }
  return pattern.length === path.length && pattern.every((part, at) => part === '*' || part === path[at])
}

/** One value of the file that is invalid. */
export interface KeyProblem {
  readonly path: readonly string[]
  readonly message: string
}

/**
 * Lists the settings of a file that the sandbox does not implement.
 *
 * @param parsed the file, with its variables replaced
 * @returns a sentence for each key that is named, and the problems of their values
 */
export function undoneIn(parsed: unknown): {
  readonly undone: readonly string[]
  readonly problems: readonly KeyProblem[]
} {
  const undone: string[] = []
  const problems: KeyProblem[] = []
  for (const [path, value] of leavesOf(parsed, [])) {
    const rule = ruleOf(path)
    const key = path.join('.')
    if (rule === undefined) undone.push(`supabase/config.toml sets ${key}: the sandbox does not know this key`)
    if (rule?.does !== 'named') continue
    const read = rule.schema.safeParse(value)
    if (!read.success) problems.push({ path, message: read.error.issues[0]?.message ?? 'a wrong value' })
    else if (rule.when(read.data)) undone.push(`supabase/config.toml sets ${key}: ${rule.limit}`)
  }
  return { undone, problems }
}

/** A list is one value, and so is an empty table. */
function leavesOf(value: unknown, path: readonly string[]): readonly (readonly [readonly string[], unknown])[] {
  const isTable =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof FromEnvironment)
  const entries = isTable ? Object.entries(value) : []
  if (entries.length === 0) return path.length === 0 ? [] : [[path, value]]
  return entries.flatMap(([key, item]) => leavesOf(item, [...path, key]))
}
