import { expect, it } from 'vitest'
import type { SchemaFact } from '../model/record.ts'
import { leftoversOf } from './leftovers.ts'

const before: readonly SchemaFact[] = [
  ['relation', 'public.users', 'r postgres t f postgres=SELECT,authenticated=SELECT'],
  ['column', 'public.users.id', 'uuid t'],
  ['rows', 'public.users', '2 abc'],
]
const left = (...more: readonly SchemaFact[]) => leftoversOf(before, [...before, ...more])
const instead = (fact: SchemaFact) =>
  leftoversOf(before, [...before.filter(([kind, name]) => kind !== fact[0] || name !== fact[1]), fact])

it('is empty when nothing remained', () => {
  expect(left()).toEqual([])
})

it('describes a new table with its columns, row security and grants, and its policies separately', () => {
  expect(
    left(
      [
        'relation',
        'public.polls',
        'r postgres f f postgres=SELECT,anon=INSERT,anon=SELECT,anon=TRUNCATE,service_role=SELECT',
      ],
      ['column', 'public.polls.id', 'uuid t'],
      ['column', 'public.polls.title', 'text t'],
      ['constraint', 'public.polls polls_pkey', 'PRIMARY KEY (id)'],
      ['unique index', 'public.polls public.polls_pkey', 'CREATE UNIQUE INDEX'],
      ['rows', 'public.polls', '0 d41d'],
      ['policy', 'public.polls members read', 'r t authenticated'],
    ),
  ).toEqual([
    'the policy "members read" of public.polls is there',
    'the table public.polls is there with 2 columns, row security off, granted: insert, select to anon',
  ])
})

it.each<[string, SchemaFact]>([
  [
    'on the table public.users: row security is off',
    ['relation', 'public.users', 'r postgres f f postgres=SELECT,authenticated=SELECT'],
  ],
  [
    'on the table public.users: granted: select to anon',
    ['relation', 'public.users', 'r postgres t f postgres=SELECT,anon=SELECT,authenticated=SELECT'],
  ],
  [
    'on the table public.users: no longer granted: select to authenticated',
    ['relation', 'public.users', 'r postgres t f postgres=SELECT'],
  ],
  [
    'the table public.users is another one',
    ['relation', 'public.users', 'r somebody t f postgres=SELECT,authenticated=SELECT'],
  ],
  ['the rows of public.users are 3, they were 2', ['rows', 'public.users', '3 abd']],
  ['the rows of public.users hold something else', ['rows', 'public.users', '2 xyz']],
])('a fact that a cut left different is described as: %s', (words, fact) => {
  expect(instead(fact)).toEqual([words])
})

it('describes objects that are not valid', () => {
  expect(
    left(
      ['index', 'public.users public.users_id', 'CREATE INDEX users_id INVALID'],
      ['constraint', 'public.users positive', 'CHECK (id > 0) NOT VALID'],
      ['column', 'public.users.name', 'text f'],
    ),
  ).toEqual([
    'the column public.users.name is there',
    'the constraint "positive" of public.users is there and not validated',
    'the index "public.users_id" of public.users is there and not valid: no query uses it',
  ])
})
