import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { type AddressInfo, connect, createServer as createSocketServer, type Server, type Socket } from 'node:net'
import type { StandingSandbox } from './standing-sandbox.ts'
import { atEnd } from './support.ts'

/** A request that has arrived and has not been forwarded. */
export interface Passing {
  readonly method: string
  readonly path: string
  /** The claims of the bearer token; empty without one. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Handles a request instead of forwarding it. @returns false if the request is to be forwarded. */
export type Misbehaviour = (response: ServerResponse, passing: Passing) => boolean | Promise<boolean>

/** Secret members in the requests to Auth and its answers. */
const secretMembers = new Set(['access_token', 'refresh_token', 'password', 'secret', 'uri', 'email'])

/** A proxy between a run and its target that records secrets and injects faults. */
export class FaultProxy {
  /** Lines of an `.env.<alias>` that lead to it. */
  lines = ''
  /** Every key, token, password and address of a user that passed through, with the name of its member. */
  readonly secrets = new Map<string, string>()
  #misbehaviour: Misbehaviour = () => false
  #databaseIsThere = true
  #onDatabase: (text: string) => void = () => undefined
  readonly #sockets = new Set<Socket>()
  readonly #agent = new Agent({ keepAlive: true })

  static async before({ lines, variables }: StandingSandbox): Promise<FaultProxy> {
    const proxy = new FaultProxy()
    const [gateway, database] = ['TRESPASS_URL', 'TRESPASS_DATABASE_URL'].map((name) => new URL(variables[name] ?? ''))
    if (gateway === undefined || database === undefined) throw new Error('the sandbox has no address')
    const here = `127.0.0.1:${await proxy.#listenBeforeGateway(gateway)}`
    const there = `127.0.0.1:${await proxy.#listenBeforeDatabase(Number(database.port))}`
    proxy.lines = lines.replaceAll(gateway.host, here).replaceAll(database.host, there)
    for (const name of ['PUBLISHABLE_KEY', 'SECRET_KEY', 'JWT_SECRET']) {
      const secret = variables[`TRESPASS_${name}`]
      if (secret !== undefined) proxy.secrets.set(secret, name.toLowerCase())
    }
    proxy.secrets.set(database.password, 'password')
    for (const [name, value] of Object.entries(variables)) {
      if (name.startsWith('TRESPASS_WORKER_URL_')) proxy.secrets.set(new URL(value).password, 'password')
    }
    atEnd(() => proxy.#agent.destroy())
    return proxy
  }

  /** Injects this fault into every request to the gateway from now on. */
  misbehave(misbehaviour: Misbehaviour): void {
    this.#misbehaviour = misbehaviour
  }

  /** Cuts every connection to the database, and refuses new ones. */
  cutDatabase(): void {
    this.#databaseIsThere = false
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Accepts connections to the database again. */
  healDatabase(): void {
    this.#databaseIsThere = true
  }

  /** @param hear gets all data for the database before it is forwarded. */
  onDatabase(hear: (text: string) => void): void {
    this.#onDatabase = hear
  }

  /** Ends the fault. */
  behave(): void {
    this.#misbehaviour = () => false
    this.#onDatabase = () => undefined
    this.healDatabase()
  }

  async #listenBeforeGateway(gateway: URL): Promise<number> {
    const server = createServer((request, response) => {
      void this.#pass(request, response, gateway).catch(() => response.destroy())
    })
    // As long as the gateway's: a connection that closes during a request would look like a second fault.
    server.keepAliveTimeout = 120_000
    server.on('upgrade', (request: IncomingMessage, client: Socket, head: Buffer) => {
      this.#tunnel(request, client, head, gateway)
    })
    atEnd(() => server.closeAllConnections())
    return listening(server)
  }

  /** Forwards a WebSocket unchanged. */
  #tunnel({ method = '', url = '', rawHeaders }: IncomingMessage, client: Socket, head: Buffer, gateway: URL): void {
    const service = connect(Number(gateway.port), gateway.hostname)
    for (const [socket, other] of [
      [client, service],
      [service, client],
    ] as const) {
      socket.on('error', () => other.destroy())
      socket.once('close', () => other.destroy())
    }
    const headers = rawHeaders.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${rawHeaders[n + 1] ?? ''}\r\n`] : []))
    service.write(`${method} ${url} HTTP/1.1\r\n${headers.join('')}\r\n`)
    service.write(head)
    client.pipe(service)
    service.pipe(client)
    atEnd(() => service.destroy())
  }

  async #pass(request: IncomingMessage, response: ServerResponse, gateway: URL): Promise<void> {
    const bytes = await bytesOf(request)
    const body = bytes.toString()
    const { method = '', url: path = '', headers } = request
    const token = headers.authorization?.replace(/^Bearer /, '') ?? ''
    if (token !== '') this.secrets.set(token, 'authorization')
    const isAuth = path.startsWith('/auth/v1')
    if (isAuth) this.#learn(body)
    if (await this.#misbehaviour(response, { method, path, claims: claimsOf(token), body })) return
    const upstream = send({ host: gateway.hostname, port: gateway.port, method, path, headers, agent: this.#agent })
    upstream.once('error', () => response.destroy())
    upstream.end(bytes)
    const [answer]: IncomingMessage[] = await once(upstream, 'response')
    if (answer === undefined) throw new Error('the gateway gave no answer')
    const answered = await bytesOf(answer)
    if (isAuth) this.#learn(answered.toString())
    const { 'transfer-encoding': _, ...kept } = answer.headers
    response.writeHead(answer.statusCode ?? 502, method === 'HEAD' ? kept : { ...kept, ...lengthOf(answered, answer) })
    response.end(answered)
  }

  /** Records the secrets in a body from or to Auth. */
  #learn(text: string): void {
    try {
      JSON.parse(text, (name, value: unknown) => {
        if (secretMembers.has(name) && typeof value === 'string' && value.length > 5) this.secrets.set(value, name)
        return value
      })
    } catch {
      // Not every body is JSON.
    }
  }

  async #listenBeforeDatabase(port: number): Promise<number> {
    const server = createSocketServer((client) => {
      client.on('error', () => undefined)
      if (!this.#databaseIsThere) {
        client.destroy()
        return
      }
      const database = connect(port, '127.0.0.1')
      database.on('error', () => client.destroy())
      for (const socket of [client, database]) {
        this.#sockets.add(socket)
        socket.once('close', () => this.#sockets.delete(socket))
      }
      client.on('data', (data) => {
        this.#onDatabase(data.toString('latin1'))
        if (!database.destroyed) database.write(data)
      })
      client.once('close', () => database.destroy())
      database.pipe(client)
    })
    atEnd(() => {
      for (const socket of this.#sockets) socket.destroy()
    })
    return listening(server)
  }
}

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => server.close())
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return address.port
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

function lengthOf(bytes: Buffer, { statusCode }: IncomingMessage): Record<string, string> {
  return statusCode === 204 || statusCode === 304 ? {} : { 'content-length': String(bytes.length) }
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) }
  } catch {
    return {}
  }
}
