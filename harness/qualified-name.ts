/** The parts of a qualified name. */
export interface QualifiedName {
  readonly schema: string
  readonly name: string
}

/** Divides `public.odd.name` at its first dot: a relation or a function may hold dots, a schema of the API does not. */
export function divided(qualified: string): QualifiedName {
  const dot = qualified.indexOf('.')
  return { schema: qualified.slice(0, Math.max(dot, 0)), name: qualified.slice(dot + 1) }
}

/** @returns true when a qualified name ends in a bare one, whatever its schema. */
export function isNamed(qualified: string, bare: string): boolean {
  return divided(qualified).name === bare
}
