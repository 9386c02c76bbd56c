/**
 * One join of one session: its state, and whether others see it.
 *
 * Not the session's other joins (session-joins.ts). Rule: what is asked of one join happens in order, one at a time,
 * except leaving, which nothing holds up.
 * @see spec/PROTOCOL.md#5-calls
 */
import { isTrunklineErrorLike, TrunklineError } from '@trunkline/core'
import type { JoinFrame, UpdateFrame } from '@trunkline/core/protocol'
import type { Expirable } from '../deadlines.js'
import { decodePayload } from '../payload.js'
import type { Session } from '../session.js'
import { accessTopic, type TopicAccess } from '../topic-access.js'
import type { PresenceMember } from '../topics/presence-store.js'
import { encodeState } from './encode-state.js'
import { isPending, type MemberState, mergeState, putBack, startState } from './member-state.js'
import type { OwnMembers } from './own-members.js'

/** What was accepted: there from the first put on. */
interface Entered {
  readonly access: TopicAccess
  state: MemberState
  member: PresenceMember
}

export class Join {
  /** Of the topic, as the client names it. */
  readonly path: string
  readonly #session: Session
  readonly #own: OwnMembers
  readonly #joinId: string
  #entered: Entered | undefined
  #hasLeft = false
  #isLapsed = false
  #last: Promise<void> = Promise.resolve()
  readonly #reverts = new Set<Revert>()

  constructor(session: Session, own: OwnMembers, joinId: string, path: string) {
    this.path = path
    this.#session = session
    this.#own = own
    this.#joinId = joinId
  }

  /** Becomes a member. @throws TrunklineError what `accessTopic` and `encodeState` throw, `BROKER_UNAVAILABLE`. */
  enter(frame: JoinFrame): Promise<void> {
    return this.#inOrder(async () => {
      const { codec } = this.#session.services
      const access = await accessTopic(frame.topic, frame.params, 'join', this.#session)
      const { topic } = access
      const value = decodePayload(frame, codec, `state on ${topic.path}`)
      const payload = await encodeState(value, topic.definition, codec, topic.path)
      this.#checkHere()
      const { identity } = this.#session
      const { node } = this.#own
      const member = { joinId: this.#joinId, node, identity, payload, updatedAtMs: this.#own.stamp() }
      this.#entered = { access, state: startState(value), member }
      await this.#show(this.#entered, member)
    })
  }

  /** Merges an update into the state. @throws TrunklineError as `enter`. */
  update(frame: UpdateFrame): Promise<void> {
    return this.#inOrder(async () => {
      const entered = this.#checkHere()
      const patch = decodePayload(frame, this.#session.services.codec, `state on ${entered.access.topic.path}`)
      const { revertAfterMs } = frame
      const revert = revertAfterMs === undefined ? undefined : new Revert((expired) => this.#putBack(expired))
      const state = mergeState(entered.state, patch, revert)
      const payload = await this.#encode(entered, state)
      this.#checkHere()
      entered.state = state
      if (revert !== undefined && revertAfterMs !== undefined) {
        this.#reverts.add(revert)
        this.#session.services.deadlines.add(revert, revertAfterMs)
      }
      this.#dropReverts((old) => !isPending(state, old))
      await this.#show(entered, { ...entered.member, payload, updatedAtMs: this.#own.stamp() })
    })
  }

  /** Ends the join at once. Resolves when what was asked before is done as well; never rejects. */
  leave(): Promise<void> {
    const entered = this.#entered
    const isShown = entered !== undefined && !this.#hasLeft && !this.#isLapsed
    this.#hasLeft = true
    this.#dropReverts(() => true)
    const removed = isShown ? this.#own.remove(entered.access.key, this.#joinId) : undefined
    return this.#inOrder(async () => removed)
  }

  /** Whether `recheck` would ask. */
  get mayHaveLostRight(): boolean {
    return this.#entered?.access.grant?.isCurrent === false
  }

  /**
   * Asks again for the right to be here, where it may have changed; rejects when it is refused. What was asked before is
   * done first.
   */
  recheck(): Promise<void> {
    return this.#inOrder(async () => {
      if (!this.#hasLeft) await this.#entered?.access.grant?.recheck()
    })
  }

  /** The grace is over: others see it leave, but the session may still come back. False when it had lapsed before. */
  lapse(): boolean {
    if (this.#isLapsed || this.#hasLeft) return false
    this.#isLapsed = true
    if (this.#entered !== undefined) void this.#own.remove(this.#entered.access.key, this.#joinId)
    return true
  }

  /** The session came back. */
  revive(): void {
    if (!this.#isLapsed) return
    this.#isLapsed = false
    if (this.#entered === undefined || this.#hasLeft) return
    // What fails is tried again by the node; there is nobody to tell.
    this.#show(this.#entered, this.#entered.member).catch(() => {})
  }

  /** The time of a temporary value is over. It is no update: another join that was updated since still shows. */
  #putBack(revert: Revert): void {
    this.#reverts.delete(revert)
    this.#inOrder(async () => {
      const entered = this.#entered
      const state = entered && putBack(entered.state, revert)
      if (entered === undefined || state === undefined || this.#hasLeft) return
      const payload = await this.#encode(entered, state)
      entered.state = state
      await this.#show(entered, { ...entered.member, payload })
    }).catch((error: unknown) => {
      // The broker's failures are the node's to mend; anything else is the app's schema, which refuses the old values.
      if (isTrunklineErrorLike(error) && error.code === 'BROKER_UNAVAILABLE') return
      const { observer } = this.#session.services
      observer.handlerFailed(this.path, this.#session.identity, 'presence', error)
    })
  }

  async #show(entered: Entered, member: PresenceMember): Promise<void> {
    entered.member = member
    if (!this.#isLapsed && !this.#hasLeft) await this.#own.put(entered.access.key, member)
  }

  #encode({ access: { topic } }: Entered, { value }: MemberState): Promise<string> {
    return encodeState(value, topic.definition, this.#session.services.codec, topic.path)
  }

  /** It may have left, or its session may have ended, while something was waited for. */
  #checkHere(): Entered {
    const isOver = this.#hasLeft || this.#session.ended
    // `enter` calls this before there is anything to give, and does not use it.
    if (!isOver) return this.#entered as Entered
    throw new TrunklineError('NOT_FOUND', 'This join has ended.')
  }

  #dropReverts(isOver: (revert: Revert) => boolean): void {
    for (const revert of this.#reverts) {
      if (!isOver(revert)) continue
      this.#reverts.delete(revert)
      this.#session.services.deadlines.remove(revert)
    }
  }

  #inOrder(operation: () => Promise<void>): Promise<void> {
    const done = this.#last.then(operation)
    this.#last = done.catch(() => {})
    return done
  }
}

/** One update that will be put back. */
class Revert implements Expirable {
  deadlineBucket = 0
  readonly #onExpired: (revert: Revert) => void

  constructor(onExpired: (revert: Revert) => void) {
    this.#onExpired = onExpired
  }

  expire(): void {
    this.#onExpired(this)
  }
}
