// Every conversation of spec/sessions, held with the real server and with the real client.
import { readdir, readFile } from 'node:fs/promises'
import type { AnyTopic } from '@trunkline/core'
import { createServer, type Server } from '@trunkline/server'
import { eventually, replaySession, type SessionScript, startRawServer } from '@trunkline/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSpecRouter, type SpecState } from './spec-router.js'
import { createSpecClient } from './support/spec-client.js'
import { type Act, readSetup, type ServerAct } from './support/spec-script.js'

const folder = new URL('../spec/sessions/', import.meta.url)
const page = await readFile(new URL('../spec/PROTOCOL.md', import.meta.url), 'utf8')
const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
const scripts = await Promise.all(
  files.map(async (name) => {
    // The files are ours; a script that does not have this shape fails its own test.
    const script = JSON.parse(await readFile(new URL(name, folder), 'utf8')) as SessionScript
    return { name: name.replace('.json', ''), script: expandValues(script), setup: readSetup(script) }
  }),
)

describe('the server', () => {
  const cases = scripts.filter(({ setup }) => setup.sides.includes('server'))
  test.each(cases)('$name: $script.title', async ({ name, script, setup }) => {
    const { router, state } = createSpecRouter()
    const server = createServer({
      router,
      authenticate: ({ token }) => authenticate(token),
      context: ({ identity }) => ({ identity }),
      ...setup.server,
    })
    // What `crash` and `breaks` throw is meant to be thrown.
    server.on('handler-failed', () => {})
    onTestFinished(() => server.close())
    const { port } = await server.listen()
    const ignores = name === 'silent-peer' ? isAck : isAckOrHeartbeat
    const act = async (what: unknown): Promise<void> => {
      const { server: ours } = what as Act
      if (ours !== undefined) await actOnServer(ours, server, router, state)
    }
    await replaySession(script, { role: 'client', url: `ws://127.0.0.1:${port}` }, { act, ignores })
  })
})

describe('the client', () => {
  const cases = scripts.filter(({ setup }) => setup.sides.includes('client'))
  test.each(cases)('$name: $script.title', async ({ script, setup }) => {
    const server = await startRawServer({ ignores: isAck })
    onTestFinished(() => server.close())
    const client = createSpecClient(server.url, setup.client?.token)
    onTestFinished(() => client.close())
    const act = async (what: unknown): Promise<void> => {
      const { client: ours } = what as Act
      if (ours !== undefined) await client.act(ours)
    }
    await replaySession(script, { role: 'server', server }, { act })
  })
})

test('conversations cite clauses that exist', () => {
  for (const { script } of scripts) for (const clause of script.clauses) expect(page).toContain(`- **${clause}**`)
})

/** Tokens are `<identity>-<anything>`; without one everybody is `anonymous`. */
function authenticate(token: string | undefined): { identity: string } | Promise<never> {
  if (token === 'mallory') throw new Error('a secret of the server')
  // It does not come to an end: what is sent meanwhile is held.
  if (token === 'slow') return new Promise(() => {})
  return { identity: token?.split('-')[0] ?? 'anonymous' }
}

async function actOnServer(
  act: ServerAct,
  server: Server,
  router: ReturnType<typeof createSpecRouter>['router'],
  state: SpecState,
): Promise<void> {
  if (act.logged !== undefined) await eventually(() => expect(state.log).toEqual(act.logged) ?? true)
  if (act.open !== undefined) state.openGate()
  if (act.stores !== undefined) state.listed.push(act.stores)
  if (act.bars !== undefined) {
    state.rights.isMember = false
    await server.reauthorize(act.bars)
  }
  if (act.publish === undefined) return
  const topics: Readonly<Record<string, unknown>> = router['~routes']
  // Scripts name topics of the router with params and events that fit; a wrong one fails its script.
  await server.publish(topics[act.publish] as AnyTopic, act.params as never, act.event as never)
}

/** A value `{"text":"x","times":n}` of a script stands for the text so many times. */
function expandValues(script: SessionScript): SessionScript {
  const values = Object.entries(script.values ?? {}).map(([name, value]) => {
    const isText = typeof value === 'object' && value !== null && 'text' in value && 'times' in value
    return [name, isText ? String(value.text).repeat(Number(value.times)) : value]
  })
  return { ...script, values: Object.fromEntries(values) }
}

function isAck(frame: unknown): boolean {
  return typeof frame === 'object' && frame !== null && 'ack' in frame
}

function isAckOrHeartbeat(frame: unknown): boolean {
  return isAck(frame) || (typeof frame === 'object' && frame !== null && 'ping' in frame)
}
