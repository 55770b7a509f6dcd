import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, test } from 'vitest'
import type { RunRecord } from '../../harness/model/record.ts'
import { projectDigest } from '../../harness/workspace/project-ref.ts'
import { exampleBreach, exampleCell } from '../support/example-records.ts'
import { migration, Repository, staged } from './deployments.ts'
import { inProcess } from './in-process.ts'
import { patience, temporaryFolder, trespass } from './support.ts'

/** The answers of a user; the application is between the two runs. */
const said = {
  'applied-by': 'Dana',
  'applied-at': '2026-03-02T10:00:00Z',
  method: 'supabase db push',
  result: 'applied',
  deviations: 'none',
}
const flagged = (changes: Readonly<Record<string, string | null>> = {}): string[] =>
  Object.entries({ migration, target: 'staging', ...said, ...changes }).flatMap(([flag, text]) =>
    text === null ? [] : [`--${flag}`, text],
  )
const record = (at: Repository, changes: Readonly<Record<string, string | null>> = {}, ...more: string[]) =>
  inProcess(['record', '--workspace', at.root, ...flagged(changes), ...more])
const verify = (at: Repository, ...named: string[]) => inProcess(['verify', '--workspace', at.root, ...named])
const read = (at: Repository, file = staged) => readFileSync(join(at.root, file), 'utf8')

async function nights(before: Partial<RunRecord> = {}, after: Partial<RunRecord> = {}): Promise<Repository> {
  const repository = new Repository()
  await repository.report('before', '2026-03-02', { schemaFingerprint: 'aa00', ...before })
  await repository.report('after', '2026-03-03', { schemaFingerprint: 'bb11', ...after })
  return repository
}

describe('a deployment record', { timeout: patience }, () => {
  let repository: Repository
  beforeAll(async () => {
    repository = await nights()
  })

  it("has the fields in their order, with the facts of Git and the reports and a person's statements", async () => {
    const written = await trespass(['record', ...flagged()], { cwd: repository.root })
    expect([written.code, written.err]).toEqual([0, ''])
    expect(written.out.split('\n')[0]).toBe(staged)
    const text = read(repository)
    const revision = repository.git('rev-parse', 'HEAD')
    const sha256 = createHash('sha256').update('create table invoices (id int);\n').digest('hex')
    const manifest = createHash('sha256').update(read(repository, 'reports/staging/after/manifest.json')).digest('hex')
    expect(text).toContain(`
- Environment alias: \`staging\`
- Migration file: \`${migration}\`
- Migration Git revision: \`${revision}\`
- Migration SHA-256: \`${sha256}\`
- Applied by: Dana
- Applied at (UTC): 2026-03-02T10:00:00.000Z
- Execution method: supabase db push
- Result: applied
- Pre-apply checks completed: completed, all 2 cells of the run \`before\` held before`)
    expect(text).toContain('\n- Post-apply verification completed: completed, all 2 cells of the run `after` held in')
    expect(text).toContain('\n- Authorization and API-path tests completed: completed, all 2 cells of the run `after`')
    expect(text).toContain('\n- Observed deviations or follow-up migration: none\n')
    expect(text).toContain(`\n- Run: \`after\`\n- Manifest SHA-256: \`${manifest}\`\n`)
    expect(await verify(repository, staged)).toMatchObject({
      code: 0,
      out: expect.stringContaining('sound, 1 section'),
    })
  })

  it('grows by entries, is never rewritten, and repeats nothing', async () => {
    const before = read(repository)
    expect(await record(repository)).toMatchObject({ code: 2, err: expect.stringContaining('says the same already') })
    expect(read(repository)).toBe(before)
    const partial = { result: 'failed-partial', deviations: 'the last statement failed' }
    const written = await record(repository, partial)
    expect(written.code).toBe(3)
    expect(written.out).toContain('Post-apply verification completed: missing: the migration was applied only in part')
    const after = read(repository)
    expect(after.startsWith(before)).toBe(true)
    expect(after.slice(before.length)).toContain('\n- Result: failed-partial\n')
    expect(await verify(repository, staged)).toMatchObject({ code: 0, out: expect.stringContaining('2 sections') })
  })

  it('names the migration that follows', async () => {
    const fix = 'supabase/migrations/20260303090000_fix.sql'
    repository.commit(fix, 'drop table invoices;\n')
    expect((await record(repository, { result: 'corrected', deviations: null, 'follow-up': fix })).code).toBe(0)
    const sha256 = createHash('sha256').update('drop table invoices;\n').digest('hex')
    expect(read(repository)).toContain(
      `: followed up by \`${fix}\`, revision \`${repository.git('rev-parse', 'HEAD')}\`, SHA-256 \`${sha256}\`\n`,
    )
  })
})

