import { generateKeyPairSync, sign } from 'node:crypto'

/** A certificate and its key, in PEM. */
export interface SelfSigned {
  readonly certificate: string
  readonly key: string
}

/** One element of DER (X.690): its tag, its length, its content. */
function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const sequence = (...content: readonly Buffer[]) => element(0x30, ...content)
const oid = (...bytes: readonly number[]) => element(0x06, Buffer.from(bytes))
const integer = (value: number) => element(0x02, Buffer.from([value]))
const bits = (content: Buffer) => element(0x03, Buffer.from([0]), content)

const commonName = oid(0x55, 0x04, 0x03)
const subjectAltName = oid(0x55, 0x1d, 0x11)
/** ecdsa-with-SHA256 (RFC 5758, section 3.2). */
const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))

/** Makes a self-signed certificate (RFC 5280, section 4.1) for one host. */
export function selfSigned(host: string): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(element(0x31, sequence(commonName, element(0x0c, Buffer.from(host)))))
  const times = ['200101000000Z', '491231235959Z'].map((time) => element(0x17, Buffer.from(time)))
  const names = element(0x04, sequence(element(0x82, Buffer.from(host))))
  const body = sequence(
    element(0xa0, integer(2)),
    integer(1),
    algorithm,
    name,
    sequence(...times),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(sequence(subjectAltName, names))),
  )
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, privateKey)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
