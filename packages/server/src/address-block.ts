/**
 * What counts as one address for the limits per address.
 *
 * Not what an app is told: that is the address itself. Rule: whoever has one IPv6 address has 2^64 of them, so those count by
 * their network of 64 bits; an IPv4 address is the same one however it is written.
 */
import { isIPv6 } from 'node:net'

/** The IPv4 address, or `…/64` for IPv6; anything else as it is. */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address
  // `[2001:db8::1]:443` and `192.0.2.1:443`, as some proxies write them; a zone (`%eth0`) is the machine's own.
  const host = /^\[([^\]]*)\]|^([\d.]+):\d+$/.exec(address)
  const plain = (host?.[1] ?? host?.[2] ?? address).split('%', 1)[0] ?? ''
  if (!isIPv6(plain)) return plain
  const groups = groupsOf(plain)
  const [, , , , , fifth = 0, high = 0, low = 0] = groups
  if (fifth === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const before = read(head)
  const after = tail === undefined ? [] : read(tail)
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
}

function read(part: string): number[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [(a << 8) | b, (c << 8) | d]
  })
}
