import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeEvidence } from '../../harness/evidence/write.ts'
import type { CellRecord, RunRecord } from '../../harness/model/record.ts'
import { exampleCell, exampleRun } from '../support/example-records.ts'
import { temporaryFolder } from './support.ts'

/** The migration of these tests. */
export const migration = 'supabase/migrations/20260302090000_invoices.sql'
/** Its deployment record on staging. */
export const staged = 'supabase/deployments/staging/20260302090000_invoices.md'

/** A repository with one committed migration, and reports of made-up runs. */
export class Repository {
  readonly root = temporaryFolder()

  constructor() {
    this.git('init', '--quiet')
    this.write('.gitignore', 'reports/\n')
    this.commit(migration, 'create table invoices (id int);\n')
  }

  git(...words: readonly string[]): string {
    const person = ['-c', 'user.name=Dana', '-c', 'user.email=dana@example.com']
    return execFileSync('git', [...person, '-C', this.root, ...words], { encoding: 'utf8' }).trim()
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true })
    writeFileSync(join(this.root, file), text)
  }

  commit(file: string, text: string): void {
    this.write(file, text)
    this.git('add', '.')
    this.git('commit', '--quiet', '--message', file)
  }

  /** Writes the report of a run that began at one o'clock and took nine seconds. */
  async report(run: string, day: string, changes: Partial<RunRecord> = {}, cells: readonly CellRecord[] = held) {
    const times = { startedAt: `${day}T01:00:00.000Z`, finishedAt: `${day}T01:00:09.000Z` }
    const evidence = { run: exampleRun(cells, { run, ...times, ...changes }), cells, schema: null, scenarios: [] }
    await writeEvidence(this.root, evidence)
  }
}

const held = [exampleCell(), exampleCell({ actor: 'bob' })]
