import type { Server as HttpServer } from 'node:http'
import type { RichRecord } from '../task/documents.js'
import type { FeedEvent } from '../task/feed.js'
import type { GreetInput, GreetOutput } from '../task/greeting.js'
import type { Item, ItemsInput } from '../task/items.js'

/** What a workload may need and a peer may lack. */
export type Feature = 'subscribe' | 'stream' | 'bytes' | 'rich' | 'resume'

/** One library under test: a server and a client that do the same work, each in the library's documented way. */
export interface Peer {
  /** The name on the command line and in the results. */
  readonly name: string
  /** The name in tables. */
  readonly title: string
  /** The npm packages whose installed versions the results name. */
  readonly packages: readonly string[]
  /** Whether its server checks the input of a call against a schema. */
  readonly validates: boolean
  /** What it cannot do, with the reason: a `no` in the tables. */
  readonly lacks: Partial<Record<Feature, string>>
  /** What is set otherwise than by default and could matter to a figure. */
  readonly settings?: string
  /** A browser client as the library documents it: the module that the bundle workload bundles and compresses. */
  readonly browserClients: readonly BrowserClient[]
  serve(http: HttpServer, options: PeerOptions): Promise<PeerServer> | PeerServer
  connect(url: string, options: PeerOptions): Promise<PeerConnection> | PeerConnection
}

export interface PeerOptions {
  /** The workload's name. A peer raises a limit only where the workload would hit it. */
  workload: string
}

export interface BrowserClient {
  /** What the bundle holds beyond the peer's title, such as `with JSON`; empty where there is one form only. */
  readonly variant: string
  readonly source: string
}

/** The peer's server, on an HTTP server that the harness owns (so that it can cut its sockets). */
export interface PeerServer {
  publish(event: FeedEvent): void | Promise<void>
  close(): void | Promise<void>
}

/** One connection of the peer's client. Members that a peer {@link Peer.lacks} reject. */
export interface PeerConnection {
  greet(input: GreetInput): Promise<GreetOutput>
  echo(value: unknown): Promise<unknown>
  echoBytes(bytes: Uint8Array): Promise<Uint8Array>
  echoRich(value: RichRecord[]): Promise<unknown>
  /** Resolves when the server has the subscription: every event published after that arrives. */
  subscribe(onEvent: (event: FeedEvent) => void): Promise<void>
  /** Resolves when the stream has ended. */
  stream(input: ItemsInput, onItem: (item: Item) => void): Promise<void>
  close(): void | Promise<void>
}

/** The member of a peer that lacks the feature: never called by the harness, and loud if it is. */
export function lacking(): Promise<never> {
  return Promise.reject(new Error('this peer lacks the feature'))
}
