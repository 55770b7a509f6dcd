import { expect, test } from 'vitest'
import { readActorsText } from '../../test/support/matrix-texts.ts'
import { checkEmails } from './check-emails.ts'

const roster = (email: string) => {
  const { result } = readActorsText(`actors:\n  alice: { kind: authenticated, email: "${email}" }\n`)
  if (result === undefined) throw new Error('the actors could not be read')
  return result
}

test('an address of a configured domain is sound, in upper case too', () => {
  expect(checkEmails(roster('$actor@Corp.test'), ['trespass.test', 'corp.test'])).toEqual([])
})

test('an address of another domain is refused at its position', () => {
  expect(checkEmails(roster('$actor@corp.com'), ['trespass.test', 'corp.test'])).toMatchObject([
    {
      code: 'email-domain',
      at: { line: 2 },
      found: 'an address at `corp.com`',
      expected: 'a domain of `trespass.config.ts`: `trespass.test` or `corp.test`',
    },
  ])
})
