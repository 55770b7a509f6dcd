import { didYouMean, quote } from '../message-text.ts'
import { type ActorDeclaration, hasUser, usesApi } from '../model/matrix.ts'
import type { Report } from './report.ts'

/** Checks the references between actors, and that the keys of an actor are consistent. */
export function checkActors(actors: readonly ActorDeclaration[], declared: readonly string[], report: Report): void {
  const byName = new Map(actors.map((actor) => [actor.name, actor]))
  for (const actor of actors) {
    if (!hasUser(actor.kind)) checkUserless(actor, report)
    else if (actor.as !== undefined) checkBorrowed(actor, actor.as, byName, declared, report)
    else if (actor.kind === 'anonymous-auth') checkAddressless(actor, report)
    else if (actor.phone === 'only') checkPhoneOnly(actor, report)
    if (actor.token === 'tampered') checkTampered(actor, actors, report)
    checkRole(actor, report)
  }
}

/** Reports keys that need a user on an actor without one. */
function checkUserless(actor: ActorDeclaration, report: Report): void {
  const given = {
    as: actor.as,
    token: actor.token,
    app_metadata: actor.appMetadata,
    user_metadata: actor.userMetadata,
    email: actor.email,
    phone: actor.phone,
    assurance: actor.assurance,
    ...(!usesApi(actor.kind) ? { api_key: actor.apiKey, headers: actor.headers } : {}),
  }
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue
    const found = `${quote(key)} for an actor of kind ${quote(actor.kind)}`
    const expected =
      key === 'api_key' || key === 'headers'
        ? `an actor that sends requests to the API: ${quote(actor.kind)} ${actor.kind === 'worker' ? 'logs in to' : 'works in'} the database`
        : `an actor that signs in: ${quote(actor.kind)} has no user and no token`
    report({ code: `${actor.kind}-has-no-user`, path: ['actors', actor.name, key], on: 'key', found, expected })
  }
}

/** An anonymous user has neither an address nor a number. */
function checkAddressless({ name, email, phone }: ActorDeclaration, report: Report): void {
  for (const [key, value] of Object.entries({ email, phone })) {
    if (value === undefined) continue
    const found = `${quote(key)} for an actor of kind \`anonymous-auth\``
    const expected = 'an actor of kind `authenticated`: an anonymous user has neither'
    report({ code: 'anonymous-address', path: ['actors', name, key], on: 'key', found, expected })
  }
}

function checkPhoneOnly({ name, email }: ActorDeclaration, report: Report): void {
  if (email === undefined) return
  const expected = '`phone: true`, or no `email`: with `phone: only` the user has no address'
  const found = '`email` beside `phone: only`'
  report({ code: 'phone-only-address', path: ['actors', name, 'email'], on: 'key', found, expected })
}

/** A worker logs in to the database as a role, and no other actor has one. */
function checkRole({ name, kind, role }: ActorDeclaration, report: Report): void {
  if (kind === 'worker' && role === undefined) {
    const expected = '`role`, the login role of the database that the worker is'
    report({ code: 'worker-role', path: ['actors', name], found: 'no `role` for an actor of kind `worker`', expected })
  } else if (kind !== 'worker' && role !== undefined) {
    const found = `\`role\` for an actor of kind ${quote(kind)}`
    const expected = 'an actor of kind `worker`: the API chooses the role of everybody else'
    report({ code: 'worker-role', path: ['actors', name, 'role'], on: 'key', found, expected })
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
  const ofUser = {
    app_metadata: actor.appMetadata,
    user_metadata: actor.userMetadata,
    email: actor.email,
    phone: actor.phone,
  }
  for (const [key, value] of Object.entries(ofUser)) {
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
  if (!hasUser(lender.kind)) return `which is ${quote(lender.kind)} and has no user`
  if (lender.as !== undefined) return `which has no user of its own but that of ${quote(lender.as)}`
  return lender.kind === actor.kind ? undefined : `which is of kind ${quote(lender.kind)}`
}

function expectedLender(actor: ActorDeclaration): string {
  return `an actor of kind ${quote(actor.kind)} with a user of its own`
}

/** A tampered token carries another user's id, so another user has to exist. */
function checkTampered(actor: ActorDeclaration, actors: readonly ActorDeclaration[], report: Report): void {
  const user = actor.as ?? actor.name
  const another = actors.some((other) => hasUser(other.kind) && (other.as ?? other.name) !== user)
  if (another) return
  const expected = 'a second actor that signs in, whose user the tampered token names'
  report({ code: 'no-other-user', path: ['actors', actor.name, 'token'], found: 'the only user', expected })
}
