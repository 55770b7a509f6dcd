import type { ActorDeclaration } from './model.ts'
import type { Report } from './report.ts'
import { didYouMean, quote } from './words.ts'

/** Checks what one actor says about another, and that its keys make sense together. */
export function checkActors(actors: readonly ActorDeclaration[], declared: readonly string[], report: Report): void {
  const byName = new Map(actors.map((actor) => [actor.name, actor]))
  for (const actor of actors) {
    if (actor.kind === 'anon') checkAnon(actor, report)
    else if (actor.as !== undefined) checkBorrowed(actor, actor.as, byName, declared, report)
    if (actor.token === 'tampered') checkTampered(actor, actors, report)
  }
}

/** What an actor without a user cannot have. */
function checkAnon(actor: ActorDeclaration, report: Report): void {
  const given = {
    as: actor.as,
    token: actor.token,
    app_metadata: actor.appMetadata,
    user_metadata: actor.userMetadata,
    assurance: actor.assurance,
  }
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue
    const found = `${quote(key)} for an actor of kind \`anon\``
    const expected = 'an actor that signs in: `anon` has no user and no token'
    report({ code: 'anon-has-no-user', path: ['actors', actor.name, key], on: 'key', found, expected })
  }
}

function checkBorrowed(
  actor: ActorDeclaration,
  as: string,
  byName: ReadonlyMap<string, ActorDeclaration>,
  declared: readonly string[],
  report: Report,
): void {
  const path = ['actors', actor.name, 'as']
  const found = `the actor ${quote(as)}`
  if (!declared.includes(as)) {
    const hint = didYouMean(as, declared)
    report({ code: 'unknown-actor', path, found, expected: 'an actor of this file', hint })
    return
  }
  const lender = byName.get(as)
  if (lender === undefined) return
  const why = unfitLender(actor, lender)
  if (why !== undefined) report({ code: 'no-user', path, found: `${found}, ${why}`, expected: expectedLender(actor) })
  const metadata = { app_metadata: actor.appMetadata, user_metadata: actor.userMetadata }
  for (const [key, value] of Object.entries(metadata)) {
    if (value === undefined) continue
    const expected = `${quote(key)} at ${quote(as)}, whose user this is`
    report({
      code: 'borrowed-user',
      path: ['actors', actor.name, key],
      on: 'key',
      found: `${quote(key)} beside \`as\``,
      expected,
    })
  }
}

function unfitLender(actor: ActorDeclaration, lender: ActorDeclaration): string | undefined {
  if (lender.name === actor.name) return 'which is the actor itself'
  if (lender.kind === 'anon') return 'which is `anon` and has no user'
  if (lender.as !== undefined) return `which has no user of its own but that of ${quote(lender.as)}`
  return lender.kind === actor.kind ? undefined : `which is of kind ${quote(lender.kind)}`
}

function expectedLender(actor: ActorDeclaration): string {
  return `an actor of kind ${quote(actor.kind)} with a user of its own`
}

/** A tampered token carries another user's id, so another user has to exist. */
function checkTampered(actor: ActorDeclaration, actors: readonly ActorDeclaration[], report: Report): void {
  const user = actor.as ?? actor.name
  const another = actors.some((other) => other.kind !== 'anon' && (other.as ?? other.name) !== user)
  if (another) return
  const expected = 'a second actor that signs in, whose user the tampered token names'
  report({ code: 'no-other-user', path: ['actors', actor.name, 'token'], found: 'the only user', expected })
}
