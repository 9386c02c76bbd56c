/**
 * Servers and clients joined in memory on a virtual clock, so that a test owns time and decides how a socket ends.
 */
import { type ClientAndConnection, createClient } from '@trunkline/client'
import type { Router, Routes } from '@trunkline/core'
import { acceptTransport, createServer, type Server, type ServerOptions } from '@trunkline/server'
import { createTransportPair, createVirtualClock, type TransportPair, type VirtualClock } from '@trunkline/testkit'
import { onTestFinished } from 'vitest'

/** A client and its way to a server. */
export interface VirtualClient<TRouter> extends ClientAndConnection<TRouter> {
  /** The socket that is open now. */
  pair(): TransportPair
  /** Where its next sockets lead; `undefined`: nowhere, they stay connecting. */
  moveTo(server: Server | undefined): void
  /** The page is gone: it makes no other attempt, and its socket breaks, or is never heard of again. */
  dies(how: 'broken' | 'silent'): void
}

export interface VirtualServers<TRouter> {
  readonly clock: VirtualClock
  /** Starts a server; `clock` where it is not to share everybody's. */
  start(options?: Partial<ServerOptions<object, { identity: string }>>): Server
  /** Connects a client whose identity is its name. */
  connect(server: Server, name: string): Promise<VirtualClient<TRouter>>
}

/** Makes a world for a router; everything in it ends with the test. */
export function createVirtualServers<TRouter extends Router<Routes, object>>(router: TRouter): VirtualServers<TRouter> {
  const clock = createVirtualClock()
  return {
    clock,
    start: (options = {}) => {
      const server = createServer<object, { identity: string }>({
        router,
        clock,
        authenticate: ({ token }) => ({ identity: token ?? 'nobody' }),
        context: () => ({}),
        ...options,
      })
      onTestFinished(() => close(server, (options.clock as VirtualClock | undefined) ?? clock))
      return server
    },
    connect: async (first, name) => {
      let server: Server | undefined = first
      let pair: TransportPair | undefined
      let isDead = false
      const client = createClient<TRouter>({
        url: 'memory:',
        clock,
        auth: () => name,
        transport: () => {
          const made = createTransportPair({ opens: server !== undefined && !isDead })
          pair = made
          if (server !== undefined && !isDead) acceptTransport(server, made.server)
          return made.client
        },
      })
      onTestFinished(() => client.connection.close())
      await client.connection.connect()
      const current = (): TransportPair => {
        if (pair === undefined) throw new Error('The client has made no attempt.')
        return pair
      }
      return {
        ...client,
        pair: current,
        moveTo: (next) => {
          server = next
        },
        dies: (how) => {
          isDead = true
          if (how === 'broken') current().drop()
          else current().halfOpen()
        },
      }
    },
  }
}

/** A server waits a moment for sockets that do not answer; its clock must go on meanwhile. */
async function close(server: Server, clock: VirtualClock): Promise<void> {
  let isClosed = false
  const closed = server.close().finally(() => {
    isClosed = true
  })
  for (let tries = 0; tries < 100 && !isClosed; tries++) await clock.advance(100)
  await closed
}
