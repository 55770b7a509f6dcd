import { type Hub, topicKey } from './hub.ts'
import type { Change } from './stream.ts'

/**
 * Delivers a committed row of `realtime.messages`. Its sender's permission was checked when the row was inserted. A row without
 * event, privacy or payload is no message.
 */
export function deliver({ action, cells }: Change, hub: Hub): void {
  if (action !== 'INSERT' || cells === undefined) return
  const { id, topic, event, private: isPrivate, payload, binary_payload: bytes } = cells
  if (!id || topic == null || event == null || isPrivate == null) return
  const key = topicKey(topic, isPrivate === 't')
  if (bytes != null) {
    const body = Buffer.from(bytes.slice('\\x'.length), 'hex')
    hub.broadcast(key, { event, encoding: 'binary', body, meta: { id } })
  } else if (payload != null) {
    hub.broadcast(key, { event, encoding: 'json', body: Buffer.from(payload), meta: { id } })
  }
}
