/**
 * Keys that the platform's own `JSON.parse` may take for others: nodejs/node#63785, in Node 24 (V8 13.6) and later.
 *
 *     JSON.parse('{"a":0,"\\\\":0}')
 *     Object.keys(JSON.parse('{"a":0,"\\"":0}')) // ['a', '\\'] instead of ['a', '"']
 *
 * Where all objects of a shape went on with one key before, that key is taken if what stands in the text begins with it
 * and is as long once its escapes are read. So it needs a key with a backslash and then one that is written with one.
 *
 * Not a thing that a codec could mend without a parser of its own. Rule: where `JSON.parse` is right, nothing is left out.
 */

/** Whether a generated value had better not have this key here. */
export function isMisreadHere(key: string): boolean {
  return misreads && JSON.stringify(key) !== `"${key}"`
}

const misreads = readAfter('\\', '"') !== '"'

/** The key that is read where another one was read before, in objects of a shape that nothing else has. */
export function readAfter(before: string, key: string): string | undefined {
  const shape = `${before} ${key}`
  const textWith = (second: string): string => JSON.stringify({ [shape]: 0, [second]: 0 })
  JSON.parse(textWith(before))
  return Object.keys(JSON.parse(textWith(key)) as object)[1]
}
