/** A value that JSON carries as it is. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** Makes a nested document of about 64 kB as JSON: 210 orders with lines, addresses and flags. */
export function makeDocument(): Json {
  return { version: 3, orders: Array.from({ length: 210 }, (_, index) => makeOrder(index)) }
}

function makeOrder(index: number): Json {
  return {
    id: `order-${index}`,
    paid: index % 3 === 0,
    total: index * 12.5,
    note: index % 5 === 0 ? null : `Leave it at the door, number ${index}`,
    customer: {
      id: index * 7,
      name: `Customer ${index}`,
      address: { street: 'Main Street', number: index, city: 'Springfield' },
    },
    lines: [
      { sku: `sku-${index}-a`, count: 1 + (index % 4), price: 9.99 },
      { sku: `sku-${index}-b`, count: 2, price: 4.5 },
    ],
  }
}

/** One record of the document with values that JSON cannot carry. */
export interface RichRecord {
  id: string
  createdAt: Date
  seenAt: Map<string, Date>
  counts: Map<string, number>
  text: string
}

/** Makes a document with 200 Dates and 200 Maps among plain values, about 20 kB. */
export function makeRichDocument(): RichRecord[] {
  return Array.from({ length: 100 }, (_, index) => ({
    id: `record-${index}`,
    createdAt: new Date(1_700_000_000_000 + index * 60_000),
    seenAt: new Map([['ada', new Date(1_700_000_000_000 + index)]]),
    counts: new Map([
      ['likes', index],
      ['replies', index * 2],
    ]),
    text: `The text of record ${index}, some forty characters of it`,
  }))
}

/** Makes `length` bytes that do not repeat in a short period. */
export function makeBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) bytes[index] = (index * 31 + (index >> 8)) & 0xff
  return bytes
}
