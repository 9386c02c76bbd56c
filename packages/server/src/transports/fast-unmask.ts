/**
 * Unmasking of large messages by words instead of bytes.
 *
 * Clients mask what they send (RFC 6455, 5.3), and without a native helper `ws` undoes it byte by byte, which is half of
 * the cost of receiving 1 MB. Not an option of `ws`: this hooks into its receiver.
 * Rule: nothing of that receiver is taken on trust. The hook is used only after a receiver of the same class has read a
 * masked message through it rightly; otherwise `ws` goes on by itself.
 */
import * as http from 'node:http'

/** The part of the receiver of `ws` that reads payloads: private there, so every member is checked before it is used. */
interface Receiver {
  readonly constructor: new (options: { isServer: boolean }) => Receiver
  consume(length: number): Uint8Array
  on(event: 'message', listener: (data: unknown) => void): void
  write(chunk: Uint8Array): void
  _mask: Uint8Array | undefined
  readonly _masked: boolean
  readonly _payloadLength: number
  readonly _state: number
}

/** The receiver's state in which `consume` gives a whole payload. */
const GET_DATA = 4
/** Below this the views cost more than they save. */
const MIN_BYTES = 256
/** A mask that changes nothing: `ws` leaves the payload as it is. */
const NO_MASK = new Uint8Array(4)

const trusted = new WeakMap<object, boolean>()

/**
 * Lets a socket of `ws` unmask by words from the next message on.
 *
 * @returns whether it does: false where `ws` is not what it was, or has a native helper of Node's.
 */
export function unmaskFast(webSocket: object): boolean {
  const receiver = (webSocket as { readonly _receiver?: unknown })._receiver
  if ('websocketUnmask' in http || !isReceiver(receiver)) return false
  const { constructor: owner } = receiver
  let isTrusted = trusted.get(owner)
  if (isTrusted === undefined) {
    isTrusted = readsRightly(owner)
    trusted.set(owner, isTrusted)
  }
  if (isTrusted) hook(receiver)
  return isTrusted
}

/** XORs `bytes` with the four bytes of `mask` again and again, as RFC 6455, 5.3 says. */
export function unmask(bytes: Uint8Array, mask: Uint8Array): void {
  const { buffer, byteOffset, length } = bytes
  if (length < 8) return unmaskBytes(bytes, mask, 0, length)
  // Words must be aligned in their buffer; what is before the first and behind the last one goes by bytes.
  const start = -byteOffset & 3
  const words = new Int32Array(buffer, byteOffset + start, (length - start) >> 2)
  // The mask as it stands at the first word, in this machine's byte order.
  const key =
    new Int32Array(Uint8Array.from({ length: 4 }, (_, index) => mask[(start + index) & 3] ?? 0).buffer)[0] ?? 0
  unmaskBytes(bytes, mask, 0, start)
  for (let index = 0; index < words.length; index++) (words[index] as number) ^= key
  unmaskBytes(bytes, mask, start + words.length * 4, length)
}

function unmaskBytes(bytes: Uint8Array, mask: Uint8Array, from: number, to: number): void {
  for (let index = from; index < to; index++) (bytes[index] as number) ^= mask[index & 3] as number
}

function hook(receiver: Receiver): void {
  const { consume } = receiver
  receiver.consume = function (length: number): Uint8Array {
    const bytes = consume.call(this, length)
    const mask = this._mask
    if (length >= MIN_BYTES && this._state === GET_DATA && this._masked && length === this._payloadLength && mask) {
      unmask(bytes, mask)
      this._mask = NO_MASK
    }
    return bytes
  }
}

function isReceiver(receiver: unknown): receiver is Receiver {
  return (
    typeof receiver === 'object' &&
    receiver !== null &&
    ['consume', '_mask', '_masked', '_payloadLength', '_state'].every((name) => name in receiver)
  )
}

/** Reads one masked message, split in the middle, through a hooked receiver. */
function readsRightly(Owner: Receiver['constructor']): boolean {
  const payload = Uint8Array.from({ length: MIN_BYTES + 3 }, (_, index) => index)
  const mask = [1, 2, 3, 255]
  const frame = Buffer.from([
    0x82,
    0x80 | 126,
    payload.length >> 8,
    payload.length & 255,
    ...mask,
    ...payload.map((byte, index) => byte ^ (mask[index & 3] ?? 0)),
  ])
  let received: unknown
  try {
    const receiver = new Owner({ isServer: true })
    receiver.on('message', (data) => {
      received = data
    })
    hook(receiver)
    receiver.write(frame.subarray(0, 100))
    receiver.write(frame.subarray(100))
  } catch {
    return false
  }
  return received instanceof Uint8Array && Buffer.compare(received, payload) === 0
}
