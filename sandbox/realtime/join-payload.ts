import { z } from 'zod'

/** Booleans may be texts. An invalid value counts as missing: Realtime logs it and goes on. */
const flag = z
  .union([
    z.boolean(),
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(['true', 'false']))
      .transform((text) => text === 'true'),
  ])
  .catch(false)

const optionalText = z.string().optional().catch(undefined)
const object = z.record(z.string(), z.unknown())

const broadcast = z.object({ ack: flag, self: flag, replication_ready: flag, replay: z.unknown().optional() })
const presence = z.object({ enabled: flag, key: optionalText })
const changes = z.array(z.unknown()).transform((list) =>
  list.flatMap((item) => {
    const { data } = object.safeParse(item)
    return data === undefined ? [] : [data]
  }),
)
const config = z.object({
  broadcast: broadcast.catch(() => broadcast.parse({})),
  presence: presence.catch(() => presence.parse({})),
  postgres_changes: changes.catch([]),
  private: flag,
})
const schema = z.object({
  access_token: optionalText,
  user_token: optionalText,
  config: config.catch(() => config.parse({})),
})

/** The options of a client's join, with defaults for those that it left out. */
export type JoinPayload = z.output<typeof schema>

/** Parses the payload of `phx_join`. It never fails. */
export function readJoinPayload(payload: unknown): JoinPayload {
  return schema.parse(object.safeParse(payload).data ?? {})
}

/**
 * The token of a join: a user's own, or else the connection's. An opaque API key does not count as a user's token.
 *
 * @param connectionToken the token that the connection was opened with
 */
export function tokenOf({ access_token: own, user_token: older }: JoinPayload, connectionToken: string): string {
  const given = own ?? older
  if (given === undefined || given.startsWith('sb_')) return connectionToken
  return older ?? given
}
