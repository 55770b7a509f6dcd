import { defineMatrix } from 'trespass'
import type { Database } from './database.types.js'
import type { actors } from './matrices/actors.js'

/** Each error of the compiler names the word that ends in `x`. */
export default [
  defineMatrix<Database, typeof actors>()({
    matrix: 'table',
    resource: { table: 'public.notesx' },
    operations: {},
    expect: {},
  }),
  defineMatrix<Database, typeof actors>()({
    matrix: 'names',
    resource: { table: 'public.notes' },
    fixtures: { own: { owner_id: '$actor.id', bodyx: 'Mine' } },
    operations: {
      read: { select: 'ownx', columns: ['id'] },
      add: { insert: { body: 'New' }, identify: ['idx'] },
    },
    expect: {
      alice: { read: 'deny(rls, filteredx)' },
      bobx: { read: 'allow' },
      '*': { addx: 'deny' },
    },
  }),
]
