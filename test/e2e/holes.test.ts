import { describe, expect, test } from 'vitest'
import { demoWorkspace } from './demo-workspace.ts'
import { holes as all, announced, grouped, twins } from './hole-files.ts'
import { evidenceOf, notHeld } from './report.ts'
import { patience, trespass } from './support.ts'

const holes = all.filter((hole) => !twins.some((twin) => twin.hole === hole))

/**
 * Groups of holes that are opened in one sandbox: those whose cells are in different matrices. The matrix of a broken cell then
 * names the hole that broke it, and a broken cell that its hole does not announce fails the test. A table's policies also
 * decide which subscribers receive its changes, and cells of `published` move files to `avatars`.
 */
const groups = grouped(holes, (hole) => {
  const concerned = (matrix: string) => matrix.replace(/^realtime_/, '').replace('storage_published', 'storage_avatars')
  return new Set(announced(hole).map((line) => concerned(matrixOf(line))))
})

/** @param line `breach  projects › bob › rename ours` */
function matrixOf(line: string): string {
  return line.replace(/^\S+\s+/, '').split(' › ')[0] ?? ''
}

test('there are at least sixteen holes, and each lists the cells that it changes', () => {
  expect(holes.length).toBeGreaterThanOrEqual(16)
  expect(holes.filter((hole) => announced(hole).length === 0)).toEqual([])
})

test('each is opened once', () => {
  expect(groups.flat().sort()).toEqual([...holes].sort())
})

describe('of all cells, precisely those that its file names break', { timeout: patience }, () => {
  const root = demoWorkspace()

  test.each(groups.map((some) => [some.join(', '), some] as const))('%s', async (_, some) => {
    const expected = some.flatMap(announced).sort()
    const flags = some.flatMap((hole) => ['--with-hole', hole])
    const ended = await trespass(['run', '--workspace', root, ...flags])
    const { run, cells } = await evidenceOf(ended)
    expect(notHeld(cells)).toEqual(expected)
    const isProven = expected.some((line) => !line.startsWith('inconclusive'))
    expect([ended.code, run.holes, run.complete]).toEqual([isProven ? 1 : 3, some, true])
    expect(ended.out).toContain(`holes opened on purpose in sandbox: ${some.join(', ')}`)
  })
})
