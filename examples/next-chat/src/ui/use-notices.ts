import { useEffect, useEffectEvent, useRef, useState } from 'react'

/** A line in the conversation that nobody said: who came and who went. */
export interface Notice {
  readonly id: number
  readonly text: string
  /** The message after which it happened; `undefined` when there was none. */
  readonly after: string | undefined
}

const KEPT_NOTICES = 50

/**
 * Tells who came and went while this page watched.
 *
 * @param names - who is there beside this person; `undefined` while that is not known.
 * @param isSettling - the connection was just away: the others may be coming back as well, and have not left until they
 *   are still missing when this is over.
 */
export function useNotices(
  names: readonly string[] | undefined,
  isSettling: boolean,
  newestMessage: string | undefined,
): readonly Notice[] {
  const [notices, setNotices] = useState<readonly Notice[]>([])
  const here = useRef<ReadonlySet<string> | undefined>(undefined)
  // What it stands below is what is shown when it happens; that this changes tells nothing by itself.
  const add = useEffectEvent((texts: readonly string[]) => {
    const after = newestMessage
    setNotices((known) => {
      const firstId = (known.at(-1)?.id ?? 0) + 1
      return [...known, ...texts.map((text, index) => ({ id: firstId + index, text, after }))].slice(-KEPT_NOTICES)
    })
  })

  useEffect(() => {
    if (names === undefined) return
    const before = here.current
    // Who was there before us did not just come.
    here.current = new Set(isSettling && before !== undefined ? [...before, ...names] : names)
    if (before === undefined) return
    const joined = names.filter((name) => !before.has(name)).map((name) => `${name} joined`)
    const left = [...before].filter((name) => !here.current?.has(name)).map((name) => `${name} left`)
    if (joined.length + left.length > 0) add([...left, ...joined])
  }, [names, isSettling])
  return notices
}
