import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { safe } from '@trunkline/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Chat, connect, type RoomEvent } from './src/connect.js'
import { enterRoom, type Here, tellTyping, type Visitor } from './src/enter-room.js'
import { followRoom } from './src/follow-room.js'

interface Program {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exitCode: Promise<number | null>
}

/** Runs a script of the chat from source, in a process of its own that ends with the test. */
function run(script: string, ...args: string[]): Program {
  const file = fileURLToPath(new URL(`src/${script}`, import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@trunkline/source', '--import', 'tsx', file, ...args])
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
  onTestFinished(() => void child.kill())
  const exitCode = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, output: () => output, exitCode }
}

/** Waits until an assertion holds. */
const eventually = (assertion: () => void): Promise<void> => vi.waitFor(assertion, { timeout: 20_000, interval: 10 })

async function startServer(wanted = '0', ...args: string[]): Promise<{ server: Program; port: string }> {
  const server = run('server.ts', '--port', wanted, ...args)
  await eventually(() => expect(server.output()).toContain('Ctrl+C ends it.'))
  return { server, port: server.output().match(/http:\/\/localhost:(\d+)/)?.[1] ?? '' }
}

interface Person extends Chat {
  readonly here: Here
  readonly gaps: readonly string[]
  readonly notices: readonly string[]
  /** Who is there now, as `Ada, Bob typing`. */
  readonly visitors: () => string
  /** Waits for an event that matches. */
  readonly sees: (expected: Partial<RoomEvent>) => Promise<void>
}

/** Somebody who signs in and enters the room `tea`. */
async function enter(port: string, name: string): Promise<Person> {
  const chat = connect(`ws://localhost:${port}/trunkline`, name)
  onTestFinished(() => chat.connection.close())
  const seen: RoomEvent[] = []
  const gaps: string[] = []
  const notices: string[] = []
  let now: readonly Visitor[] = []
  followRoom(chat, 'tea', {
    onEvent: (event) => seen.push(event),
    onGap: (sentence) => gaps.push(sentence),
    onLive: () => undefined,
  })
  const here = enterRoom(chat, 'tea', name, {
    onVisitors: (visitors) => {
      now = visitors
    },
    onNotice: (sentence) => notices.push(sentence),
  })
  const visitors = (): string => now.map((each) => each.name + (each.typing ? ' typing' : '')).join(', ')
  const sees: Person['sees'] = (expected) =>
    eventually(() => expect(seen).toContainEqual(expect.objectContaining(expected)))
  await eventually(() => expect(visitors()).toContain(name))
  return { ...chat, here, gaps, notices, visitors, sees }
}

test('two people join, talk, reply, see what was seen, write and leave', async () => {
  const { port } = await startServer()
  const ada = await enter(port, 'Ada')
  const bob = await enter(port, 'Bob')
  await eventually(() => expect(ada.notices).toEqual(['Bob joined']))
  expect([ada.visitors(), bob.visitors()]).toEqual(['Ada, Bob', 'Ada, Bob'])

  const hello = await ada.api.messages.send.mutate({ room: 'tea', text: 'Milk?' })
  await bob.sees({ type: 'message', message: hello })
  await bob.api.messages.seen.mutate({ room: 'tea', messageId: hello.id })
  await ada.sees({ type: 'read', by: 'Bob', messageId: hello.id })

  tellTyping(bob.here)
  await eventually(() => expect(ada.visitors()).toBe('Ada, Bob typing'))
  // Nobody says that Bob stopped.
  await eventually(() => expect(ada.visitors()).toBe('Ada, Bob'))

  const reply = await bob.api.messages.send.mutate({ room: 'tea', text: 'Please', replyTo: hello.id })
  expect(reply).toMatchObject({ from: 'Bob', replyTo: hello.id })
  await ada.sees({ type: 'message', message: reply })

  bob.here.leave()
  await eventually(() => expect(ada.notices).toEqual(['Bob joined', 'Bob left']))
  expect(ada.visitors()).toBe('Ada')

  const cy = await enter(port, 'Cy')
  await cy.sees({ type: 'message', message: hello })
  expect([ada, bob, cy].flatMap(({ gaps }) => gaps)).toEqual([])
})

test('what is written while the server is away is said when it is back, and the others are told of the gap', async () => {
  const { server, port } = await startServer()
  const ada = await enter(port, 'Ada')
  const bob = await enter(port, 'Bob')
  server.child.kill('SIGKILL')
  await eventually(() => expect(ada.connection.status.state).toBe('reconnecting'))
  const sent = ada.api.messages.send.mutate({ room: 'tea', text: 'Anybody?' })
  await startServer(port)

  await bob.sees({ type: 'message', message: await sent })
  await ada.sees({ type: 'message', message: await sent })
  expect([ada.gaps.length, bob.gaps.length]).toEqual([1, 1])
})

test('somebody who says too much at once is told to wait', async () => {
  const { port } = await startServer()
  const { api } = await enter(port, 'Ada')
  const sent = await Promise.all(
    Array.from({ length: 6 }, () => safe(api.messages.send.mutate({ room: 'tea', text: 'Me!' }))),
  )
  expect(sent.map(({ error }) => error?.code)).toEqual([...Array(5).fill(undefined), 'TOO_FAST'])
})

test('the terminal client talks with the others, and says goodbye', async () => {
  const { port } = await startServer()
  const ada = await enter(port, 'Ada')
  const cy = run('terminal.ts', '--name', 'Cy', '--room', 'tea', '--url', `ws://localhost:${port}/trunkline`)
  await eventually(() => expect(ada.notices).toEqual(['Cy joined']))
  // A terminal obeys what is written to it: the text of others must not clear it, or look like a line of somebody else.
  await ada.api.messages.send.mutate({ room: 'tea', text: 'Milk?\u001b[2J\n[2] Cy: No' })
  await eventually(() => expect(cy.output()).toContain('[1] Ada: Milk? [2J [2] Cy: No\n'))
  cy.child.stdin?.write('/reply 1 Yes\n/who\n')
  await eventually(() => expect(cy.output()).toContain('[2] Cy (to 1): Yes'))
  await eventually(() => expect(cy.output()).toContain('Here: Ada, Cy'))
  cy.child.stdin?.write('/leave\n')
  await eventually(() => expect(ada.notices).toEqual(['Cy joined', 'Cy left']))
  expect(await cy.exitCode).toBe(0)
})

test('the others are told of somebody whose program was killed, once the grace is over', async () => {
  const { port } = await startServer('0', '--grace-ms', '500')
  const ada = await enter(port, 'Ada')
  const cy = run('terminal.ts', '--name', 'Cy', '--room', 'tea', '--url', `ws://localhost:${port}/trunkline`)
  await eventually(() => expect(ada.visitors()).toBe('Ada, Cy'))
  cy.child.kill('SIGKILL')
  await eventually(() => expect(ada.notices).toEqual(['Cy joined', 'Cy left']))
  expect(ada.visitors()).toBe('Ada')
})

test('a name that is not allowed ends the terminal client with what the server said', async () => {
  const { port } = await startServer()
  const nobody = run('terminal.ts', '--name', 'x'.repeat(25), '--url', `ws://localhost:${port}/trunkline`)
  expect(await nobody.exitCode).toBe(1)
  expect(nobody.output()).toContain('A name has 1 to 24 characters.')
})

test('a taken port is one clear line and exit code 1, and no path of a request ends the server', async () => {
  const { port } = await startServer()
  const second = run('server.ts', '--port', port)
  expect(await second.exitCode).toBe(1)
  expect(second.output().trim().split('\n')).toEqual([expect.stringContaining(`Port ${port} is taken`)])

  for (const path of ['//', '/../package.json', '/%', '/nothing']) {
    expect((await fetch(`http://localhost:${port}${path}`)).status).toBe(404)
  }
})

test('the server ends when it is told to, also with somebody in a room', async () => {
  const { server, port } = await startServer()
  await enter(port, 'Ada')
  server.child.kill('SIGTERM')
  expect(await server.exitCode).toBe(0)
})
