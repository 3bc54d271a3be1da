import type { Server } from 'node:http'
import { isIPv4, isIPv6, type AddressInfo } from 'node:net'
import { asError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { errnoOf } from '../errno.ts'

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/** `http://` and the address, as a client writes it. */
export function urlOf(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
}

/**
 * Listens, and gives the port: the one asked for, or the one that 0 has picked.
 *
 * @throws SLUICE_LISTEN_PORT_IN_USE, SLUICE_LISTEN_FORBIDDEN, SLUICE_LISTEN_FAILED
 */
export function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(listenError(error, `${host}:${port}`))
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function listenError(error: Error, address: string): Error {
  const errno = errnoOf(error)
  switch (errno) {
    case 'EADDRINUSE':
      return componentError('SLUICE_LISTEN_PORT_IN_USE', `something else listens on ${address}`, error)
    case 'EACCES':
      return componentError('SLUICE_LISTEN_FORBIDDEN', `no permission to listen on ${address}`, error)
    default:
      return componentError(
        'SLUICE_LISTEN_FAILED',
        `cannot listen on ${address} (${errno ?? asError(error).message})`,
        error,
      )
  }
}
