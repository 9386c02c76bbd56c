import * as v from 'valibot'
import { WrongAnswerError } from './wrong-answer-error.js'

/** What a client asks of the stream: how many items, and how large the text in each is. */
export interface ItemsInput {
  count: number
  itemBytes: number
}

/** One item of a stream. */
export interface Item {
  seq: number
  symbol: string
  price: number
  data: string
}

export const itemsInputSchema = v.object({ count: v.number(), itemBytes: v.number() })

/** The generator that every peer's server reads from: it never waits, so the peer alone sets the pace. */
export async function* generateItems({ count, itemBytes }: ItemsInput): AsyncGenerator<Item, void, undefined> {
  const data = 'x'.repeat(itemBytes)
  for (let seq = 1; seq <= count; seq++) yield { seq, symbol: 'ACME', price: priceAt(seq), data }
}

/** Checks that a stream's items come once, in order, whole, and that none is missing at the end. */
export class ItemsChecker {
  #lastSeq = 0
  readonly #input: ItemsInput

  constructor(input: ItemsInput) {
    this.#input = input
  }

  get received(): number {
    return this.#lastSeq
  }

  receive(item: Item): void {
    if (item.seq !== this.#lastSeq + 1)
      throw new WrongAnswerError(`stream: item ${item.seq} came after ${this.#lastSeq}`)
    if (item.price !== priceAt(item.seq) || item.data.length !== this.#input.itemBytes) {
      throw new WrongAnswerError(`stream: item ${item.seq} is damaged`)
    }
    this.#lastSeq = item.seq
  }

  end(): void {
    if (this.#lastSeq === this.#input.count) return
    throw new WrongAnswerError(`stream: ended after ${this.#lastSeq} of ${this.#input.count} items`)
  }
}

function priceAt(seq: number): number {
  return 100 + (seq % 1_000) / 100
}
