import { expect, test } from 'vitest'
import { exampleBreach, exampleOutcome } from '../../test/support/example-records.ts'
import type { CellRecord, SchemaFact } from '../model/record.ts'
import { suspectsOf } from './suspects.ts'

const facts: readonly SchemaFact[] = [
  ['relation', 'public.documents', 'r postgres t f authenticated=SELECT,authenticated=UPDATE,postgres=UPDATE'],
  ['policy', 'public.documents anonymous stay out', '* f authenticated using (NOT private.is_anonymous()) check'],
  [
    'policy',
    'public.documents owners',
    'w t authenticated using (owner_id = auth.uid()) check (owner_id = auth.uid())',
  ],
  ['policy', 'public.documents members', 'w t authenticated using true check true'],
  ['policy', 'public.documents readers', 'r t public using true check'],
  ['policy', 'public.documents visitors', 'w t anon using true check'],
  ['policy', 'public.documents_archive open', 'w t authenticated using true check'],
  ['relation', 'public.plain', 'r postgres f f authenticated=SELECT'],
  ['relation', 'public.leaky', 'v postgres f f authenticated=SELECT  SELECT 1'],
  ['relation', 'public.invoked', 'v postgres f f security_invoker=true authenticated=SELECT  SELECT 1'],
  ['function', 'public.spend(uuid)', 'f postgres plpgsql t v void search_path="" public=EXECUTE 0140'],
  ['bucket', 'avatars', 't'],
  ['policy', 'storage.objects avatars', "r t public using (bucket_id = 'avatars'::text) check"],
]
const grant = { expected: { decision: 'deny', layers: ['grant'] } } as const
const sent = (method: string) => ({ outcome: { ...exampleOutcome, method } })

const cases: readonly (readonly [string, Partial<CellRecord>, readonly string[]])[] = [
  [
    'the permissive policies of the command, the open one first',
    {},
    [
      'policy "members" on public.documents (update): using true, with check true',
      'policy "owners" on public.documents (update): using (owner_id = auth.uid()), with check (owner_id = auth.uid())',
    ],
  ],
  ['those for every role', { ...sent('GET') }, ['policy "readers" on public.documents (select): using true']],
  ['those of the role', { actorKind: 'anon' }, ['policy "visitors" on public.documents (update): using true']],
  ['the grant where a grant alone was to refuse', grant, ['UPDATE on public.documents is granted to authenticated']],
  ['no row security', { resource: 'table public.plain' }, ['row security is off on public.plain']],
  [
    'a view that reads as its owner',
    { resource: 'view public.leaky', ...sent('GET') },
    ['public.leaky reads as its owner postgres: security_invoker is not set'],
  ],
  ['nothing for a view that reads as its caller', { resource: 'view public.invoked' }, []],
  [
    'a function that runs as its owner',
    { resource: 'function public.spend', path: 'rpc', ...sent('POST') },
    ['public.spend(uuid) runs as its owner postgres (security definer)'],
  ],
  [
    'who may execute a function',
    { resource: 'function public.spend', path: 'rpc', ...grant },
    ['EXECUTE on public.spend is granted to public'],
  ],
  [
    'a public bucket, and the policies of its objects',
    { resource: 'bucket avatars', path: 'storage', ...sent('GET') },
    [
      'the bucket avatars is public',
      `policy "avatars" on storage.objects (select): using (bucket_id = 'avatars'::text)`,
    ],
  ],
  [
    'restrictive policies too where access is missing',
    { verdict: 'lockout', ...sent('DELETE') },
    ['restrictive policy "anonymous stay out" on public.documents (delete): using (NOT private.is_anonymous())'],
  ],
  ['nothing for a broken token', { credential: 'attacked' }, []],
  ['nothing for what is not proven', { verdict: 'inconclusive' }, []],
  ['nothing for what the schema does not show', { resource: 'table public.unknown' }, []],
]

test.each(cases)('names %s', (_, changes, texts) => {
  expect(suspectsOf(exampleBreach(changes), facts).map(({ text }) => text)).toEqual(texts)
})
