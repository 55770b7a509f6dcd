import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream'

/** A path prefix of the gateway; the empty one is the gateway itself. */
export type Route = '' | '/rest/' | '/realtime/'

/** A reverse proxy before the sandbox's gateway that can lose all of its routes or one. */
export class Gateway {
  readonly #upstream: URL
  readonly #server: Server
  /** As long as upstream's: a connection that closes during a request would look like a fault. */
  readonly #agent = new Agent({ keepAlive: true })
  readonly #sockets = new Map<Socket, string>()
  #away: Route | null = null
  url = ''

  private constructor(upstream: URL) {
    this.#upstream = upstream
    this.#server = createServer((request, response) => this.#pass(request, response))
    this.#server.keepAliveTimeout = 120_000
    this.#server.on('connection', (socket: Socket) => {
      if (this.#away === '') socket.destroy()
      this.#sockets.set(socket, '')
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('upgrade', (request: IncomingMessage, client: Socket, head: Buffer) => {
      this.#tunnel(request, client, head)
    })
  }

  static async before(upstream: URL): Promise<Gateway> {
    const gateway = new Gateway(upstream)
    await once(gateway.#server.listen(0, '127.0.0.1'), 'listening')
    const address = gateway.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the gateway has no port')
    gateway.url = `http://127.0.0.1:${address.port}`
    return gateway
  }

  /** Destroys the connections of a route, and answers its requests with 502 until `restore`; the gateway itself refuses. */
  lose(route: Route): void {
    this.#away = route
    for (const [socket, path] of this.#sockets) if (path.startsWith(route)) socket.destroy()
  }

  restore(): void {
    this.#away = null
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets.keys()) socket.destroy()
    this.#agent.destroy()
  }

  #isAway(path: string): boolean {
    return this.#away !== null && path.startsWith(this.#away)
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '', headers, socket } = request
    if (this.#isAway(url)) {
      response.writeHead(502, { 'content-type': 'text/plain' }).end('Bad Gateway')
      return
    }
    this.#sockets.set(socket, url)
    const { hostname: host, port } = this.#upstream
    const upstream = send({ host, port, method, path: url, headers, agent: this.#agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, response, () => undefined)
    })
    upstream.on('error', () => response.destroy())
    response.once('close', () => {
      if (!response.writableFinished) upstream.destroy()
      if (this.#sockets.has(socket)) this.#sockets.set(socket, '')
    })
    pipeline(request, upstream, () => undefined)
  }

  /** Forwards a WebSocket unchanged. */
  #tunnel({ method, url = '', rawHeaders }: IncomingMessage, client: Socket, head: Buffer): void {
    client.on('error', () => undefined)
    if (this.#isAway(url)) {
      client.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n')
      return
    }
    this.#sockets.set(client, url)
    const service = connect(Number(this.#upstream.port), this.#upstream.hostname)
    service.on('error', () => client.destroy())
    client.once('close', () => service.destroy())
    service.once('close', () => client.destroy())
    const headers = rawHeaders.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${rawHeaders[n + 1] ?? ''}\r\n`] : []))
    service.write(`${method} ${url} HTTP/1.1\r\n${headers.join('')}\r\n`)
    service.write(head)
    client.pipe(service)
    service.pipe(client)
  }
}
