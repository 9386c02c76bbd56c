import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type ClientAndConnection, createClient, safe } from '@trunkline/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { AppRouter } from './src/api.js'
import { TURBINES } from './src/park/turbines.js'

interface Program {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exitCode: Promise<number | null>
}

/** Waits until an assertion holds. */
const eventually = (assertion: () => void): Promise<void> => vi.waitFor(assertion, { timeout: 20_000, interval: 10 })

/** Runs the server from source, in a process of its own that ends with the test. */
function run(wanted: string): Program {
  const file = fileURLToPath(new URL('src/server.ts', import.meta.url))
  const args = ['--conditions=@trunkline/source', '--import', 'tsx', file, '--port', wanted]
  const child = spawn(process.execPath, args)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
  onTestFinished(() => void child.kill())
  const exitCode = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, output: () => output, exitCode }
}

async function startServer(): Promise<{ server: Program; port: string }> {
  const server = run('0')
  await eventually(() => expect(server.output()).toContain('Ctrl+C ends it.'))
  return { server, port: server.output().match(/http:\/\/localhost:(\d+)/)?.[1] ?? '' }
}

function connect(port: string, name: string): ClientAndConnection<AppRouter> {
  const url = `ws://localhost:${port}/trunkline?tab=${name}`
  const client = createClient<AppRouter>({ url, auth: () => name })
  onTestFinished(() => client.connection.close())
  return client
}

/** The numbers of the alarms that a client is told of, in the order in which it is. */
function followAlarms({ api }: ClientAndConnection<AppRouter>): {
  numbers: number[]
  statuses: string[]
  gaps: number
} {
  const seen = { numbers: [] as number[], statuses: [] as string[], gaps: 0 }
  api.alarms.log.subscribe(
    {},
    {
      since: 'start',
      onEvent: (event) => {
        if (event.type === 'raised') seen.numbers.push(event.alarm.number)
      },
      onGap: () => (seen.gaps += 1),
      onStatus: (status) => seen.statuses.push(status),
    },
  )
  return seen
}

test('readings of every turbine arrive and keep changing', async () => {
  const { port } = await startServer()
  const counts = new Map<string, number>()
  connect(port, 'Heron').api.readings.subscribe({}, { onEvent: ({ turbine, count }) => counts.set(turbine, count) })
  await eventually(() => expect([...counts.keys()].sort()).toEqual([...TURBINES]))
  const before = counts.get('A1') ?? 0
  await eventually(() => expect(counts.get('A1')).toBeGreaterThan(before + 100))
})

test('alarms raised while the network of a client is cut reach it once and in order, without a gap', async () => {
  const { port } = await startServer()
  const heron = connect(port, 'Heron')
  const { api } = connect(port, 'Puffin')
  const seen = followAlarms(heron)
  await eventually(() => expect(seen.statuses.at(-1)).toBe('live'))

  const cut = await fetch(`http://localhost:${port}/cut?tab=Heron&ms=1000`, { method: 'POST' })
  expect(cut.status).toBe(204)
  await eventually(() => expect(heron.connection.status.state).toBe('reconnecting'))
  let last = 0
  for (const turbine of TURBINES) last = (await api.alarms.test.mutate({ turbine })).number

  await eventually(() => expect(seen.numbers.at(-1)).toBeGreaterThanOrEqual(last))
  // The sensors raise alarms too, so the first numbers are not known; that none is missing or doubled is.
  expect(seen.numbers).toEqual(seen.numbers.map((_number, index) => index + 1))
  expect(seen.gaps).toBe(0)
  expect(seen.statuses).toContain('stale')
})

test('a tab that is not connected cannot be cut, and only for a time', async () => {
  const { port } = await startServer()
  const status = async (query: string): Promise<number> =>
    (await fetch(`http://localhost:${port}/cut?${query}`, { method: 'POST' })).status
  expect(await status('tab=nobody&ms=1000')).toBe(404)
  expect(await status('tab=nobody&ms=1e9')).toBe(400)
  expect(await status('tab=nobody')).toBe(400)
})

test('everybody is told who acknowledged an alarm and who set a limit', async () => {
  const { port } = await startServer()
  const { api } = connect(port, 'Heron')
  const told: string[] = []
  const puffin = connect(port, 'Puffin').api
  puffin.alarms.log.subscribe(
    {},
    {
      since: 'start',
      onEvent: (event) => event.type === 'acknowledged' && told.push(`${event.by} has seen ${event.number}`),
      onGap: () => told.push('gap'),
    },
  )
  puffin.limits.changes.subscribe(
    {},
    { onEvent: ({ turbine, limit, by }) => by !== 'factory' && told.push(`${by} set ${turbine} to ${limit}`) },
  )
  const { number } = await api.alarms.test.mutate({ turbine: 'B2' })
  await api.alarms.acknowledge.mutate({ number })
  await api.limits.set.mutate({ turbine: 'C3', limit: 6.5 })
  await eventually(() => expect(new Set(told)).toEqual(new Set([`Heron has seen ${number}`, 'Heron set C3 to 6.5'])))

  const { error } = await safe(api.alarms.acknowledge.mutate({ number: number + 1_000 }))
  expect(error?.code).toBe('UNKNOWN_ALARM')
})

test('a taken port is one clear line and exit code 1, and no path of a request ends the server', async () => {
  const { server, port } = await startServer()
  const second = run(port)
  expect(await second.exitCode).toBe(1)
  expect(second.output().trim().split('\n')).toEqual([expect.stringContaining(`Port ${port} is taken`)])

  for (const path of ['//', '/../package.json', '/%', '/cut', '/nothing']) {
    expect((await fetch(`http://localhost:${port}${path}`)).status).toBe(404)
  }
  server.child.kill('SIGTERM')
  expect(await server.exitCode).toBe(0)
})
