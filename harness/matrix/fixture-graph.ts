import type { RowDeclaration } from '../model/matrix.ts'
import { referencesIn } from '../model/references.ts'

/** @returns by fixture: the fixtures of the same matrix that its values refer to. */
export function fixtureDependencies(fixtures: readonly RowDeclaration[]): ReadonlyMap<string, readonly string[]> {
  const names = new Set(fixtures.map((fixture) => fixture.name))
  return new Map(
    fixtures.map((fixture) => {
      const named = referencesIn(fixture.values).flatMap(({ name, column }) => (column === null ? [] : [name]))
      return [fixture.name, [...new Set(named)].filter((name) => names.has(name))]
    }),
  )
}

/** @returns the sets of fixtures that refer to one another, directly or through others, each in declared order. */
export function fixtureComponents(fixtures: readonly RowDeclaration[]): readonly (readonly string[])[] {
  const component = new Map<string, Set<string>>(fixtures.map(({ name }) => [name, new Set([name])]))
  for (const [name, others] of fixtureDependencies(fixtures)) {
    for (const other of others) {
      const merged = new Set([...(component.get(name) ?? []), ...(component.get(other) ?? [])])
      for (const member of merged) component.set(member, merged)
    }
  }
  const names = fixtures.map(({ name }) => name)
  return [...new Set(component.values())].map((members) => names.filter((name) => members.has(name)))
}

/** @returns each circle of fixtures that refer to one another, as the names along it. */
export function fixtureCircles(fixtures: readonly RowDeclaration[]): readonly (readonly string[])[] {
  const dependencies = fixtureDependencies(fixtures)
  const circles: (readonly string[])[] = []
  const done = new Set<string>()
  const follow = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name)
    if (start >= 0) {
      circles.push([...trail.slice(start), name])
      return
    }
    if (done.has(name)) return
    for (const next of dependencies.get(name) ?? []) follow(next, [...trail, name])
    done.add(name)
  }
  for (const { name } of fixtures) follow(name, [])
  return circles
}
