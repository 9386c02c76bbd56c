import type { ClientContext } from '../harness/client-side.js'
import type { PeerConnection } from '../harness/peer.js'
import type { Workload } from '../harness/workload.js'
import { ItemsChecker, type ItemsInput } from '../task/items.js'

const input: ItemsInput = { count: 50_000, itemBytes: 0 }
const readsPerRound = 2

/** Client command: reads one stream to its end on the connection that the process keeps. */
export async function readStream(context: ClientContext, wanted: ItemsInput): Promise<void> {
  const kept = context.state.get('connection') as PeerConnection | undefined
  const connection = kept ?? (await context.connect())
  context.state.set('connection', connection)
  const checker = new ItemsChecker(wanted)
  context.state.set('checker', checker)
  let failure: unknown
  await connection.stream(wanted, (item) => {
    try {
      checker.receive(item)
    } catch (error) {
      // Thrown to the library it might be swallowed there.
      failure ??= error
    }
  })
  if (failure !== undefined) throw failure
  checker.end()
}

export const stream: Workload = {
  name: 'stream',
  title: 'stream of 50,000 small items',
  operation: 'one item of an async generator that never waits',
  needs: 'stream',
  figures: [{ key: 'cpuUs', label: 'server CPU per item', unit: 'µs' }],
  client: { read: readStream },
  async warmUp({ client }) {
    // The cheapest peer reads one stream in 60 ms, too short for the compiler to have finished.
    for (let read = 0; read < 2; read++) await client.run('read', input)
  },
  async round({ client, measureServerCpu }) {
    const { cpuUs } = await measureServerCpu(async () => {
      for (let read = 0; read < readsPerRound; read++) await client.run('read', input)
    })
    return { cpuUs: cpuUs / (readsPerRound * input.count) }
  },
}
