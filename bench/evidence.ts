import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Evidence, reportFolder } from '../harness/evidence/evidence.ts'
import { verifyReport } from '../harness/evidence/verify.ts'
import { writeEvidence } from '../harness/evidence/write.ts'
import type { CellRecord } from '../harness/model/record.ts'
import { exampleBreach, exampleCell, exampleRun } from '../test/support/example-records.ts'

const actors = 40
/** One cell in this many is a finding. */
const findings = 50

/** The cost of a run's evidence: milliseconds, megabytes of memory beyond the records themselves, bytes on disk. */
export interface EvidenceCosts {
  readonly cells: number
  readonly write: number
  readonly verify: number
  /** Processor time of both, in milliseconds, which does not depend on other programs. */
  readonly cpu: number
  readonly memory: number
  readonly page: number
  readonly total: number
}

/** Writes and verifies the report of a second run, which is compared with the first. */
export async function evidenceRun(cells: number): Promise<EvidenceCosts> {
  const root = await mkdtemp(join(tmpdir(), 'trespass-evidence-bench-'))
  try {
    const [first, evidence] = [night(1, cells), night(2, cells)]
    const folder = join(root, reportFolder(evidence.run))
    const before = process.memoryUsage().rss
    await writeEvidence(root, first)
    const busy = process.cpuUsage()
    const begun = performance.now()
    await writeEvidence(root, evidence)
    const written = performance.now()
    const { problems } = await verifyReport(folder)
    const verified = performance.now()
    const { user, system } = process.cpuUsage(busy)
    if (problems.length > 0) throw new Error(problems.join('\n'))
    const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size))
    return {
      cells,
      write: written - begun,
      verify: verified - written,
      cpu: (user + system) / 1000,
      memory: Math.max(0, process.resourceUsage().maxRSS * 1024 - before) / 2 ** 20,
      page: (await stat(join(folder, 'report.html'))).size,
      total: sizes.reduce((sum, size) => sum + size, 0),
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

function night(day: number, cells: number): Evidence {
  const records = Array.from({ length: cells }, (_, number) => record(number, day))
  const run = exampleRun(records, { run: `r2026030${day}`, startedAt: `2026-03-0${day}T02:00:00.000Z` })
  return { run, cells: records, schema: null, scenarios: [] }
}

/** Other cells break in every run, and each has its own row. */
function record(number: number, day: number): CellRecord {
  const operation = Math.floor(number / actors)
  const made = (number + day) % findings === 0 ? exampleBreach() : exampleCell()
  const request = `/rest/v1/documents?id=eq.${String(number).padStart(8, '0')}-5b9a-4a39-9a2e-0d7f9f0b6b12&select=id,title`
  return {
    ...made,
    id: `matrix ${operation % 20} › actor ${number % actors} › rename ${operation}`,
    matrix: `matrix ${operation % 20}`,
    actor: `actor ${number % actors}`,
    operation: `rename ${operation}`,
    outcome: made.outcome === null ? null : { ...made.outcome, request },
  }
}
