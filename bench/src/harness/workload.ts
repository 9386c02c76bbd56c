import type { ClientContext } from './client-side.js'
import type { Feature, Peer } from './peer.js'
import type { ServerContext } from './server-side.js'

/** A function that the main process can run in the server's or the client's process. Arguments and results are plain. */
// biome-ignore lint/suspicious/noExplicitAny: the table holds commands of every signature; `Remote.run` is typed by its callers.
export type Command<TContext> = (context: TContext, argument: any) => unknown

/** One figure of a sample. The first of a workload is the one that tables and ratios show. */
export interface Figure {
  readonly key: string
  readonly label: string
  readonly unit: 'µs' | 'ms' | 'kB' | 'MB'
}

/** What one round of one peer measured, by {@link Figure.key}. */
export type Sample = Record<string, number>

/** One piece of work that every peer does in the same way. Its file is loaded in all three processes. */
export interface Workload {
  readonly name: string
  readonly title: string
  /** What one operation is, for the reader of the table. */
  readonly operation: string
  readonly needs?: Feature
  /** The first is the main one. */
  readonly figures: readonly [Figure, ...Figure[]]
  /** Whether the figures stand for themselves: ten times of next to nothing says nothing. Default: ratios are shown. */
  readonly absolute?: boolean
  /** Rounds at most, where one round is long; default the run's number of rounds. */
  readonly maxRounds?: number
  /** `fresh` starts new processes for each round: memory figures need that. Default `kept`. */
  readonly processes?: 'kept' | 'fresh'
  readonly server?: Record<string, Command<ServerContext>>
  readonly client?: Record<string, Command<ClientContext>>
  /** Connects and runs the work until it is compiled; not measured. */
  warmUp?(stage: Stage): Promise<void>
  round(stage: Stage): Promise<Sample>
}

/** A child process, or something that answers like one. */
export interface Remote {
  run<TResult = void>(command: string, argument?: unknown): Promise<TResult>
  /** Stops the process where it stands (SIGSTOP), as a frozen laptop would. */
  freeze(): void
  thaw(): void
}

/** What a workload sees of one peer's two processes. */
export interface Stage {
  readonly peer: Peer
  readonly server: Remote
  readonly client: Remote
  /** Runs `work` and resolves with the CPU time, user and system, that the server's process spent meanwhile. */
  measureServerCpu<TResult>(work: () => Promise<TResult>): Promise<{ cpuUs: number; result: TResult }>
}

/** The length of one measured round of the workloads that run for a time. */
export const roundMs = 350
