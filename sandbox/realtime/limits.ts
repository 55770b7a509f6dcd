/**
 * Limits of a hosted project on the free plan. Only limits of one connection or channel are enforced; the rates per second of a
 * whole project are not.
 */

/** Channels of one connection. */
export const CHANNELS_PER_CONNECTION = 100

/** Bytes of one broadcast or one presence. */
export const PAYLOAD_BYTES = 256 * 1000

/** Presence messages of one channel within `PRESENCE_WINDOW` milliseconds. */
export const PRESENCE_CALLS = 5
export const PRESENCE_WINDOW = 30_000

/** Bytes of one frame of the WebSocket. */
export const FRAME_BYTES = 5_000_000

/** Milliseconds after which a channel's token is verified again, if it does not expire before. */
export const TOKEN_CHECK = 5 * 60_000
