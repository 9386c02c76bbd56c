import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

/** A port of the loopback that was free a moment ago: the servers that are compared take a number, and cannot tell one. */
export async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
