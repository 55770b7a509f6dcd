import type { Roster } from '../model/matrix.ts'
import type { Mutant, Suggestion } from './model.ts'

const operations: Readonly<Record<string, { readonly name: string; readonly text: string }>> = {
  select: { name: 'read theirs', text: '{ select: theirs }' },
  insert: { name: 'create', text: '{ insert: { } } # the columns of a new row' },
  update: { name: 'change theirs', text: '{ update: theirs, set: { } } # a column and its new value' },
  delete: { name: 'delete theirs', text: '{ delete: theirs }' },
  call: { name: 'call', text: '{ call: { } } # the arguments' },
  changes: {
    name: 'hear of a change',
    text: '{ subscribe: theirs, on: update, set: { } } # a column and its new value',
  },
  download: { name: 'download theirs', text: '{ download: theirs }' },
}

/**
 * Finds the operation, the actor and the expectation that would notice a mutant. Pure.
 *
 * @param exposed the schemas that the Data API exposes: an object of another one is noticed through the objects that use it.
 */
export function suggestionFor(mutant: Mutant, roster: Roster, exposed: readonly string[]): Suggestion {
  const command = commandOf(mutant)
  const { name, text } = operations[command] ?? { name: 'read theirs', text: '{ select: theirs }' }
  const actor = actorFor(mutant, roster)
  const expected = mutant.direction === 'narrower' ? 'allow' : 'deny'
  const outcome = { wider: 'lets through', narrower: 'refuses', either: 'decides in another way' }[mutant.direction]
  const [schema = ''] = (mutant.touches[0] ?? '').split('.')
  const isReached = mutant.object.startsWith('bucket ') || [...exposed, 'storage', 'realtime'].includes(schema)
  const resource = isReached ? resourceOf(mutant.object) : `{ } # what uses ${mutant.object}`
  return {
    sentence: `a cell on ${isReached ? '' : 'what uses '}${mutant.object} whose ${command} it ${outcome}, expected to be ${expected === 'allow' ? 'allowed' : 'denied'}`,
    matrix: [
      `resource: ${resource}`,
      'operations:',
      `  ${name}: ${text}`,
      'expect:',
      `  ${actor}: { ${name}: ${expected} }`,
    ].join('\n'),
  }
}

function commandOf({ object, commands }: Mutant): string {
  const [command] = commands
  if (object.startsWith('bucket ')) return 'download'
  if (object.startsWith('function ')) return 'call'
  return command ?? 'select'
}

function resourceOf(object: string): string {
  const [kind = '', ...rest] = object.split(' ')
  const name = rest.join(' ')
  if (kind === 'table' && name === 'storage.objects') return '{ bucket: } # the bucket that the policy is about'
  if (kind === 'table' && name === 'realtime.messages') return '{ channel: } # the topic that the policy is about'
  return `{ ${kind}: ${kind === 'function' ? name.replace(/\(.*$/, '') : name} }`
}

/** An actor of another tenant notices a denial, and is mostly the last one; the first user notices an allowance. */
function actorFor({ role, direction }: Mutant, { actors }: Roster): string {
  const intact = actors.filter(
    ({ token, apiKey, as }) => token === undefined && apiKey === undefined && as === undefined,
  )
  const users = intact.filter(({ kind }) => kind === 'authenticated')
  const visitor = intact.find(({ kind }) => kind === 'anon')
  if (role === 'anon') return visitor?.name ?? 'visitor'
  return (direction === 'narrower' ? users[0] : users.at(-1))?.name ?? visitor?.name ?? 'alice'
}
