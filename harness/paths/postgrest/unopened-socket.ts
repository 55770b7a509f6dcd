/**
 * A WebSocket that is never opened. supabase-js needs one even where it only sends requests, and Node.js has its own only from 22
 * on.
 */
export class UnopenedSocket extends EventTarget {
  static [key: string]: unknown
  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3
  readonly readyState = 3
  readonly protocol = ''
  readonly url: string
  onopen = null
  onmessage = null
  onclose = null
  onerror = null

  constructor(address: string | URL) {
    super()
    this.url = String(address)
  }

  /** Nothing to close. */
  close(): void {}

  /** @throws always: an access path over HTTP sends nothing here. */
  send(): void {
    throw new Error('this access path opens no socket')
  }
}
