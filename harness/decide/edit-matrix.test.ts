import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matrixText, readActorsText, readMatrixText } from '../../test/support/matrix-texts.ts'
import { TrespassError } from '../errors.ts'
import { authorizingLayers } from '../model/verdict.ts'
import { paths } from '../paths/registry.ts'
import { type MatrixSurroundings, readDecided, withDecisions } from './edit-matrix.ts'
import type { Decided, Decision } from './model.ts'

const operations =
  'operations: { read: { select: own }, rename: { update: own, set: { title: renamed } }, drop: { delete: own } }'

/** A matrix of `read`, `rename` and `drop`, for the actors visitor, alice, bob, guest and expired. */
const around = (expectations: string) => matrixText({ operations, expect: `expect:${expectations}` })

const allow: Decided = { decision: 'allow' }
const deny: Decided = { decision: 'deny', layers: authorizingLayers }
const rls: Decided = { decision: 'deny', layers: ['rls'] }

/** @returns the decisions of `alice rename allow, bob drop rls`. */
function decisions(text: string): readonly Decision[] {
  const known: Readonly<Record<string, Decided>> = {
    allow,
    deny,
    rls,
    own: { decision: 'allow', exactly: ['own'] },
    two: { decision: 'deny', layers: ['rls', 'filtered'] },
  }
  return text.split(', ').map((one) => {
    const [actor = '', operation = '', word = ''] = one.split(' ')
    const expected = known[word]
    if (expected === undefined) throw new Error(`no decision ${word}`)
    return { actor, operation, expected }
  })
}

function surroundings(text: string): MatrixSurroundings {
  const read = readActorsText().result
  const { result, problems } = readMatrixText(text)
  if (read === undefined || result === undefined) throw new Error(JSON.stringify(problems))
  return { matrix: result.matrix, roster: read.roster, groups: read.groups, paths }
}

const usual = surroundings(around(' { "*": { "*": define } }'))

const edited = (text: string, made: readonly Decision[], about = usual) => withDecisions(text, about, made)

