/**
 * From an event value to the broker: checked once, encoded once.
 *
 * Not delivery, and not who may publish. Rule: one publish has one id for all its tries, so a try whose answer was lost
 * cannot make two events of one.
 */
import { randomBytes } from 'node:crypto'
import type { EncodedPayload } from '@trunkline/core'
import { type Clock, type Codec, type Position, type TopicDefinition, TrunklineError, validate } from '@trunkline/core'
import { MAX_KEY_LENGTH } from '@trunkline/core/protocol'
import { encodeValue, ownPayload, payloadError, payloadLength } from '../payload.js'
import { askBroker, isFull } from './ask-broker.js'
import type { Broker } from './broker.js'
import { lackOf } from './broker-lack.js'
import { TABLE_LIMIT } from './latest-store.js'
import { retryDelayMs } from './retry.js'

/** Tries of one publish, each with the broker's whole time. */
const MAX_TRIES = 3

/** An event on its way, with the topic that it belongs to. */
export interface PublishRequest {
  /** Path of the topic, for messages. */
  readonly path: string
  /** The canonical key (P7.2). */
  readonly key: string
  readonly definition: TopicDefinition
  readonly event: unknown
  /** Two publishes with one id are one event. Default: a new id where the event is kept, else none. */
  readonly id?: string | undefined
  /** Sends the event without keeping it, also on a topic that keeps others. */
  readonly ephemeral?: boolean | undefined
}

/** What a publisher needs. */
export interface TopicPublisherOptions {
  readonly broker: Broker
  readonly codec: Codec
  readonly clock: Clock
  /** Most units of an encoded event. Default 262_144. */
  readonly maxPayloadBytes?: number | undefined
}

export class TopicPublisher {
  readonly #options: TopicPublisherOptions
  /** Short, so that the hash of a tag stays in one block; unique by 72 random bits and a count. */
  readonly #idPrefix = randomBytes(9).toString('base64url')
  #published = 0

  constructor(options: TopicPublisherOptions) {
    this.#options = options
  }

  /**
   * Publishes an event; resolves with its position when the broker has accepted it.
   *
   * @throws TrunklineError `INVALID_INPUT`, `PAYLOAD_TOO_LARGE`, `UNSUPPORTED`, `LIMIT_EXCEEDED` for a table that
   * would be too large, or a broker that has no room (nothing was published), `BROKER_UNAVAILABLE` (unknown; another try
   * with the same id is safe).
   */
  async publish(request: PublishRequest): Promise<Position | undefined> {
    const { path, key, definition } = request
    const { broker } = this.#options
    const delivery = request.ephemeral ? 'ephemeral' : definition.delivery
    const lack = lackOf(broker, delivery)
    if (lack !== undefined) throw new TrunklineError('UNSUPPORTED', lack, { path })
    const event = await validate(definition.event, request.event, `event of ${path}`)
    if (delivery === 'latest') return this.#set(request, event)
    const payload = await this.#encode(path, event)
    const isKept = delivery === 'log'
    const id = request.id ?? (isKept ? this.#newId() : undefined)
    const retention = isKept ? definition.retain : undefined
    const published = await this.#try(id, () => broker.publish(key, { id, payload }, retention))
    return published.position
  }

  async #set({ path, key: topic, definition, id = this.#newId() }: PublishRequest, event: unknown): Promise<Position> {
    const { latest } = this.#options.broker
    // The key function's argument was checked where the topic was declared.
    const key = definition.key?.(event as never) ?? ''
    if (typeof key !== 'string' || key.length > MAX_KEY_LENGTH) {
      throw new TrunklineError('INVALID_INPUT', `A key of ${path} is text of at most ${MAX_KEY_LENGTH} characters.`, {
        path,
      })
    }
    const isRemoved = definition.removes?.(event as never)
    const payload = await this.#encode(path, event)
    const published = await this.#try(id, async () => latest?.set(topic, { id, key, isRemoved, payload }, TABLE_LIMIT))
    if (published !== 'full' && published?.position !== undefined) return published.position
    const { entries, bytes } = TABLE_LIMIT
    throw new TrunklineError(
      'LIMIT_EXCEEDED',
      `The table of ${path} would pass ${entries} entries or ${bytes} bytes.`,
      {
        path,
      },
    )
  }

  async #encode(path: string, event: unknown): Promise<EncodedPayload> {
    const { codec, maxPayloadBytes = 262_144 } = this.#options
    let payload: EncodedPayload
    try {
      const encoded = encodeValue(codec, event)
      // Awaited only where Blobs are read: what needs none is not overtaken by what was published behind it.
      payload = encoded instanceof Promise ? await encoded : encoded
    } catch (error) {
      throw payloadError(error, `event of ${path}`)
    }
    const length = payloadLength(payload)
    if (length > maxPayloadBytes) {
      throw new TrunklineError(
        'PAYLOAD_TOO_LARGE',
        `An event of ${path} takes ${length} units encoded; at most ${maxPayloadBytes} are allowed.`,
        { path },
      )
    }
    return ownPayload(payload)
  }

  /** Without an id a second try could be a second event: then there is none. */
  async #try<TResult>(id: string | undefined, publish: () => Promise<TResult>): Promise<TResult> {
    const { clock } = this.#options
    for (let attempt = 0; ; attempt++) {
      try {
        return await askBroker(clock, publish)
      } catch (error) {
        if (id === undefined || attempt + 1 >= MAX_TRIES || isFull(error)) throw error
      }
      await new Promise<void>((resolve) => clock.schedule(resolve, retryDelayMs(attempt + 2)))
    }
  }

  #newId(): string {
    this.#published += 1
    return `${this.#idPrefix}${this.#published.toString(36)}`
  }
}
