import { afterAll, beforeAll, expect, it } from 'vitest'
import { type StorageBench, startBench } from './test-support.ts'

const NAMES = [
  'l/a.txt',
  'l/B.txt',
  'l/c/1.txt',
  'l/c/2.txt',
  'l/C-x/1',
  'l/d_e/f',
  'l/dxe/f',
  'l/a-b',
  'l/a/z',
  'm.txt',
]

let bench: StorageBench
beforeAll(async () => {
  bench = await startBench("insert into storage.buckets (id, name) values ('files', 'files');")
  for (const name of NAMES) await bench.admin.storage.from('files').upload(name, name)
})
afterAll(() => bench.stop())

const files = () => bench.admin.storage.from('files')
const list = async (...parameters: Parameters<ReturnType<typeof files>['list']>) =>
  (await files().list(...parameters)).data?.map(({ name, id }) => (id === null ? `${name}/` : name))

it('a listing shows the direct children of a folder, without regard to case', async () => {
  expect(await list()).toEqual(['l/', 'm.txt'])
  const all = ['a-b', 'a.txt', 'a/', 'B.txt', 'C-x/', 'c/', 'd_e/', 'dxe/']
  expect(await list('l')).toEqual(all)
  expect(await list('L/')).toEqual(all)
  expect(await list('l', { sortBy: { column: 'name', order: 'desc' } })).toEqual([...all].reverse())
  expect(await list('nowhere')).toEqual([])
})

it('searches by the beginning of a name', async () => {
  expect(await list('l', { search: 'c' })).toEqual(['C-x/', 'c/'])
  expect(await list('l', { search: 'd_' })).toEqual(['d_e/'])
  expect(await list('l', { search: 'd_', sortBy: { column: 'created_at', order: 'asc' } })).toEqual(['d_e/'])
  expect(await list('l', { search: '%' })).toEqual([])
})

it('puts folders first when times are sorted by', async () => {
  const names = await list('l', { sortBy: { column: 'created_at', order: 'asc' } })
  expect(names).toEqual(['C-x/', 'a/', 'c/', 'd_e/', 'dxe/', 'a.txt', 'B.txt', 'a-b'])
})

it('goes on where the page before ended', async () => {
  expect(await list('l', { limit: 3, offset: 2 })).toEqual(['a/', 'B.txt', 'C-x/'])
})

it.each([
  [
    { prefix: 'l/', with_delimiter: true },
    ['l/B.txt', 'l/C-x/', 'l/a-b', 'l/a.txt', 'l/a/', 'l/c/', 'l/d_e/', 'l/dxe/'],
  ],
  [{ prefix: 'l/c' }, ['l/c/1.txt', 'l/c/2.txt']],
  [{}, [...NAMES].sort()],
  [{ sortBy: { column: 'name', order: 'desc' } as const }, [...NAMES].sort().reverse()],
  [{ sortBy: { column: 'created_at', order: 'asc' } as const }, NAMES],
])('gives pages with a cursor: %j', async (options, expected) => {
  const seen: string[] = []
  for (let cursor: string | undefined, pages = 0; pages < 20; pages += 1) {
    const { data, error } = await files().listV2({ ...options, limit: 2, ...(cursor === undefined ? {} : { cursor }) })
    if (error !== null) throw error
    const page = [...data.folders, ...data.objects].map(({ name }) => name)
    expect(page.length).toBeLessThanOrEqual(2)
    seen.push(...page)
    if (!data.hasNext) break
    cursor = data.nextCursor
  }
  const sorted = !('sortBy' in options)
  expect(sorted ? [...seen].sort() : seen).toEqual(sorted ? [...expected].sort() : expected)
})
