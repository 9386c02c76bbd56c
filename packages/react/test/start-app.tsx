/** Starts what the tests of the hooks need: a real server on a free port, clients of it, hooks and a document. */
import { QueryClient, type QueryClientConfig } from '@tanstack/react-query'
import { cleanup, type RenderResult, render } from '@testing-library/react'
import { createClient } from '@trunkline/client'
import { createCaller, createMemoryBroker, createServer } from '@trunkline/server'
import { createFaultProxy, eventually } from '@trunkline/testkit'
import { type ReactNode, StrictMode } from 'react'
import { onTestFinished } from 'vitest'
import { createReact } from '../src/index.js'
import { type AppRouter, type Message, messagesOf, resetApp, room, router, wall } from './api.js'

const TOPICS = [room, wall]

/** Everything is gone when the test ends: what is shown first, so that what it leaves behind would be seen. */
export async function startApp(config: QueryClientConfig = {}) {
  resetApp()
  const broker = createMemoryBroker()
  const server = createServer({
    router,
    broker,
    authenticate: ({ token = 'ada' }) => ({ identity: token }),
    context: ({ identity }) => ({ name: identity }),
    presence: { graceMs: 0 },
    // The document of the tests was not served by it.
    origins: () => true,
  })
  const { port } = await server.listen()
  const network = await createFaultProxy({ targetPort: port })
  const others: ReturnType<typeof createClient<AppRouter>>[] = []
  const connect = (name = 'ada'): ReturnType<typeof createClient<AppRouter>> => {
    const other = createClient<AppRouter>({ url: network.url, auth: () => name, reconnect: { baseMs: 20 } })
    others.push(other)
    return other
  }
  const client = connect()
  others.length = 0
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } }, ...config })
  const react = createReact<AppRouter>()
  const { TrunklineProvider } = react
  onTestFinished(async () => {
    cleanup()
    for (const { connection } of others) connection.close()
    await eventually(() => server.metrics().subscriptions === 0, { message: 'That nothing is subscribed' })
    queryClient.clear()
    client.connection.close()
    await network.close()
    await server.close()
    await broker.close()
  })
  const Provided = ({ children }: { readonly children?: ReactNode }): ReactNode => (
    <TrunklineProvider client={client} queryClient={queryClient}>
      {children}
    </TrunklineProvider>
  )
  return {
    ...react,
    server,
    network,
    client,
    connect,
    queryClient,
    caller: createCaller({ router, broker, context: { name: 'server' }, publish: server.publish }),
    Provided,
    /** Renders below a provider, as it is in production. */
    show: (shown: ReactNode): RenderResult => render(shown, { wrapper: Provided }),
    /** Renders as React does in development: everything is rendered, mounted, left and mounted again. */
    showStrictly: (shown: ReactNode): RenderResult =>
      render(shown, {
        wrapper: ({ children }) => (
          <StrictMode>
            <Provided>{children}</Provided>
          </StrictMode>
        ),
      }),
    /** Stores a message, then tells the topics. */
    say: async (name: string, text: string): Promise<Message> => {
      const message = { id: messagesOf(name).length + 1, text }
      messagesOf(name).push(message)
      for (const topic of TOPICS) await server.publish(topic, { room: name }, message)
      return message
    },
    /** Waits until so many subscriptions are open at the server. */
    subscribed: (count: number): Promise<true> => eventually(() => server.metrics().subscriptions === count),
  }
}
