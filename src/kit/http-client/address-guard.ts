import { lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'

/** Names to addresses; a test has another one. */
export type Lookup = LookupFunction

/** An address, or a range of addresses as `10.0.0.0/8`. */
const RANGE = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i

/**
 * Where the machines of a cloud tell their secrets: link-local addresses, and what providers use beside them. Nobody
 * delivers messages there, and a name that leads there was changed by somebody.
 */
const METADATA = ['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::254', '100.100.100.200']
/** The same within addresses that a network translates: NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), IPv4-compatible ones. */
const TRANSLATED = [
  '64:ff9b::a9fe:0/112',
  '64:ff9b::6464:64c8',
  '64:ff9b:1::/48',
  '2002:a9fe::/32',
  '2002:6464:64c8::/48',
]
const COMPATIBLE = ['::a9fe:0/112', '::6464:64c8']

/** @returns what is wrong with what stands in `allow`. */
export function problemOfRange(text: string): string | undefined {
  const [, address = '', bits] = RANGE.exec(text) ?? []
  const family = isIP(address)
  if (family === 0) return 'write an address or a range of addresses, as "10.0.0.0/8" or "::1"'
  const most = family === 4 ? 32 : 128
  return bits === undefined || Number(bits) <= most ? undefined : `behind the "/" stands a number up to ${most}`
}

/**
 * Says to which addresses may be connected. It is asked for what is really connected to, at each connection, so that a
 * name that leads elsewhere today than yesterday is covered.
 */
export class AddressGuard {
  readonly #allowed: BlockList | undefined
  readonly #refused = listOf([...METADATA, ...TRANSLATED, ...COMPATIBLE])

  /** @param allow only these; without it any but link-local addresses. */
  constructor(allow: readonly string[] | undefined) {
    this.#allowed = allow && listOf(allow)
  }

  /** Whether it may be connected to. */
  allows(address: string): boolean {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    // A zone, as of `fe80::1%eth0`, is no part of the address.
    const [plain = ''] = address.split('%')
    if (this.#allowed !== undefined) return this.#allowed.check(plain, family)
    return !this.#refused.check(plain, family)
  }

  /** Why an address is not connected to. */
  refusal(host: string, addresses: readonly string[]): SluiceError {
    const why = this.#allowed === undefined ? 'link-local addresses are refused' : '`allow` does not have it'
    const named = isIP(host) === 0 ? `${host}, which leads to ${addresses.join(', ')}` : host
    return componentError('SLUICE_REQUEST_ADDRESS_REFUSED', `nothing is sent to ${named}: ${why}`)
  }

  /** A look-up that gives the allowed ones of the addresses of a name, and fails where there are none. */
  lookup(lookup: Lookup = systemLookup): Lookup {
    return (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, found) => {
        if (error !== null) return callback(error, [])
        const all = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found
        const allowed = all.filter(({ address }) => this.allows(address))
        const [first] = allowed
        if (first === undefined) {
          const refused = this.refusal(
            hostname,
            all.map(({ address }) => address),
          )
          return callback(refused, [])
        }
        if (options.all === true) callback(null, allowed)
        else callback(null, first.address, first.family)
      })
    }
  }
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [, address = '', bits] = RANGE.exec(range) ?? []
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
