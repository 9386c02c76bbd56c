/**
 * Seeded randomness for tests: the same seed gives the same run.
 *
 * Not for secrets: xoshiro128** is fast and well spread, and anyone can predict it.
 * Rule: a test draws from one `Random` only, and its seed is printed before the first draw.
 */

/** A stream of pseudo-random values. */
export interface Random {
  /** The seed that gives this stream again. */
  readonly seed: number
  /** A number in [0, 1). */
  next(): number
  /** A whole number between `min` and `max`, both included. */
  int(min: number, max: number): number
  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean
  /** One of the items; throws a RangeError for an empty list. */
  pick<TItem>(items: readonly TItem[]): TItem
  /** A copy of the items in another order. */
  shuffle<TItem>(items: readonly TItem[]): TItem[]
  /** `length` random bytes. */
  bytes(length: number): Uint8Array
}

/** Creates a stream from a seed; only the seed's low 32 bits count. */
export function createRandom(seed: number): Random {
  const draw = xoshiro128(seed >>> 0)
  const next = (): number => draw() / 0x1_0000_0000
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))

  return {
    seed: seed >>> 0,
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('pick needs at least one item')
      // The index is below the length, which is not zero; the element's own type may include undefined.
      return items[int(0, items.length - 1)] as (typeof items)[number]
    },
    shuffle: (items) => {
      const shuffled = [...items]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = int(0, last)
        const moved = shuffled[last] as (typeof items)[number]
        shuffled[last] = shuffled[other] as (typeof items)[number]
        shuffled[other] = moved
      }
      return shuffled
    },
    bytes: (length) => Uint8Array.from({ length }, () => draw() >>> 24),
  }
}

/** Blackman and Vigna's xoshiro128**, returning whole numbers below 2 ** 32. */
function xoshiro128(seed: number): () => number {
  const fill = splitmix32(seed)
  let a = fill()
  let b = fill()
  let c = fill()
  let d = fill()
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
    return result
  }
}

/** Spreads a small seed over the whole state: seeds 1 and 2 must not give streams that look alike. */
function splitmix32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e37_79b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
    return mixed ^ (mixed >>> 16)
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
