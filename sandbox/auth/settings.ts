import type { AuthConfig } from '../config.ts'

/** The answer of `GET /health`. */
export const health = {
  version: 'sandbox',
  name: 'GoTrue',
  description: 'GoTrue is a user registration and authentication API',
}

const oauthProviders = [
  'apple',
  'azure',
  'bitbucket',
  'discord',
  'facebook',
  'figma',
  'fly',
  'github',
  'gitlab',
  'google',
  'kakao',
  'keycloak',
  'linkedin',
  'linkedin_oidc',
  'notion',
  'slack',
  'slack_oidc',
  'snapchat',
  'spotify',
  'twitch',
  'twitter',
  'workos',
  'zoom',
]

/** The answer of `GET /settings`: the facts that a client may show before a user signs in. */
export function settings(config: AuthConfig): Record<string, unknown> {
  return {
    external: {
      anonymous_users: config.enable_anonymous_sign_ins,
      email: config.email.enable_signup,
      phone: config.sms.enable_signup,
      ...Object.fromEntries(oauthProviders.map((provider) => [provider, false])),
    },
    disable_signup: !config.enable_signup,
    mailer_autoconfirm: !config.email.enable_confirmations,
    phone_autoconfirm: false,
    sms_provider: '',
    saml_enabled: false,
    saml_private_key_next_configured: false,
    passkeys_enabled: false,
  }
}
