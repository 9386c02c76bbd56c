import type { Peer } from '../harness/peer.js'

/** How to load each peer: a worker loads one, so that no library's memory or start-up counts against another. */
const loaders: Record<string, () => Promise<Peer>> = {
  ws: async () => (await import('./hand-written.js')).handWritten,
  trunkline: async () => (await import('./trunkline.js')).trunkline,
  'rpc-websockets': async () => (await import('./rpc-websockets.js')).rpcWebsockets,
  birpc: async () => (await import('./birpc.js')).birpc,
  'socket.io': async () => (await import('./socket-io.js')).socketIo,
  capnweb: async () => (await import('./capnweb.js')).capnweb,
  orpc: async () => (await import('./orpc.js')).orpc,
  trpc: async () => (await import('./trpc.js')).trpc,
  'trpc-superjson': async () => (await import('./trpc-superjson.js')).trpcSuperjson,
  'graphql-ws': async () => (await import('./graphql-ws.js')).graphqlWs,
}

/** The peer that all ratios are taken to. */
export const baselineName = 'ws'

export const peerNames: readonly string[] = Object.keys(loaders)

export async function loadPeer(name: string): Promise<Peer> {
  const load = loaders[name]
  if (load === undefined) throw new Error(`no peer ${name}; there are: ${peerNames.join(', ')}`)
  return load()
}
