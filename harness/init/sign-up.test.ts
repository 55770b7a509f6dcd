import { expect, test } from 'vitest'
import { filledAtSignUp, metadataKeysIn } from './sign-up.ts'

test.each<[string, string, readonly (readonly [string, string])[]]>([
  [
    'values',
    `begin insert into public.profiles (id, name) values (new.id, new.email); end`,
    [['public.profiles', 'id']],
  ],
  [
    'quoted names and a call before the id',
    `INSERT INTO "public"."User" ("name", "Uid") VALUES (COALESCE(NEW.raw_user_meta_data->>'name', 'a, b'), NEW."id")`,
    [['public.User', 'Uid']],
  ],
  ['a query', `insert into accounts (label, owner) select 'x', new.id;`, [['accounts', 'owner']]],
  [
    'several statements',
    `insert into a (x) values (new.id); insert into b (y, z) values (1, new.id) on conflict (z) do nothing;`,
    [
      ['a', 'x'],
      ['b', 'z'],
    ],
  ],
  ['no id', `insert into log (what) values ('new user')`, []],
  ['no columns', `insert into log values (new.id)`, []],
])('a trigger with %s', (_, source, expected) => {
  expect(filledAtSignUp([source]).map(({ table, column }) => [table, column])).toEqual(expected)
})

test('metadata is read with both operators', () => {
  expect(
    metadataKeysIn([`new.raw_user_meta_data->>'a', new."raw_user_meta_data" -> 'b', new.raw_user_meta_data ->> 'a'`]),
  ).toEqual(['a', 'b'])
})
