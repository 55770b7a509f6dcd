/** The variables of a target, each with the place of its value in the dashboard. */
export const targetVariables = {
  TRESPASS_URL: 'the project URL: dashboard › Project Settings › Data API',
  TRESPASS_PUBLISHABLE_KEY: 'the publishable key (or the legacy anon key): dashboard › Project Settings › API Keys',
  TRESPASS_SECRET_KEY: 'a secret key (or the legacy service_role key): dashboard › Project Settings › API Keys',
  TRESPASS_DATABASE_URL: 'the connection string of the session pooler or of the database: dashboard › Connect',
  TRESPASS_DATABASE_CA: 'the path of the server root certificate: dashboard › Database › Settings › SSL Configuration',
  TRESPASS_JWT_SECRET: 'the legacy JWT secret: dashboard › Project Settings › JWT Keys',
  TRESPASS_JWT_PRIVATE_KEY:
    'a private key as a JWK that you imported yourself: dashboard › Project Settings › JWT Keys',
  TRESPASS_HTTP_URL: 'the address of your own backend, where a matrix sends requests to its routes',
  TRESPASS_USERS: 'users that exist already, by actor: made in dashboard › Authentication › Users',
} as const

/** Variables that belong to the project of TRESPASS_URL and do harm beside the URL of another one. */
export const projectVariables: readonly string[] = [
  'TRESPASS_SECRET_KEY',
  'TRESPASS_DATABASE_URL',
  'TRESPASS_JWT_SECRET',
  'TRESPASS_JWT_PRIVATE_KEY',
  'TRESPASS_USERS',
  'TRESPASS_HTTP_URL',
]

/** The prefix of the variables of workers' logins; the role in upper case follows. */
export const workerPrefix = 'TRESPASS_WORKER_URL_'

/** @returns the variable that holds the connection string of a login role: `TRESPASS_WORKER_URL_TASK_WORKER`. */
export function workerVariable(role: string): string {
  return `${workerPrefix}${role.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`
}

export type TargetVariable = keyof typeof targetVariables

/** Every variable that Trespass reads, for `.env.example` and the documents. */
export const allVariables: readonly string[] = [
  ...Object.keys(targetVariables),
  'TRESPASS_TARGET',
  'TRESPASS_ALLOW_WRITES',
  'TRESPASS_CONCURRENCY',
  'TRESPASS_SIGNING_JWK',
  'TRESPASS_POSTGREST_BIN',
  'TRESPASS_POSTGRES_BIN',
]
