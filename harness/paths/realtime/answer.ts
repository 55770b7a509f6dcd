import { z } from 'zod'
import type { JsonObject } from '../../json.ts'
import { parseJson } from '../../json-text.ts'
import { emptyAnswer } from '../empty-answer.ts'
import { stableHeaders } from '../headers.ts'
import type { Answer, SentRequest } from '../path.ts'
import type { Channel, JoinResult, MissingReason } from './channel.ts'
import type { HttpAnswer } from './connection.ts'

/** The status of a handshake that worked: the only one that a WebSocket has. */
export const switchingProtocols = 101

/** An attempt's request, without host and credentials, and its start. */
export class StartedRequest {
  readonly #startedAt = performance.now()
  readonly #request: SentRequest

  /**
   * @param method the operation in one word: `JOIN`.
   * @param path its object, such as the topic.
   * @param body the parts of the message.
   */
  constructor(method: string, path: string, body: JsonObject) {
    this.#request = { method, path, headers: {}, body }
  }

  /**
   * An answer over the WebSocket; fields that are left out are absent. The reason for an unproven absence takes the place of the
   * message.
   */
  answer(parts: Partial<Answer> = {}): Answer {
    const why = parts.silence === 'unproven' ? { message: parts.details ?? null } : {}
    return {
      request: this.#request,
      status: switchingProtocols,
      ...emptyAnswer,
      ...parts,
      ...why,
      durationMs: performance.now() - this.#startedAt,
    }
  }

  /** A join that did not work. The service's code is before the first `: ` (Realtime, logging.ex). */
  notJoined(joined: Exclude<JoinResult, { kind: 'joined' }>, parts: Partial<Answer> = {}): Answer {
    switch (joined.kind) {
      case 'refused': {
        const [, code = null, message = joined.reason] = /^([A-Z]\w+): (.*)$/s.exec(joined.reason) ?? []
        return this.answer({ code, message, ...parts })
      }
      case 'shut':
        return this.answer({ ...joined.handshake, ...parts })
      case 'failed':
        return this.answer({ status: 0, failure: joined.failure, ...parts })
    }
  }

  /** Nothing came, with the reason: the service closed the channel, the connection was lost, or the deadline passed. */
  missing(channel: Channel, missing: MissingReason, details: string | null, parts: Partial<Answer> = {}): Answer {
    switch (missing) {
      case 'dropped':
        return this.answer({ status: 0, failure: 'network', details, ...parts })
      case 'late':
        return this.answer({ silence: 'unproven', details, ...parts })
      case 'closed':
        return this.answer({ code: closedCode, message: lastSystemMessage(channel), details, ...parts })
    }
  }

  /** An answer over HTTP. */
  http(answer: HttpAnswer | string | null, parts: Partial<Answer> = {}): Answer {
    if (answer === null || typeof answer === 'string') {
      const failure = answer === 'timeout' ? 'timeout' : 'network'
      return this.answer({ status: 0, failure, message: answer, ...parts })
    }
    const body = answer.text === null || answer.text === '' ? {} : { body: answer.text }
    const headers = stableHeaders(answer.headers)
    return this.answer({ status: answer.status, message: messageIn(answer.text), headers, ...body, ...parts })
  }
}

/** The code for the event by which the service closes a channel (Phoenix). */
export const closedCode = 'phx_close'

/** The service's last message before it closed a channel; null without one. */
function lastSystemMessage(channel: Channel): string | null {
  let last: string | null = null
  channel.find((notice) => {
    if (notice.kind === 'system' && !notice.ok) last = notice.message
    return undefined
  })
  return last
}

const httpErrorSchema = z.object({ message: z.string().optional(), error: z.string().optional() })

function messageIn(text: string | null): string | null {
  if (text === null || text === '') return null
  try {
    const { message, error } = httpErrorSchema.parse(parseJson(text))
    return message ?? error ?? null
  } catch {
    return null
  }
}
