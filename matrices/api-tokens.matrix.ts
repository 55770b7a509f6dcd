import { defineMatrix } from 'trespass'
import type { Database } from '../supabase/database.types.ts'

/** The actors and groups of actors.yaml that this matrix names under `expect`. */
type Who = 'alice' | 'careful' | 'unsigned' | 'attacks'

/**
 * The same shape as in YAML. Tables and columns are checked against the types of the database, so a misspelt one is a compile
 * error.
 */
export default defineMatrix<Database, Who>()({
  matrix: 'api_tokens',
  resource: { table: 'public.api_tokens' },

  invariants: {
    'TOK-1': 'API tokens are for the owners of the organization.',
    'TOK-2': 'API tokens are shown and changed in a session with a second factor only.',
    'TOK-3': 'The hash of a token is readable by no user.',
  },

  fixtures: {
    ours: { organization_id: '$acme.id', label: 'Ours', token_hash: 'hash of $unique' },
    theirs: { organization_id: '$globex.id', label: 'Theirs', token_hash: 'hash of $unique' },
  },

  operations: {
    list: { select: '*', columns: ['id', 'organization_id', 'label'], proves: ['TOK-1', 'TOK-2'] },
    'read hash': { select: 'ours', columns: ['token_hash'], proves: ['TOK-3'] },
    issue: {
      insert: { organization_id: '$acme.id', label: 'New $unique', token_hash: 'hash' },
      identify: ['label'],
      proves: ['TOK-1', 'TOK-2'],
    },
    number: { insert: { organization_id: '$acme.id', label: 'New $unique', token_hash: 'hash', id: '$uuid' } },
    relabel: { update: 'ours', set: { label: 'Renamed' } },
    revoke: { delete: 'ours', proves: ['TOK-1', 'TOK-2'] },
  },

  expect: {
    // Both own acme; only the second factor differs.
    careful: {
      list: { allow: { exactly: ['ours'] } },
      'read hash': 'deny(grant)',
      number: 'deny(grant)',
      relabel: 'deny(grant)',
      '*': 'allow',
    },
    alice: { 'read hash': 'deny(grant)', number: 'deny(grant)', relabel: 'deny(grant)', '*': 'deny(rls, filtered)' },
    unsigned: { '*': 'deny(grant)' },
    attacks: { '*': 'deny(unauthenticated)' },
    '*': { 'read hash': 'deny(grant)', number: 'deny(grant)', relabel: 'deny(grant)', '*': 'deny(rls, filtered)' },
  },
})
