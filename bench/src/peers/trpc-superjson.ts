import superjson from 'superjson'
import type { Peer } from '../harness/peer.js'
import { browserClient, makeTrpc } from './trpc.js'

/** tRPC with the transformer that its documentation recommends. */
export const trpcSuperjson: Peer = {
  name: 'trpc-superjson',
  title: 'tRPC + superjson',
  packages: ['@trpc/server', '@trpc/client', 'superjson'],
  validates: true,
  lacks: {},
  browserClients: [{ variant: '', source: browserClient('superjson') }],
  ...makeTrpc(superjson),
}