describe('missing parts are listed, and nothing counts as completed without them', { timeout: patience }, () => {
  const sandbox = { alias: 'staging', kind: 'sandbox', versions: {} } as const
  const cleanup = { made: 3, swept: 2, left: ['a row'] }
  test.each<[string, Partial<RunRecord>, string]>([
    ['a sandbox', { target: sandbox }, 'it tested a sandbox'],
    ['a run that was broken off', { complete: false }, 'it was broken off'],
    ['a part of the cells', { chosen: ['--matrix documents'] }, 'it was limited to some cells: `--matrix documents`'],
    ['a run that left something behind', { cleanup }, 'it left behind 1'],
    ['a run without a database URL', { schemaFingerprint: null }, 'it is not known which schema'],
  ])('by %s', async (_, changes, missing) => {
    const repository = await nights({}, changes)
    const { code, out } = await record(repository)
    expect(code).toBe(3)
    expect(out).toContain('Pre-apply checks completed: completed')
    expect(out).toMatch(/Post-apply verification completed: missing: .*\n.*tests completed: missing: /)
    expect(out).toContain(missing)
    expect(read(repository)).toContain(missing)
    expect((await verify(repository, staged)).code).toBe(0)
  })

  it('by a run that is not all held, which is a finding as well', async () => {
    const repository = new Repository()
    await repository.report('after', '2026-03-03', {}, [exampleBreach(), exampleCell({ actor: 'bob' })])
    const { code, out } = await record(repository)
    expect(code).toBe(1)
    expect(out).toContain('tests completed: missing: the run `after`: not all held: 1 breach')
    expect(out).toContain('Pre-apply checks completed: missing: no run on `staging` ended before')
  })

  it('by a run that is older than the application', async () => {
    const repository = await nights()
    const { code, out } = await record(repository, { 'applied-at': '2026-03-04T10:00:00Z' })
    expect(code).toBe(3)
    expect(out).toContain('Pre-apply checks completed: completed, all 2 cells of the run `after`')
    expect(out).toContain('tests completed: missing: no run on `staging` began after the migration was applied')
    const named = await record(repository, { 'applied-at': '2026-03-03T01:00:05Z' }, '--report', 'after')
    expect(named.out).toContain('verification completed: missing: the run `after` began before the migration was')
  })

  it('by the newest run, also where an older one held', async () => {
    const repository = await nights()
    await repository.report('later', '2026-03-04', { schemaFingerprint: 'cc22', complete: false })
    expect((await record(repository)).out).toContain('completed: missing: the run `later`: it was broken off')
    const { code, out } = await record(repository, {}, '--report', 'after')
    expect(code).toBe(3)
    expect(out).toContain('it tested another schema than the newest that is known, of the run `later`')
  })

  it('by the report of a shard, which a merged one stands for', async () => {
    const repository = await nights()
    await repository.report('shard', '2026-03-04', { schemaFingerprint: 'bb11', shard: '1/2' })
    expect((await record(repository, {}, '--report', 'shard')).out).toContain('it is only the shard `1/2` of a run')
    expect((await record(repository)).out).toContain('tests completed: completed, all 2 cells of the run `after`')
  })

  it('by a run on another target, also for one that no run may touch', async () => {
    const repository = await nights()
    repository.write('trespass.config.ts', 'export default { targets: { production: { protected: true } } }\n')
    const { code, out } = await record(repository, { target: 'production' }, '--report', 'before', '--report', 'after')
    expect(code).toBe(3)
    expect(out).toContain('Pre-apply checks completed: missing: the run `before`: it tested `staging` and not')
    expect(out).toContain('tests completed: missing: the run `after`: it tested `staging` and not `production`')
    const alone = await record(repository, { target: 'production' })
    expect(alone.out).toContain('no run on `production` ended before the migration was applied')
  })
})