const table: readonly (readonly [it: string, before: string, made: string, after: string])[] = [
  [
    'in its place, with the comments around it',
    `
  # people
  alice:
    read: allow     # her own
    rename: define  # not yet
    # last
    drop: deny
  "*": { "*": deny }`,
    'alice rename rls',
    `
  # people
  alice:
    read: allow     # her own
    rename: deny(rls)  # not yet
    # last
    drop: deny
  "*": { "*": deny }`,
  ],
  [
    'in its place in a flow mapping, quoted where it has to be',
    ' { alice: { read: define, rename: "define", "*": deny }, "*": { "*": deny } }',
    'alice read own, alice rename two',
    ' { alice: { read: { allow: { exactly: [own] } }, rename: "deny(rls, filtered)", "*": deny }, "*": { "*": deny } }',
  ],
  [
    'of a wildcard of one actor, before the wildcard, which stays for what comes later',
    `
  alice:
    read: allow
    # the rest
    "*": define
  bob: { read: allow, "*": define }
  "*": { "*": deny }`,
    'alice rename rls, alice drop allow, bob drop deny',
    `
  alice:
    read: allow
    rename: deny(rls)
    drop: allow
    # the rest
    "*": define
  bob: { read: allow, drop: deny, "*": define }
  "*": { "*": deny }`,
  ],
  [
    'of the wildcard of everything, actor by actor, and actors that are decided alike together',
    `
  "*": { "*": define }   # nothing yet
# the end
`,
    'alice read allow, alice rename rls, bob read allow, bob rename rls, guest drop deny',
    `
  "*": { "*": define }   # nothing yet
  alice, bob:
    read: allow
    rename: deny(rls)
  guest:
    drop: deny
# the end
`,
  ],
  [
    'of the wildcard in one flow mapping',
    ' { "*": { "*": define } } # all',
    'alice read allow, bob read allow',
    ' { "*": { "*": define }, "alice, bob": { read: allow } } # all',
  ],
  ['of what is not written at all', ' {}', 'alice read allow', ' { alice: { read: allow } }'],
  [
    'of what no key names, in the entry of the actor',
    `
  alice: {}
  bob:
    read: allow
  "*": { read: deny }
`,
    'alice rename allow, bob drop rls',
    `
  alice: { rename: allow }
  bob:
    read: allow
    drop: deny(rls)
  "*": { read: deny }
`,
  ],
  [
    'of a group, for one of its members alone',
    `
  people: { "*": define }
  "*": { "*": deny }`,
    'alice read allow',
    `
  people: { "*": define }
  "*": { "*": deny }
  alice:
    read: allow`,
  ],
  [
    'of several actors that are decided alike',
    `
  alice, bob: { read: define, "*": deny }
  "*": { "*": deny }`,
    'alice read rls, bob read rls',
    `
  alice, bob: { read: deny(rls), "*": deny }
  "*": { "*": deny }`,
  ],
  [
    'of several actors that are decided otherwise, each with an entry',
    `
  alice, bob, guest:
    read: define # open
    drop: { allow: { exactly: [] } }
    "*": deny
  "*": { "*": deny }`,
    'alice read rls, guest read rls, bob read allow',
    `
  alice, guest:
    read: deny(rls) # open
    drop: { allow: { exactly: [] } }
    "*": deny
  bob:
    read: allow
    drop: { allow: { exactly: [] } }
    "*": deny
  "*": { "*": deny }`,
  ],
  [
    'of several actors of which one stays open, in a flow mapping',
    ' { "alice, bob": { read: define, "*": deny }, "*": { "*": deny } }',
    'bob read rls',
    ' { alice: { read: define, "*": deny }, bob: { read: deny(rls), "*": deny }, "*": { "*": deny } }',
  ],
  [
    'of several actors of which one has an entry already, which takes what it shares',
    `
  alice, bob, guest: { read: define, rename: n/a }
  alice: { drop: allow }
  bob, guest:
    drop: deny
  "*": { "*": deny }`,
    'alice read rls',
    `
  guest, bob: { read: define, rename: n/a }
  alice: { drop: allow, read: deny(rls), rename: n/a }
  bob, guest:
    drop: deny
  "*": { "*": deny }`,
  ],
  [
    'of actors that are decided here and there, without a second entry of one key',
    `
  alice, guest: { read: define }
  bob, visitor: { read: deny }
  "*": { "*": define }`,
    'alice read rls, alice rename allow, visitor drop rls, bob drop rls',
    `
  alice: { read: deny(rls), rename: allow }
  guest:
    read: define
  bob, visitor: { read: deny }
  "*": { "*": define }
  visitor, bob:
    drop: deny(rls)`,
  ],
  [
    'of an actor beside a group',
    `
  guest, people: { read: define }
  "*": { "*": deny }`,
    'guest read rls',
    `
  guest: { read: deny(rls) }
  people:
    read: define
  "*": { "*": deny }`,
  ],
  [
    'of several operations that are decided otherwise',
    `
  alice:
    read, rename, drop: define # open
  bob: { "read, rename": define }
  "*": { "*": deny }`,
    'alice rename rls, bob read allow, bob rename rls',
    `
  alice:
    read, drop: define # open
    rename: deny(rls)
  bob: { read: allow, rename: deny(rls) }
  "*": { "*": deny }`,
  ],
  [
    'of an alias, and of what an alias repeats',
    `
  alice: &all { read: &open define, rename: *open, drop: deny }
  bob: *all
  guest: *all
  "*": { "*": deny }`,
    'alice read allow, bob rename rls',
    `
  alice: &all { read: &open allow, rename: define, drop: deny }
  bob: { read: define, rename: deny(rls), drop: deny }
  guest: { read: define, rename: define, drop: deny }
  "*": { "*": deny }`,
  ],
  [
    'beside aliases that it does not touch',
    `
  alice: &all { read: allow, "*": deny }
  bob: *all
  "*": { "*": define }`,
    'guest read rls',
    `
  alice: &all { read: allow, "*": deny }
  bob: *all
  "*": { "*": define }
  guest:
    read: deny(rls)`,
  ],
  [
    'behind a value of several lines',
    `
  "*": { "*": define }
  alice:
    read:
      allow:
        exactly:
          - own
        columns: [
          id ]

    # what a user may not
    "*": deny
`,
    'bob read own, guest read allow',
    `
  "*": { "*": define }
  alice:
    read:
      allow:
        exactly:
          - own
        columns: [
          id ]

    # what a user may not
    "*": deny
  bob:
    read: { allow: { exactly: [own] } }
  guest:
    read: allow
`,
  ],
]

const crowded = `
  alice, bob: { rename: define }
  alice: { drop: allow, "*": deny }
  bob: { drop: deny }
  "*": { "*": deny }`

