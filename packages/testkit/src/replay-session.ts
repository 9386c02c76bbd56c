/**
 * Replays a scripted conversation (`spec/sessions/*.json`) against a real server or a real client.
 *
 * Not an implementation of either: it says the lines of one side and checks the lines of the other.
 * Rule: a step is done before the next one starts, and every failure names its step.
 */
import { show } from './frame-matcher.js'
import { connectRawPeer, type RawPeer } from './raw-peer.js'
import type { RawServer } from './raw-server.js'
import { type Captures, toMatcher, toValue } from './session-pattern.js'

/** Who says a line. */
export type SessionSide = 'client' | 'server'

/** One step of a conversation; its only verb is its first key. */
export type SessionStep =
  /** The client says a frame, an array of frames in one message, or a string as it is. */
  | { readonly client: unknown }
  /** The server says a frame, or several frames that may come in one message or in many. */
  | { readonly server: unknown }
  /** One side closes with a code. */
  | { readonly close: number; readonly by: SessionSide; readonly reason?: string }
  /** The socket breaks without a close frame. */
  | { readonly drop: true }
  /** The client connects. The first step is this one when it is left out. */
  | { readonly connect: true | { readonly protocols?: readonly string[]; readonly headers?: Record<string, string> } }
  /** Nothing has been said that was not received: asks by a ping, so the other side must answer those. */
  | { readonly quiet: true }
  /** Something that happens on the side under test, done by the `act` option: a call, a publish, a clock's tick. */
  | { readonly act: unknown }

/** A scripted conversation; the parsed content of one file. */
export interface SessionScript {
  readonly title: string
  /** The clauses of spec/PROTOCOL.md that it shows. */
  readonly clauses: readonly string[]
  /** What the side under test must be set up with; for its test to read. */
  readonly setup?: unknown
  /** What `$name` stands for from the start, and what `$capture:name` sends when we are the one who makes it up. */
  readonly values?: Readonly<Record<string, unknown>>
  readonly steps: readonly SessionStep[]
}

/** Which side is played, and against what. */
export type ReplayTarget =
  /** We are the client of the server at `url`. */
  | { readonly role: 'client'; readonly url: string }
  /** We are the server; the client under test connects to it. */
  | { readonly role: 'server'; readonly server: RawServer }

/** Options of `replaySession`. */
export interface ReplayOptions {
  /** Does an `act` step on the side under test. */
  act?: (what: unknown, captures: ReadonlyMap<string, unknown>) => unknown
  /** Frames that are passed over, such as heartbeats. Role `client` only; a raw server has its own. */
  ignores?: (frame: unknown) => boolean
}

/**
 * Runs all steps and resolves with what was captured. The last socket is ended in any case.
 *
 * @throws Error that names the script, the step and the difference, with the conversation so far.
 */
export async function replaySession(
  script: SessionScript,
  target: ReplayTarget,
  options: ReplayOptions = {},
): Promise<ReadonlyMap<string, unknown>> {
  const captures: Captures = new Map(Object.entries(script.values ?? {}))
  const first = script.steps[0]
  const impliesConnect = first !== undefined && !('connect' in first)
  let peer: RawPeer | undefined

  async function run(step: SessionStep): Promise<void> {
    if ('connect' in step) {
      peer = await connect(target, step.connect === true ? {} : step.connect, options)
      return
    }
    if ('act' in step) {
      if (options.act === undefined) throw new Error('The script has an `act` step, but no `act` was given.')
      await options.act(step.act, captures)
      return
    }
    if (peer === undefined) throw new Error('Nothing is connected yet.')
    await runOnPeer(step, peer, target.role, captures)
  }

  try {
    if (impliesConnect) await run({ connect: true })
    for (const [index, step] of script.steps.entries()) {
      await run(step).catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error)
        throw new Error(`${script.title}: step ${index} ${show(step)}\n${message}`, { cause: error })
      })
    }
    return captures
  } finally {
    peer?.terminate()
  }
}

function connect(
  target: ReplayTarget,
  handshake: { readonly protocols?: readonly string[]; readonly headers?: Record<string, string> },
  options: ReplayOptions,
): Promise<RawPeer> {
  if (target.role === 'server') return target.server.accepts()
  return connectRawPeer(target.url, { ...handshake, ...(options.ignores && { ignores: options.ignores }) })
}

type PeerStep = Exclude<SessionStep, { readonly connect: unknown } | { readonly act: unknown }>

async function runOnPeer(step: PeerStep, peer: RawPeer, role: SessionSide, captures: Captures): Promise<void> {
  if ('drop' in step) {
    peer.terminate()
    await peer.closed
  } else if ('quiet' in step) {
    const unread = await peer.ping()
    if (unread.length > 0) throw new Error(`Expected nothing, but there came ${show(unread)}`)
  } else if ('close' in step) {
    if (step.by === role) peer.closes(step.close, step.reason)
    else await peer.isClosedWith(step.close, step.reason)
  } else if ('client' in step) {
    await say(step.client, role === 'client', peer, captures)
  } else {
    await say(step.server, role === 'server', peer, captures)
  }
}

async function say(line: unknown, isOurs: boolean, peer: RawPeer, captures: Captures): Promise<void> {
  // A string stands for a message that is no frame at all, so it holds no placeholders.
  if (isOurs) {
    peer.sends(typeof line === 'string' ? line : toValue(line, captures))
    return
  }
  if (typeof line === 'string') await peer.receives(line)
  else for (const frame of Array.isArray(line) ? line : [line]) await peer.receives(toMatcher(frame, captures))
}
