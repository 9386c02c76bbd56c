import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectRawPeer } from './raw-peer.js'
import { type RawServer, startRawServer } from './raw-server.js'
import { replaySession, type SessionScript } from './replay-session.js'

const script: SessionScript = {
  title: 'A session is resumed after a drop',
  clauses: ['S3.2'],
  values: { token: 'secret' },
  steps: [
    { client: { hello: { token: '$token' } } },
    { server: { welcome: { session: '$capture:session' } } },
    { client: [{ id: 1 }, { id: 2 }] },
    {
      server: [
        { id: 1, ok: '$number' },
        { id: 2, ok: '$any' },
      ],
    },
    { drop: true },
    { connect: true },
    { client: { hello: { session: '$session' } } },
    { server: { welcome: { session: '$session' } } },
    { client: '{"broken' },
    { close: 4400, by: 'server', reason: 'JSON' },
  ],
}

describe('replaySession', () => {
  let server: RawServer

  beforeEach(async () => {
    server = await startRawServer()
  })

  afterEach(() => server.close())

  /** A server that speaks as the script says. */
  async function serve(): Promise<void> {
    const first = await server.accepts()
    await first.receives({ hello: { token: 'secret' } })
    first.sends({ welcome: { session: 's1', more: true } })
    await first.receives({ id: 1 })
    await first.receives({ id: 2 })
    first.sends({ id: 1, ok: 10 })
    first.sends({ id: 2, ok: 'x' })
    await first.isClosedWith(1006)
    const second = await server.accepts()
    await second.receives({ hello: { session: 's1' } })
    second.sends({ welcome: { session: 's1' } })
    await second.receives('{"broken')
    second.closes(4400, 'not JSON')
  }

  test('plays the client against a server, with captures and a reconnect', async () => {
    const [captures] = await Promise.all([replaySession(script, { role: 'client', url: server.url }), serve()])
    expect(Object.fromEntries(captures)).toEqual({ token: 'secret', session: 's1' })
  })

  test('plays the server against a client', async () => {
    async function speak(): Promise<void> {
      const first = await connectRawPeer(server.url)
      first.sends({ hello: { token: 'secret' } })
      await first.receives({ welcome: { session: 'made-up-session' } })
      first.sends([{ id: 1 }, { id: 2 }])
      await first.receives({ id: 1, ok: 1 })
      await first.receives({ id: 2 })
      await first.isClosedWith(1006)
      const second = await connectRawPeer(server.url)
      second.sends({ hello: { session: 'made-up-session' } })
      await second.receives({ welcome: { session: 'made-up-session' } })
      second.sends('{"broken')
      await second.isClosedWith(4400, 'JSON')
    }
    await Promise.all([replaySession(script, { role: 'server', server }), speak()])
  })

  test('names the script, the step and the difference when the other side departs from the script', async () => {
    const serving = server.accepts().then(async (peer) => {
      await peer.receives()
      peer.sends({ error: 'no' })
    })
    const replayed = replaySession(script, { role: 'client', url: server.url })
    await expect(replayed).rejects.toThrow(
      /^A session is resumed after a drop: step 1 \{"server":.*\nThe next frame differs at \$\.welcome: expected an object, got undefined/,
    )
    await serving
  })

  test('does the acts of a script, and proves by a ping that nothing was said', async () => {
    const acts: unknown[] = []
    const steps = [{ client: { id: 1 } }, { act: 'publish' }, { quiet: true }] as const
    const run = (speaks: boolean) =>
      Promise.all([
        replaySession(
          { title: 'quiet', clauses: [], steps },
          { role: 'client', url: server.url },
          { act: (what) => acts.push(what) },
        ),
        server.accepts().then(async (peer) => {
          await peer.receives({ id: 1 })
          if (speaks) peer.sends({ id: 1, ok: true })
          await peer.receives({ ping: 0 })
          peer.sends({ pong: 1 })
        }),
      ])
    await run(false)
    expect(acts).toEqual(['publish'])
    await expect(run(true)).rejects.toThrow(
      'step 2 {"quiet":true}\nExpected nothing, but there came [{"id":1,"ok":true}]',
    )
  })

  test('refuses an act that nobody does', async () => {
    const steps = [{ connect: true }, { act: 'publish' }] as const
    await expect(
      replaySession({ title: 'act', clauses: [], steps }, { role: 'client', url: server.url }),
    ).rejects.toThrow('no `act` was given')
  })
})
