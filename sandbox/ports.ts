import { createServer } from 'node:net'

/** Finds a free port of 127.0.0.1. Another process may still take it before its use. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('The system gave no port number.'))
        else resolve(address.port)
      })
    })
  })
}
