import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'

const t = trunkline()
const shared = t.topic({
  event: v.object({ n: v.number(), file: v.nullable(v.instance(File)) }),
  delivery: 'log',
  retain: { events: 10 },
  clientPublish: true,
})
const router = t.router({
  shared,
  echo: t.procedure.input(v.instance(File)).query(({ input }) => ({ file: input })),
  once: t.procedure
    .input(v.instance(Blob))
    .idempotent()
    .mutation(({ input }) => input),
  pages: t.procedure.subscription(async function* () {
    yield new Blob(['one'])
    yield 'between'
    yield new Blob(['two'])
  }),
  broken: t.procedure.query(() =>
    Object.assign(new Blob(['gone']), { arrayBuffer: () => Promise.reject(new Error('secret path')) }),
  ),
})

async function start(): Promise<ReturnType<typeof createClient<typeof router>>['api']> {
  const server = createServer({ router })
  onTestFinished(() => server.close())
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
  const { api, connection } = createClient<typeof router>({ url: `ws://127.0.0.1:${port}` })
  onTestFinished(() => connection.close())
  return api
}

const photo = (text: string): File => new File([text], 'me.png', { type: 'image/png', lastModified: 7 })

test('a File arrives with its bytes, name and type, both ways', async () => {
  const api = await start()
  const { file } = await api.echo.query(photo('raw'))
  expect([file.name, file.type, file.lastModified, await file.text()]).toEqual(['me.png', 'image/png', 7, 'raw'])
})

test('a repeated idempotent mutation gives its stored Blob again', async () => {
  const api = await start()
  const answers = [api.once.mutate(new Blob(['x']), { key: 'k' }), api.once.mutate(new Blob(['x']), { key: 'k' })]
  expect(await Promise.all((await Promise.all(answers)).map((blob) => blob.text()))).toEqual(['x', 'x'])
})

test('items with Blobs come in their order among others', async () => {
  const api = await start()
  const pages: unknown[] = []
  for await (const page of api.pages.subscribe()) pages.push(page instanceof Blob ? await page.text() : page)
  expect(pages).toEqual(['one', 'between', 'two'])
})

test('events with Files reach those who subscribe later as well', async () => {
  const api = await start()
  await api.shared.publish({}, { n: 1, file: photo('first') })
  await api.shared.publish({}, { n: 2, file: null })
  const events: (readonly [number, File | null])[] = []
  api.shared.subscribe(
    {},
    {
      since: 'start',
      onGap: () => {},
      onEvent: ({ n, file }) => events.push([n, file]),
    },
  )
  await eventually(() => events.length === 2)
  expect(events.map(([n]) => n)).toEqual([1, 2])
  expect(await events[0]?.[1]?.text()).toBe('first')
})

test('a Blob that the server cannot read is an internal failure that tells nothing of it', async () => {
  const api = await start()
  const error = await api.broken.query().catch((cause: unknown) => cause)
  expect(error).toMatchObject({ code: 'INTERNAL', fate: 'executed' })
  expect(String(error)).not.toContain('secret')
})
