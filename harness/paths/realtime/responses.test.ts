import { describe, expect, it } from 'vitest'
import { answerWith } from '../../../test/support/example-answers.ts'
import type { Answer } from '../path.ts'
import { StartedRequest } from './answer.ts'
import type { JoinResult } from './channel.ts'
import { responses } from './responses.ts'

type Case = readonly [what: string, answer: Answer, face: string, means: string, verb?: string]

const request = () => new StartedRequest('JOIN', 'room', {})
const refused = (reason: string) => request().notJoined({ kind: 'refused', reason })
const shut = (status: number, message: string | null) =>
  request().notJoined({ kind: 'shut', handshake: { status, message } })
const failed = (failure: 'timeout' | 'network'): JoinResult => ({ kind: 'failed', failure })
const closed = (message: string | null) => request().answer({ code: 'phx_close', message })
const changes = (message: string) => request().answer({ code: 'postgres_changes', message })
const http = (status: number, message: string | null = null) => answerWith({ status, message })

const cases: readonly Case[] = [
  // Joins that are refused (Realtime, realtime_channel.ex).
  [
    'a policy',
    refused('Unauthorized: You do not have permissions to read from this Channel topic: a'),
    'channel-unreadable',
    'rls',
  ],
  [
    'no public access',
    refused('PrivateOnly: This project only allows private channels'),
    'private-channels-only',
    'hidden',
  ],
  [
    'an expired token',
    refused('InvalidJWTToken: Token has expired 8 seconds ago'),
    'channel-token-refused',
    'unauthenticated',
  ],
  [
    'a token of the attempt that expired before its first use',
    { ...refused('InvalidJWTToken: Token has expired 1 seconds ago'), lapsed: true },
    'expired-before-use',
    'unknown',
  ],
  [
    'a token without claims',
    refused('InvalidJWTToken: Fields `role` and `exp` are required in JWT'),
    'channel-token-refused',
    'unauthenticated',
  ],
  [
    'no token',
    refused('MalformedJWT: The token provided is not a valid JWT'),
    'channel-token-refused',
    'unauthenticated',
  ],
  [
    'a foreign signature',
    refused('JwtSignatureError: Failed to validate JWT signature'),
    'channel-token-refused',
    'unauthenticated',
  ],
  ['no signer', refused('JwtSignerError: Failed to generate JWT signer'), 'channel-token-refused', 'unauthenticated'],
  ['too many users', refused('ConnectionRateLimitReached: Too many connected users'), 'realtime-limit', 'unknown'],
  ['too many joins', refused('ClientJoinRateLimitReached: Too many joins per second'), 'realtime-limit', 'unknown'],
  ['too many channels', refused('ChannelRateLimitReached: Too many channels'), 'realtime-limit', 'unknown'],
  ...[
    'IncreaseConnectionPool: Please increase your connection pool size',
    'DatabaseLackOfConnections: Database can not accept more connections',
    'DatabaseConnectionRateLimitReached: Too many database connection attempts',
    'UnableToConnectToProject: Realtime was unable to connect to the project database',
    'InitializingProjectConnection: Realtime is initializing the project connection',
    'Realtime was unable to connect to the project database',
    'MissingPartition: no partition of relation "messages" found for row',
    'QueryCanceled: canceling statement due to statement timeout',
    'TimeoutOnRpcCall: Node request timeout',
    'RealtimeRestarting: Realtime is restarting, please standby',
  ].map((reason): Case => [reason, refused(reason), 'realtime-unavailable', 'unknown']),
  [
    'a project without Realtime',
    refused('RealtimeDisabledForTenant: Realtime disabled for this tenant'),
    'realtime-off',
    'unusable',
  ],
  [
    'an unknown project',
    refused('TenantNotFound: Tenant with the given ID does not exist'),
    'realtime-off',
    'unusable',
  ],
  ['no name', refused('TopicNameRequired: You must provide a topic name'), 'no-topic', 'unusable'],
  ['anything else', refused('SomethingNew: what is this'), 'refused-unclearly', 'unknown'],

  // Handshakes that are refused (Realtime, user_socket.ex).
  ['a handshake without a key', shut(401, 'API key is missing'), 'handshake-refused', 'unauthenticated'],
  ['a handshake with an expired key', shut(401, 'Token has expired'), 'channel-token-refused', 'unauthenticated'],
  ['a handshake that the gateway refuses', shut(401, null), 'handshake-refused', 'unauthenticated'],
  ['a handshake without Realtime', shut(403, 'Realtime was disabled for this tenant'), 'realtime-off', 'unusable'],
  ['a handshake of nobody', shut(404, 'Tenant not found'), 'realtime-off', 'unusable'],
  ['one handshake too many', shut(429, 'Too many connected users'), 'realtime-limit', 'unknown'],
  ['a broken service', shut(500, 'Error connecting to Realtime'), 'realtime-unavailable', 'unknown'],
  ['an answer that is late', request().answer({ status: 0, failure: 'timeout' }), 'no-answer', 'unknown'],
  ['a lost connection', request().answer({ status: 0, failure: 'network' }), 'no-answer', 'unknown'],

  // The service's message before it closes a channel.
  ['a token that expires', closed('Token has expired 1 seconds ago'), 'channel-token-refused', 'unauthenticated'],
  [
    'a lost permission',
    closed('You no longer have permission to read from this Channel topic: a'),
    'channel-unreadable',
    'rls',
  ],
  [
    'all permissions lost',
    closed('You do not have permissions to read from this Channel topic: a'),
    'channel-unreadable',
    'rls',
  ],
  ['too many messages', closed('Too many messages per second'), 'realtime-limit', 'unknown'],
  ['too much presence', closed('Client presence rate limit exceeded'), 'realtime-limit', 'unknown'],
  ['a channel closed without a word', closed(null), 'channel-closed', 'unknown'],

  // Sending.
  ['presence that is refused', request().answer({ code: 'error' }), 'track-refused', 'rls', 'track'],
  ['a message over HTTP that is refused', http(403, 'Unauthorized'), 'broadcast-refused', 'rls', 'send'],
  ['a message over HTTP of nobody', http(401, 'Unauthorized'), 'handshake-refused', 'unauthenticated', 'send'],
  ['a policy that fails', http(422, 'RLS policy error'), 'broadcast-policy-error', 'broken', 'send'],
  ['a malformed message', http(422, 'Unprocessable'), 'broadcast-malformed', 'unusable', 'send'],
  ['an older server', http(404), 'broadcast-malformed', 'unusable', 'send'],
  ['too many requests', http(429, 'Too many requests'), 'realtime-limit', 'unknown', 'send'],
  ['a message that is taken', http(202), 'done', 'done', 'send'],
  [
    'a message that is taken and dropped',
    answerWith({ status: 202, silence: 'proven' }),
    'silence',
    'filtered',
    'send',
  ],
  ['a message that got lost', answerWith({ status: 202, silence: 'unproven' }), 'silence-unproven', 'unknown', 'send'],

  // Postgres Changes (Realtime, subscriptions.ex; errors of realtime.apply_rls).
  [
    'a table that is not published',
    changes(
      'Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [event: *]',
    ),
    'changes-not-published',
    'hidden',
  ],
  [
    'a column that may not be read',
    changes(
      'Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: [event: *]. Exception: invalid column for filter x',
    ),
    'filter-column-refused',
    'grant',
  ],
  ['a filter that cannot be read', changes('Error parsing `filter` params: ["a"]'), 'subscription-refused', 'unusable'],
  [
    'a change without a row',
    request().answer({ code: '401', message: 'Unauthorized' }),
    'change-withheld',
    'grant',
    'subscribe',
  ],
  [
    'a table without a key',
    request().answer({ code: '400', message: 'Bad Request, no primary key' }),
    'change-without-key',
    'unusable',
    'subscribe',
  ],
  [
    'a large row',
    request().answer({ code: '413', message: 'Payload Too Large' }),
    'change-too-large',
    'unknown',
    'subscribe',
  ],

  ['silence', request().answer({ silence: 'proven' }), 'silence', 'filtered'],
  ['silence that nobody can explain', request().answer({ silence: 'unproven' }), 'silence-unproven', 'unknown'],
  ['anything that worked', request().answer({ rows: [{ id: 1 }] }), 'done', 'done'],
]

describe('a response pattern of Realtime', () => {
  const table = cases.map(([what, answer, name, means, verb = 'join']) => ({ what, answer, name, means, verb }))
  it.each(table)('matches $what', ({ answer, name, means, verb }) => {
    const face = responses.find((candidate) => candidate.matches(answer, verb))
    expect([face?.name, face?.means.kind === 'denied' ? face.means.layer : face?.means.kind]).toEqual([name, means])
  })

  it('is shown by some case', () => {
    const shown = new Set(cases.map(([, , name]) => name))
    expect(responses.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([])
  })

  it('of an answer that never came names the reason', () => {
    const joined = failed('timeout')
    if (joined.kind === 'joined') throw new Error('it was refused')
    expect(request().notJoined(joined)).toMatchObject({ status: 0, failure: 'timeout' })
  })
})
