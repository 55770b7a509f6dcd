import type { Facts, Finding, KeyReport } from './model.ts'

const forms = {
  publishable: 'a publishable key',
  secret: 'a secret key',
  legacy: 'a legacy key',
} as const

/** @returns the findings about the keys and their uses. */
export function keyFindings(facts: Facts): Finding[] {
  return [
    keyFinding('publishable key', facts.publishableKey, 'anon', facts),
    ...secretKey(facts),
    legacyKeys(facts),
    ...project(facts),
    ...signing(facts),
    minting(facts),
  ]
}

function keyFinding(
  about: string,
  { form, accepted, why }: KeyReport,
  role: string,
  { auth }: Pick<Facts, 'auth'>,
): Finding {
  const what = `${forms[form]} for the role ${role}`
  if (accepted === true) return { state: 'good', about, says: `${what}, accepted` }
  const says = `${what}, ${accepted === false ? 'refused' : 'not tried'}: ${why}`
  if (accepted === null && auth.state !== 'answers') return { state: 'told', about, says }
  return { state: 'bad', about, says, change: 'Copy it again from dashboard › Project Settings › API Keys.' }
}

function secretKey(facts: Facts): Finding[] {
  const { secretKey: report, premade } = facts
  if (report !== null) return [keyFinding('secret key', report, 'service_role', facts)]
  const users =
    premade.length === 0
      ? 'no actor with a user can be signed in'
      : `of the actors with a user only ${premade.join(', ')} can be signed in`
  const says = `none is set: ${users}, and no control is privileged`
  return [
    { state: 'less', about: 'secret key', says, change: 'Set TRESPASS_SECRET_KEY, or name users in TRESPASS_USERS.' },
  ]
}

function legacyKeys({ publishableKey, secretKey: secret }: Facts): Finding {
  const about = 'legacy keys'
  const active = [publishableKey, secret].some((key) => key?.form === 'legacy' && key.accepted === true)
  const off = [publishableKey, secret].some((key) => /legacy api keys are disabled/i.test(key?.why ?? ''))
  if (off) return { state: 'told', about, says: 'are switched off' }
  if (!active) {
    const says = 'not seen: none is among the variables; dashboard › Project Settings › API Keys shows it'
    return { state: 'told', about, says }
  }
  return {
    state: 'told',
    about,
    says: 'are still active, and cannot be replaced one by one when they leak',
    change: 'Use publishable and secret keys, then switch them off: dashboard › Project Settings › API Keys.',
  }
}

function project({ projectNamedBy: named }: Facts): Finding[] {
  if (named.length < 2) return []
  return [{ state: 'good', about: 'project', says: `${named.join(', ')} name the same one` }]
}

function signing({ signingKeys }: Facts): Finding[] {
  if (signingKeys === null) return []
  const says =
    signingKeys.length === 0
      ? 'a shared secret (HS256): none is published'
      : `published: ${[...new Set(signingKeys)].join(', ')}`
  return [{ state: 'told', about: 'signing keys', says }]
}

function minting({ minting: state, mintingVariable: variable }: Facts): Finding {
  const about = 'minting'
  switch (state) {
    case 'accepted':
      return { state: 'good', about, says: `a token that ${variable} signs is accepted` }
    case 'none':
      return {
        state: 'less',
        about,
        says: 'not possible: tokens that are `expired` or of an `unknown-role` cannot be tried',
        change: 'Set TRESPASS_JWT_SECRET, or import a key of your own and set TRESPASS_JWT_PRIVATE_KEY.',
      }
    case 'refused':
      return {
        state: 'bad',
        about,
        says: `a token that ${variable} signs is refused`,
        change: 'Copy the key again, and check that dashboard › Project Settings › JWT Keys shows it as in use.',
      }
    case 'unusable':
      return {
        state: 'bad',
        about,
        says: `${variable} cannot be used for signing: no token was sent`,
        change: 'It is an EC P-256, RSA or shared key as a JWK, with its private part.',
      }
    case 'unknown':
      return { state: 'told', about, says: `whether a token that ${variable} signs is accepted could not be tried` }
  }
}
