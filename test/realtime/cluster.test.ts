import pLimit from 'p-limit'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../harness/json.ts'
import { realtimeBench } from './bench.ts'
import { startTwoNodes } from './two-nodes.ts'

/** Values from 0 to 1, the same in every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const privateOnly = 'alter database postgres set trespass.realtime_private_only = on;'

/** An attempt, the actor's permissions in the room, and whether access is open. */
interface Case {
  readonly verb: string
  readonly body?: JsonObject
  readonly reads?: readonly string[]
  readonly writes?: readonly string[]
  readonly open: boolean
}

const receiving = (from: string): readonly Case[] => [
  { verb: 'receive', body: { from, with: 'presence' }, open: true },
  { verb: 'receive', body: { from, with: 'presence' }, reads: ['presence'], open: false },
]
const seeing = (from: string): readonly Case[] => [
  { verb: 'presence', body: { from }, open: true },
  { verb: 'presence', body: { from }, reads: ['broadcast'], open: false },
]
const sending = (via: string): readonly Case[] => [
  { verb: 'send', body: { via }, open: true },
  { verb: 'send', body: { via }, writes: [], open: false },
]
const cases: readonly Case[] = [
  ...['service', 'bob', 'database'].flatMap(receiving),
  ...['service', 'bob'].flatMap(seeing),
  ...['socket', 'batch'].flatMap(sending),
  { verb: 'send', body: { via: 'http' }, open: true },
  { verb: 'track', open: true },
  { verb: 'keep', body: { after: { remove: 'membership' }, watch: 1 }, open: true },
]

interface Setting {
  /** The maximum delay of a broadcast between the nodes in milliseconds; null if it never arrives. */
  readonly transit: number | null
  readonly sql?: string
}

function clusterBench({ transit, sql = '' }: Setting) {
  const random = numbers(20_261_130)
  const bench = realtimeBench({ sql, relay: (url) => startTwoNodes(url, { random, transit }) })
  // More of them would queue, and the delays between the nodes would not show.
  const few = pLimit(8)
  let rooms = 0
  const outcomeOf = async ({ verb, body = {}, reads = both, writes = both }: Case) => {
    rooms += 1
    const topic = `room:${rooms}`
    await bench.admit('alice', topic, [...reads], [...writes])
    await bench.admit('bob', topic)
    const { answer, means } = await bench.attempt('alice', verb, topic, { ...body })
    return { means, caught: answer.caught?.kind ?? null, ended: answer.lasted?.ended ?? null }
  }
  return {
    /** Tries every case the given number of times. */
    tried: (some: readonly Case[], times: number) =>
      Promise.all(
        Array.from({ length: times }, () => some)
          .flat()
          .map((one) => few(async () => ({ ...one, outcome: await outcomeOf(one) }))),
      ),
  }
}

type Tried = Awaited<ReturnType<ReturnType<typeof clusterBench>['tried']>>[number]

/** With access, the attempt works and its effect is seen; without, nothing is seen, and that is proven. */
function isRight({ open, outcome: { means, caught, ended } }: Tried): boolean {
  return open
    ? means === 'done' && caught !== 'nothing' && caught !== 'unread' && ended !== true
    : means === 'filtered' && (caught === null || caught === 'nothing')
}

describe.each([
  { where: 'a cluster', sql: '' },
  { where: 'a cluster without public channels', sql: privateOnly },
])('on $where', ({ sql }) => {
  const { tried } = clusterBench({ transit: 1_500, sql })

  test('open access is seen, and closed access is proven to be closed', { timeout: 180_000 }, async () => {
    const attempts = await tried(cases, 5)
    expect(attempts.filter((one) => !isRight(one))).toEqual([])
  })
})

describe('nodes that do not reach each other', () => {
  const { tried } = clusterBench({ transit: null })

  test('prove nothing', { timeout: 180_000 }, async () => {
    const measured = ({ verb, body }: Case) => verb === 'receive' || (verb === 'send' && body?.via === 'socket')
    const broadcasts = cases.filter((one) => one.open && measured(one))
    const attempts = await tried(broadcasts, 2)
    expect(attempts.filter(({ outcome }) => outcome.means === 'filtered')).toEqual([])
  })
})

const both = ['broadcast', 'presence']
