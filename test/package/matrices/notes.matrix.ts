import { defineMatrix } from 'trespass'
import type { Database } from '../database.types.js'
import type { actors } from './actors.js'

export default defineMatrix<Database, typeof actors>()({
  matrix: 'notes',
  resource: { table: 'public.notes' },
  fixtures: { "alice's": { owner_id: '$alice.id', body: 'Mine' } },
  operations: {
    read: { select: "alice's", columns: ['id', 'body'] },
    change: { update: "alice's", set: { body: 'Changed' } },
  },
  expect: {
    visitor: { '*': 'deny(grant)' },
    alice: { '*': 'allow', read: { allow: { exactly: ["alice's"], columns: ['id', 'body'] } } },
    bob: { '*': 'deny(filtered)' },
  },
})
