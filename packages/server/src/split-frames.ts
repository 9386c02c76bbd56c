/**
 * Takes frames that were joined for one message apart again, as text.
 *
 * Not a JSON parser: what goes in was written by this server, and every frame comes out to the letter as it was.
 * Rule: a comma between frames is one that is in no string and in no bracket of a frame.
 */

/** The frames of `[frame,frame]` or `frame,frame`. */
export function splitFrames(joined: string): string[] {
  const frames: string[] = []
  let depth = 0
  let start = 0
  for (let index = joined.startsWith('[') ? 1 : 0; index < joined.length; index++) {
    const unit = joined[index]
    if (unit === '"') index = endOfString(joined, index)
    else if (unit === '{' || unit === '[') {
      if (depth++ === 0) start = index
    } else if (unit === '}' || unit === ']') {
      // The last bracket closes the message and no frame.
      if (--depth === 0) frames.push(joined.slice(start, index + 1))
    }
  }
  return frames
}

/** Where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  let index = start + 1
  while (text[index] !== '"') index += text[index] === '\\' ? 2 : 1
  return index
}
