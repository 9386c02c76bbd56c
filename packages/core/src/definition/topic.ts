/**
 * Topics: what is published under a name and its params, to whom, and what is kept of it.
 *
 * Not the machinery that moves events (server/src/topics). Rule: what a client can see is one bag of resolved types
 * under `~types`; what was not declared is absent from it.
 */

import type { Position } from '../protocol/position.js'
import type { MaybePromise } from './handler.js'
import { isSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema.js'

/**
 * What a topic promises.
 * - `ephemeral`: who listens now gets it; nothing is kept.
 * - `latest`: the newest value of each key is kept; a late subscriber gets the table first.
 * - `log`: every event is kept for the retention and delivered once and in order, or a gap tells.
 */
export type Delivery = 'ephemeral' | 'latest' | 'log'

/** How much of a `log` is kept at least. Whatever is passed first trims. */
export interface Retain {
  /** Number of events. Default 1_000. */
  readonly events?: number | undefined
  /** Bytes of encoded payloads. Default 4_194_304. */
  readonly bytes?: number | undefined
  /** Age in milliseconds. Default 3_600_000, one hour. */
  readonly ageMs?: number | undefined
}

/** What somebody wants to do on a topic. */
export type TopicAction = 'subscribe' | 'publish' | 'join'

/** What `authorize` is given. */
export interface AuthorizeArgs<TContext, TParams> {
  readonly ctx: TContext
  readonly params: TParams
  readonly action: TopicAction
}

/** What `snapshot` may return to be exact about the place it was taken at. */
export interface SnapshotAt<TState> {
  readonly state: TState
  readonly at: Position
}

/** What a client knows of a topic. */
export interface TopicTypes {
  readonly kind: 'topic'
  /** What a subscriber or publisher passes as params. */
  readonly params: unknown
  /** What a subscriber gets. */
  readonly event: unknown
  /** What a publisher passes. */
  readonly publish: unknown
  readonly delivery: Delivery
  readonly presence?: unknown
  readonly join?: unknown
  readonly snapshot?: unknown
  readonly clientPublish?: true
}

/** Everything the server needs of a topic. */
export interface TopicDefinition {
  readonly params: Schema | undefined
  readonly event: Schema
  readonly delivery: Delivery
  readonly retain: Required<{ readonly [K in keyof Retain]: number }>
  readonly key: ((event: never) => string) | undefined
  readonly removes: ((event: never) => boolean) | undefined
  readonly presence: Schema | undefined
  readonly clientPublish: boolean
  readonly throttle: { readonly perSecond: number } | undefined
  /** Its arguments were checked where it was declared. */
  readonly authorize: ((args: never) => MaybePromise<boolean>) | undefined
  readonly snapshot: ((args: never) => unknown) | undefined
}

/** A declared topic. */
export interface Topic<TTypes extends TopicTypes = TopicTypes> {
  /** Phantom: exists for the type checker only. */
  readonly '~types': TTypes
  readonly '~topic': TopicDefinition
  /** The topic of a contract that `implement` made this of: publishing on that one publishes on this. */
  readonly '~implements'?: AnyTopic | undefined
}

/** Any topic, as a constraint. */
export type AnyTopic = Topic

/** How a topic is declared. */
export interface TopicConfig<
  TContext,
  TParams extends Schema,
  TEvent extends Schema,
  TDelivery extends Delivery,
  TPresence extends Schema,
  TState,
  TClientPublish extends boolean,
> {
  /** What tells one history of the topic from another; plain JSON, with its path at most 256 bytes. Default: no params. */
  readonly params?: TParams | undefined
  /** What is published. Checked once, at the publisher. */
  readonly event: TEvent
  readonly delivery: TDelivery
  /** For `log`: how much is kept. */
  readonly retain?: Retain | undefined
  /** For `latest`: which entry of the table an event replaces; at most 256 characters. Default: one entry. */
  readonly key?: ((event: SchemaOutput<TEvent>) => string) | undefined
  /**
   * For `latest`: whether an event takes its entry out of the table. Subscribers get that event, with `removed` in its
   * place; who comes later does not. Default: nothing does.
   */
  readonly removes?: ((event: SchemaOutput<TEvent>) => boolean) | undefined
  /** The state of a member; declares that the topic has presence. */
  readonly presence?: TPresence | undefined
  /** Lets clients publish, if `authorize` agrees. Default false. */
  readonly clientPublish?: TClientPublish | undefined
  /**
   * For `latest` and `ephemeral`: events are handed out at most so many times a second, of each key the newest. More than
   * 0; 0.5 is every two seconds.
   */
  readonly throttle?: { readonly perSecond: number } | undefined
  /** Decides who may subscribe, publish and join. Default: everyone who is connected. */
  readonly authorize?: ((args: AuthorizeArgs<TContext, SchemaOutput<TParams>>) => MaybePromise<boolean>) | undefined
  /**
   * For `log`: the state that the events change; a subscriber gets it first, and again instead of a gap. It must see every
   * effect up to `position`: publish after the change was stored. It may see more, unless it returns the `at` of a state
   * that is exact.
   */
  readonly snapshot?:
    | ((args: {
        readonly ctx: TContext
        readonly params: SchemaOutput<TParams>
        readonly position: Position
        readonly signal: AbortSignal
      }) => MaybePromise<TState | SnapshotAt<TState>>)
    | undefined
}

/** The params of a topic that declares none. */
export interface NoParams extends Schema {
  readonly '~standard': Schema['~standard'] & {
    readonly types?: { readonly input: Record<never, never>; readonly output: Record<never, never> } | undefined
  }
}

/** Says that a topic has no presence, or no snapshot. */
export interface Absent extends Schema {
  readonly '~absent': true
}

/** What each delivery excludes: `contradiction` says it at run time, a sentence in the place of the value says it before. */
interface Excluded {
  readonly log: NotInLog
  readonly latest: NotInLatest
  readonly ephemeral: NotInEphemeral
}
/** Nothing where the delivery is missing or known at run time only. */
type ExcludedBy<TDelivery extends Delivery> = Delivery extends TDelivery ? unknown : Excluded[TDelivery]
interface NotInLog {
  readonly key?: 'key is for latest topics.' | undefined
  readonly removes?: 'removes is for latest topics.' | undefined
  readonly throttle?: 'throttle drops events, which a log topic promises not to do.' | undefined
}
interface NotInLatest {
  readonly retain?: 'retain is for log topics.' | undefined
  readonly snapshot?: 'snapshot is for log topics.' | undefined
}
interface NotInEphemeral extends NotInLatest {
  readonly key?: 'key is for latest topics.' | undefined
  readonly removes?: 'removes is for latest topics.' | undefined
}

/** Declares topics over a context. */
export type TopicFactory<TContext> = <
  $Event extends Schema,
  const $Delivery extends Delivery,
  $Params extends Schema = NoParams,
  $Presence extends Schema = Absent,
  $State = Absent,
  const $ClientPublish extends boolean = false,
>(
  config: TopicConfig<TContext, $Params, $Event, $Delivery, $Presence, $State, $ClientPublish> & ExcludedBy<$Delivery>,
) => Topic<
  // Without a name of its own: hovers and messages then say the types, and not the schemas they are looked up in.
  {
    kind: 'topic'
    params: SchemaInput<$Params>
    event: SchemaOutput<$Event>
    publish: SchemaInput<$Event>
    delivery: $Delivery
  } & ($Presence extends Absent ? unknown : { presence: SchemaOutput<$Presence>; join: SchemaInput<$Presence> }) &
    ($State extends Absent ? unknown : { snapshot: $State }) &
    ($ClientPublish extends true ? { clientPublish: true } : unknown)
>

type AnyTopicConfig = TopicConfig<never, Schema, Schema, Delivery, Schema, unknown, boolean>

const DEFAULT_RETAIN = { events: 1_000, bytes: 4_194_304, ageMs: 3_600_000 }

/**
 * Declares a topic.
 *
 * @throws TypeError when options contradict each other; the message says which.
 */
export function createTopic(config: AnyTopicConfig): Topic<never> {
  const problem = contradiction(config)
  if (problem !== undefined) throw new TypeError(problem)
  const definition: TopicDefinition = {
    params: config.params,
    event: config.event,
    delivery: config.delivery,
    retain: {
      events: atLeastOne('retain.events', config.retain?.events ?? DEFAULT_RETAIN.events),
      bytes: atLeastOne('retain.bytes', config.retain?.bytes ?? DEFAULT_RETAIN.bytes),
      ageMs: atLeastOne('retain.ageMs', config.retain?.ageMs ?? DEFAULT_RETAIN.ageMs),
    },
    key: config.key,
    removes: config.removes,
    presence: config.presence,
    clientPublish: config.clientPublish ?? false,
    throttle: config.throttle,
    authorize: config.authorize,
    snapshot: config.snapshot,
  }
  return { '~topic': definition } as Topic<never>
}

/** What is wrong with the options of a topic, or what one contradicts; `undefined` where all agree. */
export function contradiction(config: Partial<AnyTopicConfig>): string | undefined {
  const { event, delivery, params, retain, key, removes, presence, throttle, authorize, snapshot } = config
  // JavaScript callers have no types to tell them, and a module in a circle of imports is undefined for a while.
  for (const [name, schema] of Object.entries({ params, presence, event })) {
    if ((schema !== undefined || name === 'event') && !isSchema(schema)) {
      return `${name} takes a Standard Schema such as v.object({ … }), but got ${typeof schema}.`
    }
  }
  for (const [name, each] of Object.entries({ authorize, key, removes, snapshot })) {
    if (each !== undefined && typeof each !== 'function') return `${name} takes a function, but got ${typeof each}.`
  }
  if (delivery === undefined || !['log', 'latest', 'ephemeral'].includes(delivery)) {
    return `delivery must be \`log\`, \`latest\` or \`ephemeral\`, but is ${delivery}.`
  }
  if (throttle !== undefined && delivery === 'log') {
    return 'throttle drops events, which a log topic promises not to do: use `latest` or `ephemeral`.'
  }
  if (throttle !== undefined && !(throttle.perSecond > 0)) {
    return `throttle.perSecond must be more than 0, but is ${throttle.perSecond}.`
  }
  if (retain !== undefined && delivery !== 'log') return `retain is for log topics; this one is ${delivery}.`
  if (key !== undefined && delivery !== 'latest') return `key is for latest topics; this one is ${delivery}.`
  if (removes !== undefined && delivery !== 'latest') return `removes is for latest topics; this one is ${delivery}.`
  if (snapshot !== undefined && delivery !== 'log') return `snapshot is for log topics; this one is ${delivery}.`
  return undefined
}

/** Whether `value` is a topic. */
export function isTopic(value: unknown): value is Topic {
  return typeof value === 'object' && value !== null && '~topic' in value
}

function atLeastOne(name: string, value: number): number {
  if (value >= 1) return value
  throw new TypeError(`${name} must be 1 or more, but is ${value}.`)
}
