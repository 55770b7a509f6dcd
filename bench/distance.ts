import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A proxy to a server on this machine, with the delay of a connection across a continent. */
export interface Distance {
  readonly port: number
  close(): void
}

/**
 * Listens on a port of its own and forwards all data with a delay. Connections are made without delay: the bench measures
 * requests, and connections are kept open.
 *
 * @param port of the server.
 * @param oneWay delay of each direction in milliseconds.
 */
export async function distanceTo(port: number, oneWay: number): Promise<Distance> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => setTimeout(() => to.write(chunk), oneWay))
      from.on('end', () => setTimeout(() => to.end(), oneWay))
      from.on('error', () => to.destroy())
      from.on('close', () => sockets.delete(from))
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the distance has no port')
  return {
    port: address.port,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
