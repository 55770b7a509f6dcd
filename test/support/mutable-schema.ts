import type { Mutant } from '../../harness/mutation/model.ts'
import type {
  GrantEntry,
  MutableFunction,
  MutablePolicy,
  MutableSchema,
  MutableTable,
} from '../../harness/mutation/schema.ts'

/** Entries of an access list: `{ authenticated: ['select'] }`. */
export function entries(grants: Readonly<Record<string, readonly string[]>>): readonly GrantEntry[] {
  return Object.entries(grants).flatMap(([grantee, privileges]) =>
    privileges.map((privilege) => ({ grantee, privilege, grantable: false })),
  )
}

export function policyOf(changes: Partial<MutablePolicy> = {}): MutablePolicy {
  const standard = { name: 'owners read', command: 'select', permissive: true, roles: ['authenticated'] } as const
  return { ...standard, using: '(owner_id = auth.uid())', check: null, ...changes }
}

export function tableOf(changes: Partial<MutableTable> = {}): MutableTable {
  return {
    ...{ schema: 'public', name: 'notes', own: true, rowSecurity: true, forced: false },
    columns: [
      { name: 'id', grants: [] },
      { name: 'title', grants: [] },
    ],
    grants: entries({ authenticated: ['select', 'insert', 'update', 'delete'] }),
    ...{ policies: [], constraints: [], triggers: [] },
    ...changes,
  }
}

/** Nothing beside a table that changes what its policies come to. */
export const noSurroundings = { isChangedUnread: false, isRefused: () => false } as const

export function functionOf(changes: Partial<MutableFunction> = {}): MutableFunction {
  const { body = 'begin return; end', ...others } = changes
  return {
    ...{ schema: 'public', name: 'rename', arguments: 'note uuid', language: 'plpgsql', definer: true },
    definition: `CREATE OR REPLACE FUNCTION public.rename(note uuid)\n RETURNS void\n LANGUAGE plpgsql\nAS $function$${body}$function$\n`,
    body,
    grants: entries({ authenticated: ['execute'] }),
    ...others,
  }
}

export function schemaOf(changes: Partial<MutableSchema> = {}): MutableSchema {
  return {
    ...{
      tables: [],
      views: [],
      functions: [],
      schemas: [],
      sequences: [],
      buckets: [],
      published: [],
      dependencies: [],
    },
    realtime: { database: 'postgres', privateOnly: false },
    ...changes,
  }
}

export function mutantOf(changes: Partial<Mutant> = {}): Mutant {
  return {
    id: 'table public.notes › policy-dropped › policy "owners read"',
    kind: 'policy-dropped',
    object: 'table public.notes',
    change: 'the policy `owners read` on public.notes is dropped',
    apply: ['drop policy "owners read" on public.notes'],
    undo: ['create policy "owners read" on public.notes for select to authenticated using (true)'],
    original: 'create policy "owners read" on public.notes for select to authenticated using (true)',
    touches: ['public.notes'],
    direction: 'narrower',
    commands: ['select'],
    role: null,
    reloads: false,
    ...changes,
  }
}
