import { expect, test } from 'vitest'
import { actorsFile, expectation, type Mistake, readActorsText } from '../../test/support/matrix-texts.ts'

const actorKeys =
  '`kind`, `role`, `as`, `token`, `api_key`, `app_metadata`, `user_metadata`, `email`, `phone`, `headers` or `assurance`'
const ruleOne =
  'a key that bypasses row security shows nothing about a user: Trespass takes it from the target and uses it only to ' +
  'make fixtures and to read effects; take it out of this file'

/** A key in the form that the platform gives them, put together here so that no scanner mistakes it for one. */
const secretKey = ['sb', 'secret', 'N7UND0UgjKTVK'].join('_')
const token = ['eyJhbGciOiJIUzI1NiJ9', 'eyJyb2xlIjoic2VydmljZV9yb2xlIn0', 'c2lnbmF0dXJl'].join('.')

function actors(text: string): string {
  return `actors:\n  visitor: { kind: anon }\n  alice: { kind: authenticated }\n${text}`
}

const mistakes: readonly Mistake[] = [
  { it: 'a text', text: '‸alice', code: 'wrong-type', found: '`alice`', expected: 'a mapping' },
  { it: 'no actors', text: '‸groups: {}', code: 'missing-key', found: 'no `actors`', expected: 'a mapping' },
  { it: 'no actor', text: 'actors: ‸{}', code: 'no-actor', found: 'no actor', expected: 'at least one actor' },
  {
    it: 'an unknown key',
    text: actors('‸group: {}'),
    code: 'unknown-key',
    found: 'the key `group`',
    expected: 'one of the keys `actors`, `groups` or `world`',
    hint: 'did you mean `groups`?',
  },
  {
    it: 'an unknown key of an actor',
    text: actors('  bob: { kind: authenticated, ‸app_metdata: {} }'),
    code: 'unknown-key',
    found: 'the key `app_metdata`',
    expected: `one of the keys ${actorKeys}`,
    hint: 'did you mean `app_metadata`?',
  },
  {
    it: 'an unknown kind',
    text: actors('  bob: { kind: ‸user }'),
    code: 'wrong-value',
    found: '`user`',
    expected: '`anon`, `authenticated`, `anonymous-auth`, `worker` or `scheduler`',
  },
  {
    it: 'an unknown token',
    text: actors('  bob: { kind: authenticated, token: ‸stale }'),
    code: 'wrong-value',
    found: '`stale`',
    expected: '`expired`, `tampered`, `wrong-key`, `alg-none`, `forged-role`, `unknown-role` or `none`',
  },
  ...['service_role', 'service-role', 'secret', 'postgres'].map((kind) => ({
    it: `the kind ${kind}`,
    text: actors(`  root: { kind: ‸${kind} }`),
    code: 'privileged-actor',
    found: `the privileged kind \`${kind}\``,
    expected: 'an actor that a client can be',
    hint: ruleOne,
  })),
  ...['token', 'api_key', 'key'].flatMap((name) =>
    [secretKey, token, `Bearer ${token}`].map((key, index) => ({
      it: `a literal key under ${name} (${index + 1})`,
      text: actors(`  root: { kind: authenticated, ${name}: ‸${key} }`),
      code: 'privileged-actor',
      found: `a literal key under \`${name}\``,
      expected: 'an actor that signs in, without any key in the file',
      hint: ruleOne,
    })),
  ),
  {
    it: 'the user of an unknown actor',
    text: actors('  thief: { kind: authenticated, as: ‸alicia }'),
    code: 'unknown-actor',
    found: 'the actor `alicia`',
    expected: 'an actor of this file',
    hint: 'did you mean `alice`?',
  },
  {
    it: 'the user of an actor without one',
    text: actors('  thief: { kind: authenticated, as: ‸visitor }'),
    code: 'no-user',
    found: 'the actor `visitor`, which is `anon` and has no user',
    expected: 'an actor of kind `authenticated` with a user of its own',
  },
  {
    it: 'the user of itself',
    text: actors('  thief: { kind: authenticated, as: ‸thief }'),
    code: 'no-user',
    found: 'the actor `thief`, which is the actor itself',
    expected: 'an actor of kind `authenticated` with a user of its own',
  },
  {
    it: 'the user of a borrower',
    text: actors('  a: { kind: authenticated, as: alice }\n  b: { kind: authenticated, as: ‸a }'),
    code: 'no-user',
    found: 'the actor `a`, which has no user of its own but that of `alice`',
    expected: 'an actor of kind `authenticated` with a user of its own',
  },
  {
    it: 'the user of an actor of another kind',
    text: actors('  thief: { kind: anonymous-auth, as: ‸alice }'),
    code: 'no-user',
    found: 'the actor `alice`, which is of kind `authenticated`',
    expected: 'an actor of kind `anonymous-auth` with a user of its own',
  },
  {
    it: "metadata for another actor's user",
    text: actors('  thief: { kind: authenticated, as: alice, ‸app_metadata: { role: editor } }'),
    code: 'borrowed-user',
    found: '`app_metadata` beside `as`',
    expected: '`app_metadata` at `alice`, whose user this is',
  },
  ...['as: alice', 'token: expired', 'assurance: aal2', 'app_metadata: {}', 'user_metadata: {}'].map((entry) => ({
    it: `an anon actor with ${entry}`,
    text: actors(`  nobody: { kind: anon, ‸${entry} }`),
    code: 'anon-has-no-user',
    found: `\`${entry.split(':')[0]}\` for an actor of kind \`anon\``,
    expected: 'an actor that signs in: `anon` has no user and no token',
  })),
  ...['as: alice', 'token: expired', 'assurance: aal2', 'app_metadata: {}', 'user_metadata: {}'].map((entry) => ({
    it: `a worker with ${entry}`,
    text: actors(`  runner: { kind: worker, role: task_worker, ‸${entry} }`),
    code: 'worker-has-no-user',
    found: `\`${entry.split(':')[0]}\` for an actor of kind \`worker\``,
    expected: 'an actor that signs in: `worker` has no user and no token',
  })),
  {
    it: 'a worker without an API key',
    text: actors('  runner: { kind: worker, role: task_worker, ‸api_key: none }'),
    code: 'worker-has-no-user',
    found: '`api_key` for an actor of kind `worker`',
    expected: 'an actor that sends requests to the API: `worker` logs in to the database',
  },
  {
    it: 'a worker without a role',
    text: actors('  runner: ‸{ kind: worker }'),
    code: 'worker-role',
    found: 'no `role` for an actor of kind `worker`',
    expected: '`role`, the login role of the database that the worker is',
  },
  {
    it: 'a role of somebody who asks through the API',
    text: actors('  bob: { kind: authenticated, ‸role: task_worker }'),
    code: 'worker-role',
    found: '`role` for an actor of kind `authenticated`',
    expected: 'an actor of kind `worker`: the API chooses the role of everybody else',
  },
  ...['postgres', 'service_role', 'authenticated', 'authenticator', 'supabase_storage_admin'].map((role) => ({
    it: `a worker as ${role}`,
    text: actors(`  runner: { kind: worker, role: ‸${role} }`),
    code: 'privileged-actor',
    found: `the role \`${role}\`, which is the platform's`,
    expected: 'a login role that the project made for its workers',
  })),
  {
    it: 'the user of a worker',
    text: actors('  runner: { kind: worker, role: task_worker }\n  bob: { kind: authenticated, as: ‸runner }'),
    code: 'no-user',
    found: 'the actor `runner`, which is `worker` and has no user',
    expected: 'an actor of kind `authenticated` with a user of its own',
  },
  {
    it: 'a reference to the user of a worker',
    text: actors(
      '  runner: { kind: worker, role: task_worker }\nworld: { a: { table: public.a, values: { by: ‸$runner.id } } }',
    ),
    code: 'no-user',
    found: 'the reference `$runner.id`: a `worker` actor has no user',
    expected: 'an actor that signs in',
  },
  {
    it: 'a tampered token without another user',
    text: actors('  thief: { kind: authenticated, as: alice, token: ‸tampered }'),
    code: 'no-other-user',
    found: 'the only user',
    expected: 'a second actor that signs in, whose user the tampered token names',
  },
  {
    it: 'a group of an unknown actor',
    text: actors('groups: { people: [alice, ‸alicia] }'),
    code: 'unknown-actor',
    found: 'the actor `alicia`',
    expected: 'an actor of this file',
    hint: 'did you mean `alice`?',
  },
  {
    it: 'an empty group',
    text: actors('groups: { people: ‸[] }'),
    code: 'wrong-value',
    found: 'an empty list',
    expected: 'at least one entry',
  },
  {
    it: 'a group with the name of an actor',
    text: actors('groups: { ‸alice: [alice] }'),
    code: 'name-taken',
    found: 'the name `alice` for a group',
    expected: 'a name that is free: this one is an actor',
  },
  {
    it: 'an actor with a comma',
    text: actors('  ‸"a, b": { kind: anon }'),
    code: 'name-form',
    found: 'the name `a, b` for an actor',
    expected: 'a name without comma, dot, `$`, `›` or braces, and not `*`',
  },
  {
    it: 'a row that refers to a later one',
    text: actors(
      'world:\n  member: { table: public.members, values: { team: ‸$team.id } }\n' +
        '  team: { table: public.teams, values: {} }',
    ),
    code: 'later-row',
    found: 'the reference `$team.id`: the row `team` is not made before this one',
    expected: 'a row that stands further up',
  },
  {
    it: "a row of the cell's actor",
    text: actors('world: { team: { table: public.teams, values: { owner: ‸$actor.id } } }'),
    code: 'no-actor',
    found: 'the reference `$actor.id`: the world is made once for all actors',
    expected: 'an actor by name',
  },
  {
    it: 'a row that refers to nobody',
    text: actors('world: { team: { table: public.teams, values: { owner: ‸$alicia.id } } }'),
    code: 'unknown-reference',
    found: 'the reference `$alicia.id`',
    expected: 'the name of an actor, of a row of the world or of a fixture',
    hint: 'did you mean `alice`?',
  },
  {
    it: 'a row of the world that is found by an unknown reference',
    text: actors('world: { team: { table: public.teams, find: { owner: ‸$alicia.id } } }'),
    code: 'unknown-reference',
    found: 'the reference `$alicia.id`',
    expected: 'the name of an actor, of a row of the world or of a fixture',
    hint: 'did you mean `alice`?',
  },
  {
    it: 'a row of the world that is found by nothing of this run',
    text: actors('world: { team: { table: public.teams, find: ‸{ slug: home } } }'),
    code: 'row-of-nobody',
    found: 'a row that is found by nothing of this run',
    expected: "a user's `id`, `$run`, or the key of another row of this run in one of its columns",
    hint: "without it, it could be another user's row",
  },
  {
    it: 'a row without a table',
    text: actors('world: { ‸team: { values: {} } }'),
    code: 'missing-key',
    found: 'no `table`',
    expected: 'a text',
  },
  {
    it: 'a row in a table without its schema',
    text: actors('world: { team: { table: ‸teams, values: {} } }'),
    code: 'wrong-value',
    found: '`teams`',
    expected: 'schema and name, such as `public.documents`',
    hint: 'did you mean `public.teams`?',
  },
]

