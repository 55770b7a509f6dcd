import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { StandingSandbox } from './standing-sandbox.ts'
import { atEnd } from './support.ts'

/** A proxy between a run and its target that counts the run's messages to the gateway and to the database. */
export class CountingProxy {
  /** Lines of an `.env.<alias>` that lead to it. */
  lines = ''
  sent = 0
  #moment = Number.POSITIVE_INFINITY
  #reached: () => void = () => undefined

  /** Resets the count. @param reached is called at the given count, before the last message reaches the target. */
  count(moment: number, reached: () => void): void {
    this.sent = 0
    this.#moment = moment
    this.#reached = reached
  }

  static async before({ lines, variables }: StandingSandbox): Promise<CountingProxy> {
    const proxy = new CountingProxy()
    proxy.lines = lines
    for (const name of ['TRESPASS_URL', 'TRESPASS_DATABASE_URL']) {
      const { host, port } = new URL(variables[name] ?? '')
      proxy.lines = proxy.lines.replaceAll(host, `127.0.0.1:${await proxy.#listen(Number(port))}`)
    }
    return proxy
  }

  async #listen(port: number): Promise<number> {
    const server = createServer((run) => {
      const target = connect(port, '127.0.0.1')
      run.on('data', () => this.#count())
      run.pipe(target).pipe(run)
      run.on('error', () => target.destroy())
      target.on('error', () => run.destroy())
      atEnd(() => run.destroy())
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    atEnd(() => server.close())
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    return address.port
  }

  #count(): void {
    this.sent += 1
    if (this.sent === this.#moment) this.#reached()
  }
}
