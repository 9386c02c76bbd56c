/**
 * What the handlers of an app did: the truth that calls and subscriptions are judged by.
 *
 * Not what anybody was told. Rule: only a process that lives does anything; what a killed one would still do is not done.
 */

/** One life of a node. */
export interface SimProcess {
  isDead: boolean
}

/** One run of a handler. */
export interface Execution {
  readonly run: number
  readonly process: SimProcess
  readonly startedMs: number
  /** How it ended, while its process lived. */
  end: 'ok' | 'refused' | 'threw' | undefined
}

/** One run of a generator. */
export interface StreamRun {
  readonly run: number
  /** Items up to this one were made. */
  made: number
  isOpen: boolean
}

export class SimWork {
  readonly streams: Set<StreamRun> = new Set()
  readonly #executions = new Map<string, Execution[]>()
  readonly #streams = new Map<string, StreamRun[]>()
  #runs = 0

  /** A handler begins; a dead process begins nothing. */
  begin(work: string, process: SimProcess, startedMs: number): Execution {
    if (process.isDead) throw new Error('this process is dead')
    const execution: Execution = { run: ++this.#runs, process, startedMs, end: undefined }
    this.#executions.set(work, [...this.executionsOf(work), execution])
    return execution
  }

  beginStream(work: string, from: number): StreamRun {
    const run: StreamRun = { run: ++this.#runs, made: from - 1, isOpen: true }
    this.#streams.set(work, [...this.streamsOf(work), run])
    this.streams.add(run)
    return run
  }

  executionsOf(work: string): readonly Execution[] {
    return this.#executions.get(work) ?? []
  }

  streamsOf(work: string): readonly StreamRun[] {
    return this.#streams.get(work) ?? []
  }
}
