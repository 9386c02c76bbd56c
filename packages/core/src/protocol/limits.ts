/**
 * Protocol-wide sizes that both sides must agree on.
 *
 * Not the server's configurable limits (they are told in `welcome`); these are constants of `trunkline.1`.
 * Rule: every number has its unit in its name and a clause in spec/PROTOCOL.md section 10.
 */

/** The WebSocket subprotocols this package speaks, newest first. */
export const SUBPROTOCOLS: readonly string[] = ['trunkline.1']
/** A coalesced message is closed when it reaches this many UTF-16 units, or the next frame would pass it (P2.6). */
export const MAX_COALESCED_BYTES = 65_536
/** Most frames in one message, in both directions (P2.1, P2.6). */
export const MAX_FRAMES_PER_MESSAGE = 256
/** Most bytes of the `hello` message (P3.1). */
export const MAX_HELLO_BYTES = 8_192
/** Most bytes the server holds for a connection between `hello` and `welcome` (P3.3). */
export const MAX_HELD_BYTES = 65_536
/** Most messages the server holds for a connection between `hello` and `welcome` (P3.3). */
export const MAX_HELD_MESSAGES = 1_024
/** Most bytes of session frames a side keeps for resuming; past it the oldest are let go (P4.2). */
export const MAX_RETAINED_BYTES = 262_144
/** A side acknowledges after receiving this many bytes of session frames, or … (P3.8). */
export const ACK_AFTER_BYTES = 65_536
/** … with the first session frame received this long after its last acknowledgement (P3.8). */
export const ACK_AFTER_MS = 1_000
/** Items of one subscription that may be on their way, not yet taken by the consumer (P5.5). */
export const WINDOW_ITEMS = 256
/** Bytes of items of one subscription that may be on their way; one item is always allowed (P5.5). */
export const WINDOW_BYTES = 262_144
/** Bytes of items of all subscriptions of one session that may be on their way (P5.5). */
export const SESSION_WINDOW_BYTES = 1_048_576
/** Bad frames after which the connection is closed with BAD_MESSAGE (P2.9). */
export const MAX_BAD_FRAMES = 16
/** Most bytes of a topic's canonical key in UTF-8 (P7.2). */
export const MAX_TOPIC_KEY_BYTES = 256
/** Most UTF-16 units of a member's encoded state (P5.11). */
export const MAX_STATE_BYTES = 4_096
/** Most members that are listed; what others do changes only the count (P6.13, P6.14). */
export const MAX_LISTED_MEMBERS = 200
/** Most UTF-16 units of a path (P5.1). */
export const MAX_PATH_LENGTH = 256
/** Most UTF-16 units of an idempotency key and of a `lastEventId` (P5.6, P5.8). */
export const MAX_KEY_LENGTH = 256
/** Default time a call may take, in milliseconds; a frame without `timeoutMs` means this (P5.1). */
export const DEFAULT_TIMEOUT_MS = 30_000
/** Longest `timeoutMs`: one day (P5.1). */
export const MAX_TIMEOUT_MS = 86_400_000
