import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fail } from './fail'

/** Listens and gives the port; what prevents it ends the process with one line. */
export async function listen(http: Server, wanted: string, host: string): Promise<number> {
  const port = Number(wanted)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`A port is a number up to 65535, not ${wanted}.`)
  await new Promise<void>((resolve) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      fail(
        isTaken
          ? `Port ${port} is taken: end what uses it, or choose another one, as in npm run next-chat -- --port ${port + 1}`
          : `The chat cannot listen on port ${port}: ${error.message}`,
      )
    })
    http.listen(port, host, resolve)
  })
  // A TCP server that listens has an AddressInfo.
  return (http.address() as AddressInfo).port
}
