import { describe, expect, test } from 'vitest'
import { demoWorkspace } from './demo-workspace.ts'
import { holes as all, announced, twins } from './hole-files.ts'
import { evidenceOf, notHeld } from './report.ts'
import { patience, trespass } from './support.ts'

const holes = all.filter((hole) => !twins.some((twin) => twin.hole === hole))

/** Storage and Realtime take as long as everything else together. A hole is held against the services that it concerns. */
type Service = 'tables' | 'storage' | 'realtime'
const services: readonly Service[] = ['tables', 'storage', 'realtime']
const roots = new Map<string, string>()

/** @param name of a matrix, or of its file. */
function serviceOf(name: string): Service {
  if (/^storage[-_]/.test(name)) return 'storage'
  return /^realtime[-_]/.test(name) ? 'realtime' : 'tables'
}

function workspaceFor(some: readonly Service[]): string {
  const root = roots.get(some.join()) ?? demoWorkspace((matrix) => some.includes(serviceOf(matrix)))
  roots.set(some.join(), root)
  return root
}

/** Those whose cells a hole changes. */
function concerned(cells: readonly string[]): readonly Service[] {
  const named = new Set(cells.map((line) => serviceOf(line.replace(/^\S+\s+/, ''))))
  return services.filter((service) => named.has(service))
}

/**
 * Holes that are opened in one sandbox. A hole of Storage and one of Realtime share nothing, policies on
 * `storage.objects` and on `realtime.messages`, so which of the two broke a cell is known from the cell's service.
 */
function opened(): readonly (readonly string[])[] {
  const only = (service: Service) => holes.filter((hole) => concerned(announced(hole)).join() === service)
  const [storage, realtime] = [only('storage'), only('realtime')]
  const pairs = storage.map((hole, index) => [hole, ...realtime.slice(index, index + 1)])
  const paired = new Set(pairs.flat())
  return [...pairs, ...holes.filter((hole) => !paired.has(hole)).map((hole) => [hole])]
}

test('there are at least sixteen, and each says which cells it changes', () => {
  expect(holes.length).toBeGreaterThanOrEqual(16)
  expect(holes.filter((hole) => announced(hole).length === 0)).toEqual([])
})

test('each is opened once', () => {
  expect(opened().flat().sort()).toEqual([...holes].sort())
})

describe('precisely the cells that its file names break, among those of the services that it concerns', {
  timeout: patience,
}, () => {
  test.each(opened().map((some) => [some.join(' and '), some] as const))('%s', async (_, some) => {
    const expected = some.flatMap(announced).sort()
    const root = workspaceFor(concerned(expected))
    const flags = some.flatMap((hole) => ['--with-hole', hole])
    const ended = await trespass(['run', '--workspace', root, ...flags])
    const proven = expected.some((line) => !line.startsWith('inconclusive'))
    const { run, cells } = await evidenceOf(ended)
    expect(notHeld(cells)).toEqual(expected)
    expect([ended.code, run.holes, run.complete]).toEqual([proven ? 1 : 3, some, true])
    expect(ended.out).toContain(`holes opened on purpose in sandbox: ${some.join(', ')}`)
  })
})
