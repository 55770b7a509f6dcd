/** The refusal of a join; the client gets the message as the reason. */
export class JoinRefusal extends Error {
  override readonly name = 'JoinRefusal'
}
