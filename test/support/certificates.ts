import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

const run = promisify(execFile)

/** Paths of files in PEM format. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** A certificate that has signed itself, and so is its own authority. Removed with the test. */
export async function selfSigned(
  name = 'localhost',
  alternatives = 'IP:127.0.0.1,DNS:localhost',
): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [cert, key, config] = ['cert.pem', 'key.pem', 'openssl.cnf'].map((file) => join(folder, file))
  await writeFile(config!, '[req]\ndistinguished_name=name\n[name]\n')
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternatives}`]
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await run('openssl', ['req', '-x509', '-config', config!, ...made, '-keyout', key!, '-out', cert!, ...subject])
  return { cert: cert!, key: key! }
}
