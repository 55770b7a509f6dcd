import type { AuthSettings, Facts, Finding, Service } from './model.ts'

/** Seconds of clock difference that PostgREST tolerates in a token's times. */
const forgiven = 30

/** @returns the findings about the services that answer, and the settings of Auth and the Data API. */
export function serviceFindings(facts: Facts): Finding[] {
  const { auth, dataApi, storage, realtime } = facts
  const first = needed(
    'Auth',
    auth,
    'Check TRESPASS_URL, and whether the project runs: one that is paused does not answer.',
  )
  // No other service was examined then.
  if (auth.state !== 'answers') return [first]
  return [
    first,
    needed('Data API', dataApi, 'Switch it on: dashboard › Project Settings › Data API.'),
    optional('Storage', storage, 'buckets and objects'),
    optional('Realtime', realtime, 'channels'),
    ...schemas(facts),
    ...(facts.authSettings === null ? [] : signIns(facts.authSettings)),
    ...rows(facts),
    ...clock(facts),
  ]
}

function needed(about: string, service: Service, change: string): Finding {
  switch (service.state) {
    case 'answers':
      return { state: 'good', about, says: answered(service.version) }
    case 'absent':
      return { state: 'bad', about, says: 'is not served here', change }
    case 'silent':
      return { state: 'bad', about, says: service.why, change }
  }
}

function optional(about: string, service: Service, tested: string): Finding {
  switch (service.state) {
    case 'answers':
      return { state: 'good', about, says: answered(service.version) }
    case 'absent':
      return { state: 'less', about, says: `is not served here: ${tested} cannot be tested` }
    case 'silent':
      return { state: 'less', about, says: `${service.why}: ${tested} cannot be tested` }
  }
}

function answered(version: string | null): string {
  return version === null ? 'answers; its version is not shown' : `answers, version ${version}`
}

function schemas({ schemas: exposed, dataApi }: Facts): Finding[] {
  if (dataApi.state !== 'answers') return []
  if (exposed === null) return [{ state: 'told', about: 'exposed schemas', says: 'the Data API does not say which' }]
  return [{ state: 'told', about: 'exposed schemas', says: exposed.join(', ') }]
}

function signIns({ anonymousSignIns, signUps, passwords, confirmsMail }: AuthSettings): Finding[] {
  const providers = 'dashboard › Authentication › Sign In / Providers'
  const anonymous = anonymousSignIns && signUps
  return [
    anonymous
      ? { state: 'good', about: 'anonymous sign-ins', says: 'are allowed' }
      : {
          state: 'less',
          about: 'anonymous sign-ins',
          says: `are ${anonymousSignIns ? 'allowed, but sign-ups are not' : 'off'}: actors of kind \`anonymous-auth\` cannot be signed in`,
          change: `Switch on ${providers} › ${anonymousSignIns ? 'Allow new users to sign up' : 'Allow anonymous sign-ins'}.`,
        },
    passwords
      ? { state: 'good', about: 'passwords', says: 'may be signed in with' }
      : {
          state: 'less',
          about: 'passwords',
          says: 'may not be signed in with: actors of kind `authenticated` cannot be signed in',
          change: `Switch on ${providers} › Email.`,
        },
    {
      state: 'told',
      about: 'sign-ups',
      says: signUps ? 'are allowed' : 'are off; users of a run are made by the secret key',
    },
    {
      state: 'told',
      about: 'e-mail',
      says: confirmsMail
        ? 'has to be confirmed; users of a run are made as confirmed, and no mail is sent'
        : 'needs no confirmation: a user who signs up with another person’s address is signed in',
    },
  ]
}

function rows({ maxRows, configuredMaxRows, dataApi }: Facts): Finding[] {
  if (dataApi.state !== 'answers') return []
  const configured =
    configuredMaxRows === undefined
      ? 'the platform’s default is 1000: dashboard › Project Settings › Data API'
      : `supabase/config.toml says ${configuredMaxRows === 0 ? 'no limit' : configuredMaxRows}`
  const says =
    maxRows === null
      ? `not seen: no table that was asked has more rows than come at once; ${configured}`
      : `${maxRows} at once`
  return [{ state: 'told', about: 'max rows', says }]
}

function clock({ clockAhead }: Facts): Finding[] {
  if (clockAhead === null) return []
  const distance = Math.abs(clockAhead)
  if (distance <= 1) return [{ state: 'good', about: 'clock', says: 'the same as this machine’s' }]
  const says = `${distance} seconds ${clockAhead > 0 ? 'ahead of' : 'behind'} this machine’s`
  if (distance <= forgiven) return [{ state: 'told', about: 'clock', says }]
  const change = 'Set this machine’s clock by a time server: tokens are judged by the target’s.'
  return [{ state: 'less', about: 'clock', says: `${says}: tokens may count as expired or not valid yet`, change }]
}
