/** The names of the Edge Functions that a sandbox serves, or why it serves none. */
export type FunctionsServed = { served: readonly string[] } | { unserved: string }