describe('a decision is written', () => {
  it.each(table)('%s', (_, before, made, after) => {
    expect(edited(around(before), decisions(made))).toBe(around(after))
  })

  it('with the line breaks of the file, behind a byte order mark, in a file without a last line break', () => {
    const text = around('\n  "*": { "*": define } # all').replaceAll('\n', '\r\n')
    const after = around('\n  "*": { "*": define } # all\n  alice:\n    read: allow').replaceAll('\n', '\r\n')
    expect(edited(text, decisions('alice read allow'))).toBe(after)
    expect(edited(`\ufeff${text}`, decisions('alice read allow'))).toBe(`\ufeff${after}`)
  })

  it('on several lines of a flow mapping that would become too long', () => {
    const row = `alice: { ${'read: define, '.padEnd(100)}"*": define }`
    const after = edited(around(`\n  ${row}\n  "*": { "*": deny }`), decisions('alice rename two, alice drop rls'))
    expect(after).toContain(`alice: { read: define,\n      rename: "deny(rls, filtered)",\n      drop: deny(rls),`)
  })

  it('with quotes around names that need them', () => {
    const text = matrixText({
      operations: 'operations: { "read: all": { select: own }, "no": { select: own } }',
      expect: 'expect: { "*": { "*": define } }',
    })
    const made = [
      { actor: 'alice', operation: 'read: all', expected: allow },
      { actor: 'alice', operation: 'no', expected: rls },
    ]
    expect(edited(text, made, surroundings(text))).toContain('alice: { "read: all": allow, "no": deny(rls) }')
  })

  it('not at all where an entry would be split and all of its actors have one already', () => {
    expect(() => edited(around(crowded), decisions('alice rename allow, bob rename rls'))).toThrow(
      'the entry `alice, bob` would be split, and alice, bob have entries of their own',
    )
  })

  it('not at all where the text does not allow it, with an error', () => {
    const text = matrixText({
      fixtures: 'fixtures: { own: { owner_id: $actor.id, title: &t mine, meta: &e { "*": { "*": define } } } }',
      operations,
      expect: 'expect: *e',
    })
    expect(() => edited(text, decisions('alice read allow'))).toThrow(
      /^matrices\/documents\.matrix\.yaml was not changed: the edited text would not decide alice › read as it should$/,
    )
  })
})

const actorKeys = [
  'alice',
  'bob',
  'guest',
  'visitor',
  'alice, bob',
  'bob, visitor, guest',
  'people',
  'members',
  'expired, people',
  '*',
]
const operationKeys = ['read', 'rename', 'drop', 'read, rename', 'rename, drop', '*']
const values = ['define', 'allow', 'deny', '"deny(rls, filtered)"', 'n/a', '{ allow: { columns: [id] } }']

/** Expectations in any style; those with two statements about one cell are left out. */
const expectations = fc
  .tuple(
    fc.uniqueArray(
      fc.record({
        key: fc.constantFrom(...actorKeys),
        isFlow: fc.boolean(),
        entries: fc.uniqueArray(
          fc.record({ key: fc.constantFrom(...operationKeys), value: fc.constantFrom(...values) }),
          { selector: ({ key }) => key, minLength: 1, maxLength: 4 },
        ),
      }),
      { selector: ({ key }) => key, minLength: 1, maxLength: 5 },
    ),
    fc.boolean(),
  )
  .map(([rows, isFlow]) => {
    const texts = rows.map(({ key, entries, isFlow: own }, n) => {
      const inFlow = `{ ${entries.map((entry) => `"${entry.key}": ${entry.value}`).join(', ')} }`
      if (isFlow) return `"${key}": ${inFlow}`
      if (own) return `  "${key}": ${inFlow} # row ${n}`
      return `  # row ${n}\n  "${key}":\n${entries.map((entry, m) => `    "${entry.key}": ${entry.value} # value ${n}.${m}`).join('\n')}`
    })
    return isFlow ? ` { ${texts.join(', ')} } # all` : `\n${texts.join('\n')}\n# the end\n`
  })
  .filter((text) => readDecided(`expect:${text}`, usual) !== null)

/** @returns null where an entry would be split and all of its actors have one. */
function unlessSplit(edit: () => string): string | null {
  try {
    return edit()
  } catch (error) {
    if (error instanceof TrespassError && error.message.includes('would be split')) return null
    throw error
  }
}

it('decide writes the given decisions and nothing else, and keeps every comment, for any form of the expectations', () => {
  fc.assert(
    fc.property(expectations, fc.infiniteStream(fc.constantFrom(allow, deny, rls, null)), (text, stream) => {
      const matrix = `expect:${text}`
      const before = readDecided(matrix, usual)?.cells ?? []
      const open = before.filter(({ expected }) => ['define', 'missing'].includes(expected.decision))
      const made = open.flatMap(({ actor, operation }): Decision[] => {
        const expected = stream.next().value ?? null
        return expected === null ? [] : [{ actor, operation, expected }]
      })
      const after = unlessSplit(() => edited(matrix, made))
      fc.pre(after !== null)
      for (const comment of text.match(/#.*$/gm) ?? []) expect(after).toContain(comment)
      const decided = new Map(made.map((one) => [`${one.actor} ${one.operation}`, one.expected]))
      const cells = readDecided(after, usual)?.cells ?? []
      expect(cells).toHaveLength(before.length)
      for (const cell of before) {
        const name = `${cell.actor} ${cell.operation}`
        const now = cells.find((one) => `${one.actor} ${one.operation}` === name)?.expected
        const wanted = decided.get(name) ?? cell.expected
        const isOpen = ['define', 'missing'].includes(wanted.decision)
        expect([name, isOpen ? 'open' : now]).toEqual([name, isOpen ? 'open' : wanted])
        if (isOpen) expect(['define', 'missing']).toContain(now?.decision)
      }
    }),
    { numRuns: 40 },
  )
})
