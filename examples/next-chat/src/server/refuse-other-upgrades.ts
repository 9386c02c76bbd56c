import type { Server } from 'node:http'

/** Ends upgrades outside of these paths. Next would leave such a socket open, and no timeout of Node looks after it. */
export function refuseOtherUpgrades(http: Server, paths: readonly string[]): void {
  http.on('upgrade', ({ url = '/' }, socket) => {
    if (!paths.some((path) => url.startsWith(path))) socket.destroy()
  })
}