describe('nothing is written', { timeout: patience }, () => {
  const refused = async (
    repository: Repository,
    changes: Readonly<Record<string, string | null>>,
    more: string[] = [],
  ) => {
    const before = existsSync(join(repository.root, staged)) ? read(repository) : null
    const { code, out, err } = await record(repository, changes, ...more)
    expect([code, out]).toEqual([2, ''])
    expect(existsSync(join(repository.root, staged)) ? read(repository) : null).toBe(before)
    expect(err).not.toContain('a bug in Trespass')
    return err
  }

  it('for a migration that Git does not hold as it lies there', async () => {
    const repository = await nights()
    const other = 'supabase/migrations/20260303090000_new.sql'
    repository.write(other, 'select 1;\n')
    expect(await refused(repository, { migration: other })).toContain(`found ${other} not committed`)
    expect(await refused(repository, { 'follow-up': other })).toContain(`found ${other} not committed`)
    expect(await refused(repository, { migration: 'supabase/migrations/no.sql' })).toContain('not committed')
    expect(await refused(repository, { migration: 'reports/x.sql' })).toContain('expected a file supabase/migrations/')
    expect(await refused(repository, { migration: '../x.sql' })).toContain('expected a file supabase/migrations/')
    repository.write(migration, 'create table invoices (id bigint);\n')
    expect(await refused(repository, {})).toContain('differs from what is committed')
    rmSync(join(repository.root, '.git'), { recursive: true })
    expect(await refused(repository, {})).toContain('outside of Git')
  })

  it('without the facts that only a person knows, or with impossible ones', async () => {
    const repository = await nights()
    const silent = Object.fromEntries(Object.keys(said).map((flag) => [flag, null]))
    const err = await refused(repository, silent)
    for (const flag of Object.keys(said)) expect(err).toContain(`--${flag}: `)
    expect(await refused(repository, { 'applied-at': '2026-03-02 10:00' })).toContain('a time in UTC')
    expect(await refused(repository, { result: 'corrected' })).toContain('no deviation')
    expect(await refused(repository, { target: null })).toContain('found no --target')
    expect(await refused(repository, { migration: null })).toContain('found no --migration')
    expect(await refused(repository, {}, ['word'])).toContain('expected flags only')
  })

  it('that names a project, a person by address, or a secret', async () => {
    const repository = await nights()
    const ref = 'zyxwvutsrqponmlkjihg'
    const password = 'a-long-one'
    repository.write('.env.staging', `TRESPASS_URL=https://${ref}.supabase.co\nTRESPASS_JWT_SECRET=${password}\n`)
    for (const method of [
      `push --project-ref ${ref}`,
      `https://${ref}.supabase.co`,
      `with ${password}`,
      'by d@example.com',
    ]) {
      const err = await refused(repository, { method })
      expect(err).toContain('found in --method what looks like a secret')
      expect(err).not.toContain(ref)
      expect(err).not.toContain(password)
    }
  })

  it('for an unknown target, or with a report that is invalid or not sound', async () => {
    const repository = await nights()
    expect(await refused(repository, { target: 'stagign' })).toContain('found the target stagign, expected one that')
    expect(await refused(repository, { target: '../up' })).toContain('target alias')
    expect(await refused(repository, {}, ['--report', 'nowhere'])).toContain('found no report nowhere')
    await repository.report('more', '2026-03-04')
    expect(await refused(repository, {}, ['--report', 'after', '--report', 'more'])).toContain(
      'found 2 reports of runs',
    )
    appendFileSync(join(repository.root, 'reports/staging/more/summary.md'), ' ')
    expect(await refused(repository, {})).toMatch(/more is not as it was written:\n {2}summary.md was changed/)
  })

  it('from a report of another target among those of this one', async () => {
    const repository = await nights()
    await repository.report('strange', '2026-03-04', { target: { alias: 'other', kind: 'hosted', versions: {} } })
    const { root } = repository
    symlinkSync(join(root, 'reports/other/strange'), join(root, 'reports/staging/strange'))
    expect(await refused(repository, {})).toContain('found the report of strange on other among those of staging')
  })

  it('from a report of the project that the target was before, though older ones may lie there', async () => {
    const url = (ref: string) => `https://${ref.repeat(20)}.supabase.co`
    const on = (ref: string) => {
      const project = projectDigest(url(ref), null) ?? ''
      return { target: { alias: 'staging', kind: 'hosted', project, versions: {} } } as const
    }
    const repository = await nights(on('a'), on('a'))
    await repository.report('moved', '2026-03-04', { schemaFingerprint: 'cc22', ...on('b') })
    repository.write('.env.staging', `TRESPASS_URL=${url('a')}\n`)
    expect(await refused(repository, {}, ['--report', 'moved'])).toContain('staging was another project in moved than')
    expect((await record(repository)).code).toBe(0)
    expect(read(repository)).toContain('all 2 cells of the run `after` held in')
    expect((await verify(repository, staged)).code).toBe(0)
  })

  it('over a file that is no record, was changed, or is the record of another migration', async () => {
    const repository = await nights()
    repository.write(staged, '# My notes\n')
    expect(await refused(repository, {})).toContain(`${staged} is no deployment record: its first line is another one`)
    rmSync(join(repository.root, staged))
    expect((await record(repository)).code).toBe(0)
    const sound = read(repository)
    repository.write(staged, sound.replace('Applied by: Dana', 'Applied by: Dora'))
    expect(await refused(repository, { method: 'again' })).toContain('was changed after it was written')
    const other = 'supabase/migrations/20260303090000_new.sql'
    repository.commit(other, 'select 1;\n')
    const beside = join(repository.root, 'supabase/deployments/staging/20260303090000_new.md')
    writeFileSync(beside, sound)
    expect(await refused(repository, { migration: other })).toContain(
      'the record of 20260302090000_invoices on staging',
    )
    expect(readFileSync(beside, 'utf8')).toBe(sound)
    rmSync(join(repository.root, staged))
    symlinkSync(beside, join(repository.root, staged))
    expect((await record(repository)).err).toContain('it is no file')
    expect(readFileSync(beside, 'utf8')).toBe(sound)
  })
})

