/** Why a join is refused; the message is what the client gets as the reason. */
export class JoinRefusal extends Error {
  override readonly name = 'JoinRefusal'
}
