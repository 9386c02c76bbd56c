import { startClientSide } from '../client-side.js'
import { makeStage, type OpenPair } from '../pair.js'
import { startServerSide } from '../server-side.js'
import type { Remote } from '../workload.js'

/** Runs both sides in the test's own process: nothing to compile, and no figure that means anything. */
export const localPair: OpenPair = async (peer, workload) => {
  const serverSide = await startServerSide(peer, workload)
  const clientSide = startClientSide(peer, workload, serverSide.port)
  return {
    ...makeStage(peer, remoteOf(serverSide), remoteOf(clientSide)),
    async stop() {
      await clientSide.stop()
      await serverSide.stop()
    },
  }
}

function remoteOf(side: { run(command: string, argument: unknown): Promise<unknown> }): Remote {
  return {
    // The caller names the result of the command that it runs, as with a child process.
    run: <TResult>(command: string, argument?: unknown) => side.run(command, argument) as Promise<TResult>,
    freeze() {},
    thaw() {},
  }
}
