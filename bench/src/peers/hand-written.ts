/**
 * The yardstick: a `ws` server and client as a person writes them, with the envelope `{id, path, input}` → `{id, result}`.
 *
 * It checks no input, has no limits beyond a message size, no heartbeat and no credit. Its bytes travel as a length, a
 * JSON header and the raw bytes; its feed is encoded once and written to each socket; its client reconnects at once and
 * asks for what it missed.
 */
import { WebSocket, WebSocketServer } from 'ws'
import type { Peer, PeerConnection } from '../harness/peer.js'
import { type FeedEvent, FeedHistory } from '../task/feed.js'
import { type GreetInput, greet } from '../task/greeting.js'
import { generateItems, type ItemsInput } from '../task/items.js'
import { parseTagged, stringifyTagged } from '../task/tagged-json.js'

interface Request {
  id: number
  path: string
  input: unknown
}

const maxPayload = 4 * 1_024 * 1_024

export const handWritten: Peer = {
  name: 'ws',
  title: 'hand-written ws',
  packages: ['ws'],
  validates: false,
  lacks: {},
  browserClients: [
    {
      variant: '',
      source: `
        const socket = new WebSocket('wss://example.com')
        const waiting = new Map()
        let nextId = 1
        socket.onmessage = ({ data }) => {
          const { id, result } = JSON.parse(data)
          waiting.get(id)(result)
          waiting.delete(id)
        }
        export const call = (path, input) =>
          new Promise((resolve) => {
            const id = nextId++
            waiting.set(id, resolve)
            socket.send(JSON.stringify({ id, path, input }))
          })
      `,
    },
  ],

  serve(http) {
    const wss = new WebSocketServer({ server: http, maxPayload })
    const subscribers = new Set<WebSocket>()
    const history = new FeedHistory()
    const handlers: Record<string, (input: never) => unknown> = {
      greet: (input: GreetInput) => greet(input),
      echo: (input: unknown) => input,
    }
    wss.on('connection', (socket) => {
      socket.on('close', () => subscribers.delete(socket))
      socket.on('error', () => socket.terminate())
      // `ws` gives one Buffer per message unless `binaryType` says otherwise; so everywhere below.
      socket.on('message', async (data: Buffer, isBinary) => {
        if (isBinary) {
          const { header, bytes } = unpack(data)
          socket.send(pack({ id: header.id }, bytes))
          return
        }
        const text = data.toString()
        if (text.startsWith('{"rich"')) {
          const { id, input } = parseTagged(text) as Request
          socket.send(stringifyTagged({ rich: true, id, result: input }))
          return
        }
        const { id, path, input } = JSON.parse(text) as Request
        if (path === 'feed') {
          // The events missed and the subscription in one turn: nothing can come in between.
          for (const event of history.since((input as { since: number }).since)) socket.send(JSON.stringify({ event }))
          subscribers.add(socket)
          socket.send(JSON.stringify({ id, result: null }))
          return
        }
        if (path === 'items') {
          for await (const item of generateItems(input as ItemsInput)) socket.send(JSON.stringify({ id, item }))
          socket.send(JSON.stringify({ id, result: null }))
          return
        }
        const handler = handlers[path]
        // The envelope's input is what the handler says it is: this server checks nothing.
        const result = handler === undefined ? undefined : await handler(input as never)
        socket.send(JSON.stringify({ id, result }))
      })
    })
    return {
      publish(event) {
        history.add(event)
        const message = JSON.stringify({ event })
        for (const socket of subscribers) socket.send(message)
      },
      close: () => wss.close(),
    }
  },

  connect: (url) => new HandWrittenClient(url).opened(),
}

interface Waiting {
  resolve(result: unknown): void
  onItem?(item: unknown): void
}

class HandWrittenClient {
  readonly #url: string
  readonly #waiting = new Map<number, Waiting>()
  #socket: WebSocket
  #opened: Promise<void>
  #nextId = 1
  #lastSeq = 0
  #onEvent: ((event: FeedEvent) => void) | undefined
  #closed = false

  constructor(url: string) {
    this.#url = url
    ;[this.#socket, this.#opened] = this.#open()
  }

  async opened(): Promise<PeerConnection> {
    await this.#opened
    return {
      greet: (input) => this.#call('greet', input) as ReturnType<PeerConnection['greet']>,
      echo: (value) => this.#call('echo', value),
      echoBytes: (bytes) => {
        const id = this.#nextId++
        this.#socket.send(pack({ id, path: 'echo' }, bytes))
        return this.#answer(id) as Promise<Uint8Array>
      },
      echoRich: (value) => {
        const id = this.#nextId++
        this.#socket.send(stringifyTagged({ rich: true, id, path: 'echo', input: value }))
        return this.#answer(id)
      },
      subscribe: async (onEvent) => {
        this.#onEvent = onEvent
        await this.#call('feed', { since: Number.MAX_SAFE_INTEGER })
      },
      stream: async (input, onItem) => {
        await this.#call('items', input, onItem as (item: unknown) => void)
      },
      close: () => this.#close(),
    }
  }

  #open(): [WebSocket, Promise<void>] {
    const socket = new WebSocket(this.#url)
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary))
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!this.#closed) this.#reconnect()
    })
    return [socket, new Promise((resolve) => socket.once('open', resolve))]
  }

  #reconnect(): void {
    ;[this.#socket, this.#opened] = this.#open()
    void this.#opened.then(() => {
      if (this.#onEvent !== undefined) void this.#call('feed', { since: this.#lastSeq })
    })
  }

  #close(): Promise<void> {
    this.#closed = true
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.close()
    return closed
  }

  #call(path: string, input: unknown, onItem?: (item: unknown) => void): Promise<unknown> {
    const id = this.#nextId++
    this.#socket.send(JSON.stringify({ id, path, input }))
    return this.#answer(id, onItem)
  }

  #answer(id: number, onItem?: (item: unknown) => void): Promise<unknown> {
    return new Promise((resolve) => this.#waiting.set(id, onItem === undefined ? { resolve } : { resolve, onItem }))
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      const { header, bytes } = unpack(data)
      this.#resolve(header.id, bytes)
      return
    }
    const text = data.toString()
    const message = (text.startsWith('{"rich"') ? parseTagged(text) : JSON.parse(text)) as {
      id: number
      result?: unknown
      item?: unknown
      event?: FeedEvent
    }
    if (message.event !== undefined) {
      this.#lastSeq = message.event.seq
      this.#onEvent?.(message.event)
    } else if (message.item !== undefined) this.#waiting.get(message.id)?.onItem?.(message.item)
    else this.#resolve(message.id, message.result)
  }

  #resolve(id: number, result: unknown): void {
    this.#waiting.get(id)?.resolve(result)
    this.#waiting.delete(id)
  }
}

/** Four bytes of header length, the header as JSON, the raw bytes. */
function pack(header: object, bytes: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json, bytes])
}

function unpack(data: Buffer): { header: { id: number }; bytes: Uint8Array } {
  const end = 4 + data.readUInt32BE(0)
  return { header: JSON.parse(data.toString('utf8', 4, end)), bytes: data.subarray(end) }
}
