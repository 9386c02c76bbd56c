import type { Server } from 'node:http'

/**
 * Ends upgrades of other paths. Next would leave such a socket open, and no timeout of Node looks after it.
 *
 * @param paths - one that ends with a slash stands for all below it.
 */
export function refuseOtherUpgrades(http: Server, paths: readonly string[]): void {
  http.on('upgrade', ({ url = '/' }, socket) => {
    const [pathname = '/'] = url.split('?', 1)
    const isServed = paths.some((path) => (path.endsWith('/') ? pathname.startsWith(path) : pathname === path))
    if (!isServed) socket.destroy()
  })
}