describe('verifying a record', { timeout: patience }, () => {
  it('names the changed parts, and the statements that do not follow from the reports', async () => {
    const repository = await nights({}, { complete: false })
    expect((await record(repository)).code).toBe(3)
    const text = read(repository)
    for (const [found, forged] of [
      ['Applied by: Dana', 'Applied by: Dora'],
      ['2 held', '3 held'],
    ] as const) {
      repository.write(staged, text.replace(found, forged))
      const { code, out } = await verify(repository, staged)
      expect(code).toBe(1)
      expect(out).toMatch(/the section of \S+ was changed after it was written/)
    }
    const forge = (change: (text: string) => string) => {
      const [above = ''] = change(text).split('SHA-256 of everything above')
      const digest = createHash('sha256').update(above).digest('hex')
      repository.write(staged, `${above}SHA-256 of everything above: \`${digest}\`\n`)
    }
    forge((honest) => honest.replace(/(tests completed: ).*/, '$1completed, all 2 cells of the run `after` held'))
    expect((await verify(repository, staged)).out).toContain(
      '"Authorization and API-path tests completed" does not follow: missing: the run `after`: it was broken off',
    )
    forge((honest) => honest.replaceAll('2 cells: 2 held', '3 cells: 3 held'))
    expect((await verify(repository, staged)).out).toContain('what is said about after is not what its report says')
    forge((honest) => honest.replace(/(Migration SHA-256: `).{64}/, `$1${'0'.repeat(64)}`))
    expect((await verify(repository, staged)).out).toContain(`the SHA-256 of ${migration} as it was committed is`)
    forge((honest) => honest.replace(/(Git revision: `).{40}/, `$1${'0'.repeat(40)}`))
    expect((await verify(repository, staged)).out).toContain(`Git knows no ${migration} of the revision 000`)
    forge((honest) => honest.replace('Environment alias: `staging`', 'Environment alias: `other`'))
    expect((await verify(repository, staged)).out).toContain('it is about 20260302090000_invoices on other')
  })

  it('names a report that differs from the recorded one, and those that are missing', async () => {
    const repository = await nights()
    expect((await record(repository)).code).toBe(0)
    appendFileSync(join(repository.root, 'reports/staging/after/summary.md'), ' ')
    expect((await verify(repository, staged)).out).toContain('the report of after: summary.md was changed')
    rmSync(join(repository.root, 'reports/staging/after'), { recursive: true })
    await repository.report('after', '2026-03-03', { schemaFingerprint: 'cc22' })
    expect((await verify(repository, staged)).out).toMatch(/the manifest of after has the digest [0-9a-f]{64}/)
    rmSync(join(repository.root, 'reports'), { recursive: true })
    const away = await verify(repository, staged)
    expect(away.code).toBe(0)
    expect(away.out).toContain(
      'the report of before is not in reports/staging: what is said about it was not looked at',
    )
  })

  it('needs a record, in its place', async () => {
    const repository = await nights()
    expect(await verify(repository, staged)).toMatchObject({ code: 2, err: expect.stringContaining('found no deploy') })
    repository.write(staged, '# My notes\n')
    expect(await verify(repository, staged)).toMatchObject({
      code: 2,
      err: expect.stringContaining('is no deployment'),
    })
    rmSync(join(repository.root, staged))
    expect((await record(repository)).code).toBe(0)
    const elsewhere = join(temporaryFolder(), 'copy.md')
    writeFileSync(elsewhere, read(repository))
    expect(await verify(repository, elsewhere)).toMatchObject({
      code: 1,
      out: expect.stringContaining('and lies where that of copy on'),
    })
  })
})
