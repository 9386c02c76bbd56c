/**
 * How a topic stands, for a server that renders it: its position, and the state that its snapshot gives.
 *
 * Not a subscription: nothing follows. Rule: the position comes first, then the state, so that a client which goes on behind
 * the position misses nothing; whoever may not subscribe may not read (P6.12).
 */
import { type Position, TrunklineError, validate } from '@trunkline/core'
import { topicKey } from '@trunkline/core/protocol'
import type { AnyOptions } from './caller.js'
import { callerError } from './caller-error.js'
import type { CompiledTopic, RouteTable } from './routes.js'
import { systemClock } from './system-clock.js'
import { isExact } from './topic-snapshot.js'
import { askBroker } from './topics/ask-broker.js'

/** Reads where a topic stands, and with `snapshot` its state. */
export async function readTopic(
  routes: RouteTable,
  path: string,
  verb: 'snapshot' | 'position',
  rawParams: unknown,
  options: AnyOptions,
): Promise<Position | PlacedState> {
  const topic = await routes.topic(path)
  if (topic === undefined) throw new TrunklineError('NOT_FOUND', `No topic ${JSON.stringify(path)}.`)
  const { broker, context: ctx, signal = new AbortController().signal } = options
  const { delivery, snapshot } = topic.definition
  if (delivery !== 'log') throw new TypeError(`${path} keeps no history: it has no position.`)
  if (verb === 'snapshot' && snapshot === undefined) throw new TypeError(`${path} has no snapshot.`)
  if (broker === undefined) throw new TypeError('Give createCaller `broker`, the one that the server has.')
  const state = { handlerStarted: false }
  try {
    const params = await authorized(topic, rawParams, ctx)
    const key = topicKey(path, params)
    const { top } = await askBroker(systemClock, () => broker.read(key, { last: 0 }, { events: 1, bytes: 1 }))
    if (verb === 'position') return top
    state.handlerStarted = true
    // Its argument types were checked where the topic was declared.
    const taken = await snapshot?.({ ctx, params, position: top, signal } as never)
    return isExact(taken) ? { state: taken.state, position: taken.at } : { state: taken, position: top }
  } catch (error) {
    throw await callerError(error, { path, declared: undefined, ...state })
  }
}

interface PlacedState {
  readonly state: unknown
  readonly position: Position
}

async function authorized({ path, definition }: CompiledTopic, raw: unknown, ctx: unknown): Promise<unknown> {
  const { params: schema, authorize } = definition
  const params = schema === undefined ? {} : await validate(schema, raw ?? {}, `params of ${path}`)
  // Its argument types were checked where the topic was declared.
  if (authorize === undefined || (await authorize({ ctx, params, action: 'subscribe' } as never)) === true)
    return params
  throw new TrunklineError('FORBIDDEN', `Not allowed to subscribe on ${path}.`)
}
