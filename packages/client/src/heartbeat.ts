/**
 * Notices a peer that is dead although its socket looks open (P3.6, P3.7).
 *
 * Not a timer: the client's one alarm asks it. Rule: received bytes are life, sent ones are not; a peer is given up only
 * when a ping went unanswered, so a machine that slept or a blocked event loop asks first.
 */

/** How a dead peer is noticed. Default: as the server says in `welcome`. */
export interface HeartbeatOptions {
  /** Milliseconds without a received message after which the client pings. */
  readonly intervalMs: number
  /** Milliseconds after the ping without a received message after which the socket is abandoned. */
  readonly timeoutMs: number
}

export interface Heartbeat {
  /** Written when `welcome` came. */
  rhythm: HeartbeatOptions
  /** When the last message came. Written for each message. */
  receivedAt: number
  /** Pings now, unless an answer is waited for; returns when it must have come. */
  probe(now: number): number
  /** Pings or gives up if it is time; returns when to ask next. */
  check(now: number): number
}

export function createHeartbeat(ping: () => void, giveUp: () => void): Heartbeat {
  let pingedAt = 0
  const heartbeat: Heartbeat = {
    // Nothing is asked before `welcome`, which tells it.
    rhythm: { intervalMs: 0, timeoutMs: 0 },
    receivedAt: 0,
    probe: (now) => {
      // What is waited for is not asked for anew: somebody who goes to and fro between tabs would put it off for ever.
      if (pingedAt <= heartbeat.receivedAt) {
        pingedAt = now
        ping()
      }
      return pingedAt + heartbeat.rhythm.timeoutMs
    },
    check: (now) => {
      const { intervalMs, timeoutMs } = heartbeat.rhythm
      const isWaiting = pingedAt > heartbeat.receivedAt
      const dueAt = isWaiting ? pingedAt + timeoutMs : heartbeat.receivedAt + intervalMs
      if (now < dueAt) return dueAt
      if (!isWaiting) return heartbeat.probe(now)
      giveUp()
      return Infinity
    },
  }
  return heartbeat
}
