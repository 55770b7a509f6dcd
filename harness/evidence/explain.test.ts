import { describe, expect, it } from 'vitest'
import { exampleBreach, exampleCell, exampleOutcome, exampleRun } from '../../test/support/example-records.ts'
import { curl, explanation } from './explain.ts'

const shown = (cell: Parameters<typeof explanation>[0]) =>
  Object.fromEntries(explanation(cell, exampleRun([])).map(({ step, text }) => [step, text]))

describe('the chain', () => {
  it('leads from the expectation to the verdict', () => {
    expect(explanation(exampleBreach(), exampleRun([])).map(({ step }) => step)).toEqual([
      'expected',
      'asked',
      'answered',
      'happened',
      'control',
      'verdict',
      'again',
      'again',
    ])
    expect(shown(exampleBreach())).toMatchObject({
      expected: expect.stringContaining('mallory (authenticated) and "rename theirs" on table public.documents: deny'),
      asked: expect.stringContaining('mallory sent PATCH /rest/v1/documents?'),
      answered: 'The answer was 204: the response pattern `no-content`, carried out.',
      happened: 'Read out of band: it happened: title theirs → defaced.',
      control: expect.stringContaining('alice, who may, sent the same request.'),
      verdict: 'breach: a denial was expected, it happened: title theirs → defaced.',
      again: 'npx trespass run --target staging --cell "documents › mallory › rename theirs"',
    })
  })

  it('names the layer of a denial, and a privileged control', () => {
    const { control } = exampleCell()
    const cell = exampleCell({ control: control === null ? null : { ...control, by: 'privileged' } })
    expect(shown(cell)).toMatchObject({
      verdict: expect.stringContaining('held, refused by filtered'),
      control: expect.stringContaining('The privileged connection, since no actor may,'),
    })
  })

  it('states that no request was sent', () => {
    const cell = exampleCell({ verdict: 'undecided', outcome: null, effect: null, control: null })
    expect(shown(cell)).toMatchObject({ asked: 'Nothing was sent.', control: 'No control was made.' })
  })
})

describe('the command', () => {
  const who = { actor: "o'neil", actorKind: 'authenticated', credential: 'intact' } as const

  it('repeats the request with placeholders, for arbitrary texts', () => {
    expect(curl({ ...exampleOutcome, request: '/rest/v1/t?a=eq.1', body: { title: "it's" } }, who)).toBe(
      [
        `curl -X PATCH "$TRESPASS_URL"'/rest/v1/t?a=eq.1' -H "apikey: $TRESPASS_PUBLISHABLE_KEY"`,
        `-H 'Authorization: Bearer <token of o'\\''neil>' -H 'Prefer: return=minimal'`,
        `-H 'Content-Type: application/json' -d '{"title":"it'\\''s"}'`,
      ].join(' '),
    )
  })

  it('has no token for a visitor, and a broken one for an attack', () => {
    expect(curl(exampleOutcome, { ...who, actorKind: 'anon' })).not.toContain('Authorization')
    expect(curl(exampleOutcome, { ...who, actor: 'forger', credential: 'attacked' })).toContain(
      '<the broken token of forger>',
    )
  })

  it('takes bytes from a file', () => {
    const outcome = { ...exampleOutcome, method: 'POST', body: { bytes: 3, sha256: 'aa' } }
    expect(curl(outcome, who)).toContain('--data-binary @<the file>')
  })

  it('does not exist for an operation without an HTTP request', () => {
    expect(curl({ ...exampleOutcome, method: 'JOIN' }, who)).toBeNull()
  })
})
