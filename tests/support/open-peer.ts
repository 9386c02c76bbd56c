/**
 * A raw peer behind its `welcome`, and servers that end with their test.
 */
import { randomBytes } from 'node:crypto'
import { type CreateServerOptions, createServer, type Server } from '@trunkline/server'
import { connectRawPeer, type RawPeer, type RawPeerOptions } from '@trunkline/testkit'
import { onTestFinished } from 'vitest'

/** A session token as a client makes it (P3.2). */
export function newToken(): string {
  return randomBytes(16).toString('base64url')
}

/** Starts a server on a free port; it is closed when the test ends. */
export async function startServer<TContext>(
  // The context and authentication types are checked by createServer's own type tests.
  options: CreateServerOptions<TContext, { identity: string; expiresAt?: number }>,
): Promise<{ server: Server; url: string; port: number }> {
  const server = createServer(options)
  const { port } = await server.listen()
  onTestFinished(() => server.close())
  return { server, port, url: `ws://127.0.0.1:${port}` }
}

/** Options of `openPeer`. */
export interface OpenPeerOptions extends RawPeerOptions {
  session?: string
  /** Asks to resume (P4.4). */
  received?: number
  token?: string
}

/** Connects, says hello and takes the welcome. */
export async function openPeer(url: string, options: OpenPeerOptions = {}): Promise<RawPeer & { welcome: Welcome }> {
  const { session = newToken(), received, token, ...rest } = options
  const peer = await connectRawPeer(url, { ignores: isAck, ...rest })
  onTestFinished(() => peer.terminate())
  peer.sends({ hello: 'test/1', session, received, token })
  // The frame was matched against the shape that the type says.
  const welcome = (await peer.receives({ welcome: isString, resumed: isBoolean, received: isNumber })) as Welcome
  return Object.assign(peer, { welcome })
}

/** What a welcome tells. */
export interface Welcome {
  welcome: string
  resumed: boolean
  received: number
  keys: string
}

const isString = (value: unknown): boolean => typeof value === 'string'
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isNumber = (value: unknown): boolean => typeof value === 'number'
const isAck = (frame: unknown): boolean => typeof frame === 'object' && frame !== null && 'ack' in frame

/** A promise with its resolver, for handlers that a test lets go on. */
export function gate<T = void>(): { readonly promise: Promise<T>; open(value: T): void } {
  let open: (value: T) => void = () => {}
  const promise = new Promise<T>((resolve) => {
    open = resolve
  })
  return { promise, open: (value) => open(value) }
}
