import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'

/** How long a tab may ask to be without its connection. */
const LONGEST_CUT_MS = 60_000

/**
 * Breaks the connection of one tab the way a network does: its TCP socket is reset in the middle of whatever it carries,
 * and so is every new one, until the time is over. Neither end is asked or told: both must notice by themselves.
 *
 * A tab names itself in its socket's address (`?tab=…`), with a random name that only it knows.
 */
export class NetworkSwitch {
  readonly #sockets = new Map<string, Set<Socket>>()
  readonly #cut = new Map<string, NodeJS.Timeout>()

  /** Takes note of the sockets. To be called before Trunkline is attached, which then finds a cut one destroyed. */
  guard(http: Server): void {
    http.on('upgrade', ({ url, socket }: IncomingMessage) => {
      const tab = queryOf(url).get('tab') ?? ''
      if (this.#cut.has(tab)) {
        socket.resetAndDestroy()
        return
      }
      const sockets = this.#sockets.get(tab) ?? new Set()
      this.#sockets.set(tab, sockets.add(socket))
      socket.once('close', () => {
        sockets.delete(socket)
        if (sockets.size === 0 && this.#sockets.get(tab) === sockets) this.#sockets.delete(tab)
      })
    })
  }

  /** Cuts the connection of a tab for so long; false where no such tab is connected. */
  cut(tab: string, cutMs: number): boolean {
    const sockets = this.#sockets.get(tab)
    if (sockets === undefined) return false
    clearTimeout(this.#cut.get(tab))
    this.#cut.set(tab, setTimeout(() => this.#cut.delete(tab), cutMs).unref())
    for (const socket of sockets) socket.resetAndDestroy()
    return true
  }

  /** Answers `POST /cut?tab=…&ms=…`, and lets `next` answer everything else. */
  handle(next: RequestListener): RequestListener {
    return (request, response) => {
      if (request.method !== 'POST' || !request.url?.startsWith('/cut?')) return next(request, response)
      const query = queryOf(request.url)
      const cutMs = Number(query.get('ms'))
      const isLegal = cutMs >= 1 && cutMs <= LONGEST_CUT_MS
      const isCut = isLegal && this.cut(query.get('tab') ?? '', cutMs)
      response.writeHead(isCut ? 204 : isLegal ? 404 : 400).end()
    }
  }
}

/** Not by `URL`, which throws at a path like `//` that anybody may send. */
function queryOf(url = ''): URLSearchParams {
  return new URLSearchParams(url.split('?')[1])
}
