import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on this machine only and gives the port; what prevents it ends the process with one line. */
export async function listen(http: Server, wanted: string): Promise<number> {
  const port = Number(wanted)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`A port is a number up to 65535, not ${wanted}.`)
  await new Promise<void>((resolve) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      fail(
        isTaken
          ? `Port ${port} is taken: end what uses it, or choose another one, as in npm run dashboard -- --port ${port + 1}`
          : `The dashboard cannot listen on port ${port}: ${error.message}`,
      )
    })
    http.listen(port, '127.0.0.1', resolve)
  })
  // A TCP server that listens has an AddressInfo.
  return (http.address() as AddressInfo).port
}

function fail(line: string): never {
  console.error(line)
  process.exit(1)
}
