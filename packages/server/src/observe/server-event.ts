/**
 * What happens in a server, as typed events.
 *
 * Not a log: listeners decide what to keep. Rule: no event holds a token or a payload.
 */
import type { CloseReason, GapReason } from '@trunkline/core'

/** The events of a server, by name, with what their listeners get. */
export interface ServerEvents {
  /** A handshake was refused. `path`: nothing on this HTTP server serves it; `version`: none in common (P1.2). */
  'handshake-refused': [
    { reason: 'origin' | 'path' | 'rate' | 'address-limit' | 'closing' | 'version'; address: string },
  ]
  'connection-opened': [{ connection: number; address: string }]
  /** With the code and words of whoever closed it first; 1006 when nobody did. */
  'connection-closed': [{ connection: number; identity: string | undefined; code: number; reason: string }]
  /** `authenticate` threw, took too long or named somebody else than before, or its token has expired. */
  'auth-refused': [{ connection: number; address: string; reason: CloseReason; error: unknown }]
  'session-opened': [{ connection: number; identity: string }]
  'session-resumed': [{ connection: number; identity: string; resent: number }]
  /**
   * A session ended: its client left; it did not come back within `resumeMs`, or too many of its address were without a socket
   * (`expired`); it could not be resumed; the server closes.
   */
  'session-ended': [{ identity: string; reason: 'bye' | 'expired' | 'not-resumable' | 'closing' }]
  /** A frame was refused (P2.9, P2.10). */
  'frame-refused': [{ connection: number; identity: string; code: string; message: string }]
  /** A call, publish, join, or subscription of a topic or its members ended with an error that its caller was told. */
  'call-failed': [{ path: string; identity: string; code: string }]
  /**
   * A handler or another function of the app threw something unknown. The caller got `INTERNAL` with this correlation id and
   * nothing else of it; where nobody called, `path` names what failed (`context`, `origins`, …) and the id the connection.
   */
  'handler-failed': [{ path: string; identity: string; correlationId: string; error: unknown }]
  'heartbeat-missed': [{ connection: number; identity: string | undefined }]
  'slow-consumer': [{ connection: number; identity: string | undefined; bufferedBytes: number }]
  /** A connection was over its message or byte rate and is read slower for a while. */
  throttled: [{ connection: number; identity: string; waitMs: number }]
  /** Subscribers of a topic on this node were told of a gap. `topic` is its canonical key (P7.2). */
  'topic-gap': [{ topic: string; reason: GapReason; missed: number | undefined }]
  /** A subscriber fell out of live delivery because its socket is full; it reads history until it is back. `topic` is the key. */
  'topic-behind': [{ topic: string; connection: number; bufferedBytes: number }]
  /** The broker failed, or cannot prove any more that what it delivers is all there is. `topic` is the key. */
  'broker-failed': [{ topic: string; error: unknown }]
  /** Whether this node can prove that its topics are current; clients are told too (P6.9). */
  stale: [{ stale: boolean }]
  /** `reauthorize` was called and everything was asked again; what was refused was told by `topic-refused` before. */
  reauthorized: [{ identity: string; sessions: number }]
  /** `authorize` said no, or threw a TrunklineError. `topic` is its path. */
  'topic-refused': [{ topic: string; identity: string; action: string }]
}
