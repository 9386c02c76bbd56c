/**
 * A variant that runs: its server, its page, and a proxy between them that can cut.
 */
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createFaultProxy, eventually, type FaultProxy, startProcess } from '@trunkline/testkit'
import { onTestFinished } from 'vitest'
import { findFreePort } from './free-port.js'

/** A running variant. */
export interface RunningVariant {
  readonly proxy: FaultProxy
  /** Straight to the server, past the proxy. */
  readonly directUrl: string
  /** Sends through the page's hook; resolves with the message of the error if it fails. */
  send(text: string): Promise<string | undefined>
  /** Resolves when the list shows exactly these. */
  shows(...texts: string[]): Promise<void>
  /** What the page's connections have sent, as text. */
  sent(): Promise<string[]>
}

/**
 * @param name - the folder of its server.
 * @param options.page - the folder of its page, if another.
 * @param options.lists - how many components of the page show the list. Default 1.
 */
export async function startVariant(name: string, { page: pageName = name, lists = 1 } = {}): Promise<RunningVariant> {
  const fileOf = (file: string): string => path.join(import.meta.dirname, file)
  const port = await findFreePort()
  const server = await startProcess(fileOf('serve.ts'), [name], { env: { PORT: String(port) } })
  onTestFinished(() => server.stop())
  const proxy = await createFaultProxy({ targetPort: port })
  onTestFinished(() => proxy.close())
  const page = await startProcess(fileOf('page.ts'), [pageName, proxy.url, String(lists)])
  onTestFinished(() => page.stop())

  // Each answer is what page.ts gives under this name.
  const ask = <TAnswer>(request: string, payload?: unknown) =>
    page.request(request, payload, { timeoutMs: 30_000 }) as Promise<TAnswer>
  return {
    proxy,
    directUrl: `ws://127.0.0.1:${port}`,
    send: (text) => ask('send', text),
    sent: () => ask('sent'),
    async shows(...texts) {
      let last: readonly string[] | undefined
      await eventually(
        async () => {
          last = await ask('texts')
          return isDeepStrictEqual(last, texts)
        },
        { timeoutMs: 20_000 },
      ).catch((error: Error) => {
        throw new Error(`The page shows ${JSON.stringify(last)}, not ${JSON.stringify(texts)}.`, {
          cause: error,
        })
      })
    },
  }
}
