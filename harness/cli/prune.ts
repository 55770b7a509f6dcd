import { basename, resolve } from 'node:path'
import { TrespassError } from '../errors.ts'
import { type PrunePreview, previewPrune, prune as pruneReports } from '../evidence/prune.ts'
import { lockWholeWorkspace } from '../workspace/lock.ts'
import { type Flag, readArguments } from './arguments.ts'
import { type Command, workspaceFlag } from './command.ts'
import { print } from './print.ts'
import { plain } from './terminal/text.ts'

const flags = {
  ...workspaceFlag,
  target: { type: 'string', value: 'ALIAS', help: 'the target whose reports are meant' },
  keep: { type: 'string', value: 'N', help: 'the newest N reports stay' },
  'older-than': { type: 'string', value: 'DAYS', help: 'reports that are younger stay: 90d' },
  yes: { type: 'boolean', help: 'removes them; without it nothing is removed' },
  'despite-gaps': { type: 'boolean', help: 'also reports whose report before them is missing' },
} as const satisfies Readonly<Record<string, Flag>>

const day = 24 * 60 * 60 * 1000

/** Removes the oldest reports of a target, after listing them. */
export const prune: Command = {
  summary: 'removes the oldest reports of a target',
  flags,
  exits: {
    0: 'the oldest reports were named, or removed',
    2: 'bad usage or configuration, or a failure of Trespass itself',
  },
  examples: [
    'npx trespass prune --target staging --keep 30',
    'npx trespass prune --target staging --older-than 90d --yes',
  ],
  async run(args) {
    const given = readArguments(args, flags)
    if (given.words.length > 0) throw new TrespassError('usage', `found ${given.words[0]}, expected flags only`)
    const root = resolve(given.text('workspace') ?? '.')
    const alias = aliasOf(given.text('target'))
    const now = new Date()
    const retention = retentionOf(given.text('keep'), given.text('older-than'), now)
    const lock = given.on('yes') ? await lockWholeWorkspace(root) : null
    try {
      const prospect = await previewPrune(root, alias, retention)
      for (const line of describePrune(alias, prospect)) print(plain(line))
      if (prospect.gaps.length > 0 && !given.on('despite-gaps')) throw gaps(prospect)
      if (prospect.removed.length === 0) return 0
      if (lock === null) {
        print('Nothing was removed. With --yes they are.')
        return 0
      }
      const { digest } = await pruneReports(root, alias, prospect.removed, now)
      print(
        `Removed ${reports(prospect.removed.length)}. reports/${alias}/pruned.json says so; its digest is ${digest}`,
      )
      return 0
    } finally {
      lock?.release()
    }
  },
}

function describePrune(
  alias: string,
  { removed: going, kept: staying, named, noReports, gaps: broken }: PrunePreview,
): string[] {
  const head = `${alias}: ${reports(going.length)} to remove, ${staying} to stay`
  return [
    going.length === 0 ? `${alias}: nothing to remove, ${staying} to stay` : head,
    ...going.map(({ folder, startedAt }) => `  ${basename(folder)}  ${startedAt}`),
    ...named.map(({ link, by }) => `  stays: ${basename(link.folder)}, which ${by} names`),
    ...noReports.map((name) => `  left alone: ${name}, ${whatItIs(name)}`),
    ...broken.map(({ run }) => `  missing already: the report before ${run}`),
  ]
}

function whatItIs(name: string): string {
  return name.startsWith('.')
    ? 'which was being written or removed when its command ended: `trespass cleanup` removes it'
    : 'which is no report that this version can read'
}

function reports(count: number): string {
  return count === 1 ? '1 report' : `${count} reports`
}

/** @throws TrespassError `usage` */
function aliasOf(text: string | undefined): string {
  if (text !== undefined && /^\w[\w.-]*$/.test(text)) return text
  const found = text === undefined ? 'no target' : `the target ${text}`
  throw new TrespassError('usage', `found ${found}, expected the alias of one`, {
    hint: 'trespass prune --target staging --keep 30',
  })
}

/** @throws TrespassError `usage` */
function retentionOf(keep: string | undefined, age: string | undefined, now: Date) {
  if (keep === undefined && age === undefined) {
    throw new TrespassError('usage', 'found neither --keep nor --older-than, expected what is to stay', {
      hint: 'trespass prune --target staging --keep 30 --older-than 90d: what either of them keeps stays.',
    })
  }
  const days = age === undefined ? null : whole('--older-than', /^(\d+)d$/.exec(age)?.[1], age, 'such as 90d')
  return {
    keep: keep === undefined ? null : whole('--keep', keep, keep, 'from 1'),
    since: days === null ? null : new Date(now.getTime() - days * day).toISOString(),
  }
}

function whole(flag: string, text: string | undefined, given: string, such: string): number {
  const number = Number(text)
  if (text !== undefined && /^\d+$/.test(text) && number >= 1 && number <= 36_500) return number
  throw new TrespassError('usage', `found ${flag} ${given}, expected a whole number ${such}`)
}

function gaps({ gaps: broken }: PrunePreview): TrespassError {
  const runs = broken.map(({ run }) => run).join(', ')
  return new TrespassError('report-missing', `found that the report before ${runs} is missing; nothing was removed`, {
    hint: 'Without it nothing would tell of that any more. Find out what became of it, or add --despite-gaps: pruned.json keeps the gap.',
  })
}
