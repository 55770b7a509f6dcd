import type { Problem } from '../errors.ts'
import { oneOf, quote } from '../message-text.ts'
import type { LoadedRoster } from './read-actors.ts'
import { locatedReport } from './report.ts'

/** Reports addresses of actors outside the configured domains: mail to such an address could reach its owner. */
export function checkEmails({ roster, locateInActors }: LoadedRoster, domains: readonly string[]): Problem[] {
  const problems: Problem[] = []
  const report = locatedReport(locateInActors, problems)
  const known = domains.map((domain) => domain.toLowerCase())
  for (const { name, email } of roster.actors) {
    if (email === undefined) continue
    const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase()
    if (known.includes(domain)) continue
    report({
      code: 'email-domain',
      path: ['actors', name, 'email'],
      found: `an address at ${quote(domain)}`,
      expected: `a domain of \`trespass.config.ts\`: ${oneOf(known)}`,
      hint: "add `email_domains: ['…']` there, with a domain that receives no mail of other people",
    })
  }
  return problems
}