test.each(mistakes)('$it is refused', (mistake) => {
  const [text, problem] = expectation(mistake, actorsFile)
  expect(readActorsText(text).problems).toEqual([problem])
})

test('a key is never repeated in a message, at any place', () => {
  const places = [`kind: ${secretKey}`, `as: ${token}`, `assurance: ${secretKey}`, `app_metadata: ${token}`]
  for (const place of places) {
    const { problems } = readActorsText(
      actors(`  root: { kind: authenticated, ${place} }`.replace(/kind.*kind/, 'kind')),
    )
    expect(problems).not.toEqual([])
    expect(JSON.stringify(problems)).not.toContain(secretKey.slice(10))
    expect(JSON.stringify(problems)).not.toContain(token.slice(0, 12))
  }
})

test('all mistakes of a file are reported at once', () => {
  const { problems } = readActorsText(actors('  a: { kind: root }\n  b: { kind: user }\ngroups: { c: [d] }'))
  expect(problems.map(({ code }) => code)).toEqual(['privileged-actor', 'wrong-value', 'unknown-actor'])
})

test('a sound file becomes a roster', () => {
  const { result, problems } = readActorsText()
  expect(problems).toEqual([])
  expect(result?.roster.actors[4]).toEqual({
    name: 'expired',
    kind: 'authenticated',
    as: 'alice',
    token: 'expired',
    at: { file: actorsFile, line: 7, column: 3 },
  })
  expect(result?.groups).toEqual({ people: ['alice', 'bob'], members: ['bob', 'guest'] })
  expect(result?.roster.world.map(({ name, table }) => [name, table])).toEqual([
    ['acme', 'public.organizations'],
    ['alice in acme', 'public.memberships'],
  ])
  expect(result?.locateInActors(['world', 'acme', 'values', 'name'])).toEqual({
    file: actorsFile,
    line: 12,
    column: 65,
  })
})
