import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell } from '../../test/support/example-records.ts'
import { exampleRace, exampleScenario } from '../../test/support/example-scenarios.ts'
import { type Acceptance, readAccepted, weigh } from './accepted.ts'
import { changesBetween } from './diff.ts'
import { scenarioChangesBetween } from './scenario-diff.ts'

const breach = exampleBreach()
const changes = changesBetween([exampleCell()], [breach])
const acceptance: Acceptance = {
  cell: breach.id,
  change: 'opened',
  owner: 'dana',
  reason: 'the policy follows on Monday',
  until: '2026-12-31',
}

describe('a change', () => {
  it('is accepted up to and including the day', () => {
    expect(weigh(changes, [acceptance], '2026-12-31')).toMatchObject({
      open: [],
      accepted: [{ by: acceptance }],
      expired: [],
      unused: [],
    })
  })

  it('counts again when the day has passed', () => {
    expect(weigh(changes, [acceptance], '2027-01-01')).toMatchObject({ open: changes, expired: [acceptance] })
  })

  it('is not accepted by an acceptance of another change, which is named', () => {
    const other: Acceptance = { ...acceptance, change: 'became-unproven' }
    expect(weigh(changes, [other], '2026-12-01')).toMatchObject({ open: changes, accepted: [], unused: [other] })
  })
})

describe('a scenario', () => {
  const race = exampleRace().record
  const opened = scenarioChangesBetween([exampleScenario().record], [race])
  const { cell: _, ...rest } = acceptance

  it('is accepted by its name', () => {
    const byName: Acceptance = { ...rest, scenario: race.id }
    expect(weigh(opened, [byName], '2026-12-01')).toMatchObject({ open: [], accepted: [{ by: byName }], unused: [] })
  })

  it('is not accepted by an acceptance of a cell', () => {
    const byCell: Acceptance = { ...rest, cell: race.id }
    expect(weigh(opened, [byCell], '2026-12-01')).toMatchObject({ open: opened, accepted: [], unused: [byCell] })
  })
})

describe('accepted.yaml', () => {
  let root = ''
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'trespass-accepted-'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const line = (until: string) => `- { cell: a › b › c, change: opened, owner: dana, reason: known, until: ${until} }\n`

  it('need not be there', async () => {
    expect(await readAccepted(root)).toEqual([])
  })

  it('lists the owner of each acceptance, and its last day', async () => {
    await writeFile(join(root, 'accepted.yaml'), line('2026-12-31'))
    expect(await readAccepted(root)).toEqual([
      { cell: 'a › b › c', change: 'opened', owner: 'dana', reason: 'known', until: '2026-12-31' },
    ])
  })

  it.each([
    ['no day', line('soon'), '0.until: a day, such as 2026-12-31'],
    [
      'neither a cell nor a scenario',
      '- { change: opened, owner: x, reason: y, until: 2026-12-31 }\n',
      '0: names a cell',
    ],
    ['both', '- { cell: a, scenario: b, change: opened, owner: x, reason: y, until: 2026-12-31 }\n', '0: names a cell'],
    ['no list', 'cell: x\n', 'expected array'],
    ['no owner', '- { cell: x, change: opened, reason: y, until: 2026-12-31 }\n', '0.owner'],
    ['no YAML', '- {', 'cannot be used'],
  ])('is refused with %s', async (_, text, why) => {
    await writeFile(join(root, 'accepted.yaml'), text)
    await expect(readAccepted(root)).rejects.toMatchObject({
      code: 'accepted-broken',
      message: expect.stringContaining(why),
    })
  })
})
