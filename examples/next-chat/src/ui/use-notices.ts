import { useEffect, useRef, useState } from 'react'

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
  const newest = useRef(newestMessage)
  newest.current = newestMessage

  useEffect(() => {
    if (names === undefined) return
    const before = here.current
    // Who was there before us did not just come.
    here.current = new Set(isSettling && before !== undefined ? [...before, ...names] : names)
    if (before === undefined) return
    const joined = names.filter((name) => !before.has(name)).map((name) => `${name} joined`)
    const left = [...before].filter((name) => !here.current?.has(name)).map((name) => `${name} left`)
    if (joined.length + left.length === 0) return
    setNotices((known) => {
      const firstId = (known.at(-1)?.id ?? 0) + 1
      const added = [...left, ...joined].map((text, index) => ({ id: firstId + index, text, after: newest.current }))
      return [...known, ...added].slice(-KEPT_NOTICES)
    })
  }, [names, isSettling])
  return notices
}
