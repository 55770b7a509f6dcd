import { defineScenario } from './define.ts'

/** A small sample of the output of `supabase gen types typescript`. */
type Database = {
  public: {
    Tables: {
      seats: {
        Row: { id: string; label: string; taken: boolean }
        Insert: { id?: string; label: string; taken?: boolean }
        Update: { id?: string; label?: string; taken?: boolean }
        Relationships: []
      }
    }
    Views: { [_ in never]: never }
    Functions: { take: { Args: { seat: string }; Returns: undefined } }
    Enums: { [_ in never]: never }
    CompositeTypes: { [_ in never]: never }
  }
}

const common = {
  scenario: 'one seat',
  fixtures: { seat: { table: 'public.seats', values: { label: '$unique' } } },
} as const

/** Valid definitions compile. */
defineScenario<Database>({
  ...common,
  recipe: 'contended',
  invariants: { ONE: 'There is one.' },
  proves: ['ONE'],
  overlap: 3,
  operations: {
    take: { resource: { function: 'public.take' }, call: { seat: '$seat.id' } },
    mark: { resource: { table: 'public.seats' }, update: 'seat', set: { taken: true } },
    ask: { resource: { database: 'public.seats' }, sql: 'select 1', reads: 'seat' },
  },
  contest: { take: ['alice', 'bob'], mark: ['carol'] },
  gate: 'seat',
  expect: { winners: { at_most: 2 }, losers: 'deny(application)', final: { seat: { taken: true } } },
})

// @ts-expect-error a recipe that does not exist
defineScenario<Database>({ ...common, recipe: 'contest', contest: {}, expect: { winners: 1 } })
// @ts-expect-error a key that the recipe needs is left out
defineScenario<Database>({ ...common, recipe: 'contended', expect: { winners: 1 } })
// @ts-expect-error a level of overlap that does not exist
defineScenario<Database>({ ...common, overlap: 5, recipe: 'contended', contest: {}, expect: { winners: 1 } })

const rest = { scenario: 'x', recipe: 'contended', contest: { take: ['a', 'b'] }, expect: { winners: 1 } } as const

const take = { resource: { function: 'public.take' } } as const

// @ts-expect-error a misspelt function
defineScenario<Database>({ ...rest, operations: { take: { resource: { function: 'public.tak' }, call: {} } } })
// @ts-expect-error a misspelt argument
defineScenario<Database>({ ...rest, operations: { take: { ...take, call: { sat: '' } } } })
// @ts-expect-error a misspelt column
defineScenario<Database>({ ...rest, fixtures: { seat: { table: 'public.seats', values: { label: 'x', free: true } } } })
