import type { ResponsePattern } from '../path.ts'
import { broken, denied, expiredBeforeUse, unknown, unusable } from '../response-pattern.ts'
import { closedCode, switchingProtocols } from './answer.ts'

/** Codes of a refused join that concern the service and not permission (Realtime, realtime_channel.ex). */
const outOfOrder = new Set([
  'IncreaseConnectionPool',
  'DatabaseLackOfConnections',
  'DatabaseConnectionRateLimitReached',
  'UnableToConnectToProject',
  'InitializingProjectConnection',
  'MissingPartition',
  'QueryCanceled',
  'TimeoutOnRpcCall',
  'RealtimeRestarting',
])

const limits = new Set(['ConnectionRateLimitReached', 'ClientJoinRateLimitReached', 'ChannelRateLimitReached'])

const tokens = new Set(['InvalidJWTToken', 'MalformedJWT', 'JwtSignatureError', 'JwtSignerError'])

/** Realtime's messages about a token, at a handshake and before it closes a channel. */
const aboutToken =
  /^(Token has expired|Fields `role` and `exp` are required|The token provided is not a valid JWT|Failed to validate JWT signature|signature_error)/

const aboutLimits = /^(Too many (messages|joins|connected|channels|presence)|Client presence rate limit exceeded)/

const aboutReading = /^(You do not have permissions to read|You no longer have permission to read) /

/**
 * Response patterns of Realtime 2.8 to 2.130 and of the gateway in front of it. A WebSocket has no status but that of its
 * handshake, so a pattern matches the code before the text of a refusal, the service's message before it closed a channel, and
 * whether the absence of a message is proven.
 */
export const responses: readonly ResponsePattern[] = [
  expiredBeforeUse,
  unknown('no-answer', 'no answer came, or the connection was lost', ({ status }) => status === 0),
  unknown(
    'realtime-limit',
    'Realtime limits connections, joins or messages',
    ({ status, code, message }) => status === 429 || limits.has(code ?? '') || aboutLimits.test(message ?? ''),
  ),
  unusable(
    'realtime-off',
    'Realtime is switched off, or the project is not known to it',
    ({ code, message }) =>
      ['RealtimeDisabledForTenant', 'TenantNotFound'].includes(code ?? '') ||
      /^(Realtime was disabled for this tenant|Tenant not found)/.test(message ?? ''),
  ),
  unknown(
    'realtime-unavailable',
    'Realtime or its database was not available',
    ({ status, code, message }) =>
      status >= 500 ||
      outOfOrder.has(code ?? '') ||
      /^Realtime was unable to connect to the project database/.test(message ?? ''),
  ),
  denied(
    'channel-token-refused',
    'unauthenticated',
    ({ code, message }) => tokens.has(code ?? '') || aboutToken.test(message ?? ''),
  ),
  denied('handshake-refused', 'unauthenticated', ({ status }) => status === 401),
  denied(
    'channel-unreadable',
    'rls',
    ({ code, message }) => code === 'Unauthorized' || aboutReading.test(message ?? ''),
  ),
  denied('private-channels-only', 'hidden', ({ code }) => code === 'PrivateOnly'),
  unknown('channel-closed', 'the channel was closed without a reason', ({ code }) => code === closedCode),

  denied('track-refused', 'rls', ({ code }, verb) => verb === 'track' && code === 'error'),
  denied('broadcast-refused', 'rls', ({ status }, verb) => verb === 'send' && status === 403),
  // Realtime answers a cancelled statement with another sentence (tenants/single_broadcast.ex).
  broken(
    'broadcast-policy-error',
    'a policy failed instead of deciding: it recurses, raises an error or names something that does not exist',
    ({ status, message }) => status === 422 && message === 'RLS policy error',
  ),
  unusable('broadcast-malformed', 'the message is malformed, or the server is older than this request', ({ status }) =>
    [400, 404, 413, 415, 422].includes(status),
  ),

  denied(
    'changes-not-published',
    'hidden',
    ({ code, message }) =>
      code === changes && /^Unable to subscribe to changes .*Please check Realtime is enabled/s.test(message ?? ''),
  ),
  denied(
    'filter-column-refused',
    'grant',
    ({ code, message }) => code === changes && /invalid column for (filter|select)/.test(message ?? ''),
  ),
  unusable('subscription-refused', 'the subscription is malformed', ({ code }) => code === changes),
  denied('change-withheld', 'grant', ({ code }, verb) => verb === 'subscribe' && code === '401'),
  unusable(
    'change-without-key',
    'the table has no primary key, and Realtime sends no change of such a row',
    ({ code }, verb) => verb === 'subscribe' && code === '400',
  ),
  unknown(
    'change-too-large',
    'the row was too large to be sent',
    ({ code }, verb) => verb === 'subscribe' && code === '413',
  ),

  denied('silence', 'filtered', ({ silence }) => silence === 'proven'),
  unknown(
    'silence-unproven',
    'nothing came, and no control shows whether it would have',
    ({ silence }) => silence === 'unproven',
  ),

  unusable('no-topic', 'the topic has no name', ({ code }) => code === 'TopicNameRequired'),
  unknown('refused-unclearly', 'Realtime refused for a reason that is not known', ({ code }) => code !== null),
  {
    name: 'done',
    matches: ({ status, message }) =>
      status === switchingProtocols || (status >= 200 && status < 300 && message === null),
    means: { kind: 'done' },
  },
]

const changes = 'postgres_changes'
