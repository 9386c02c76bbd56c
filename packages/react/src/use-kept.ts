import { useState } from 'react'

/**
 * What `make` gave for these values; made anew when one of them is another.
 *
 * Not `useMemo`, which may forget: Fast Refresh makes everything anew after each edit of a component, whose state it keeps,
 * and what forgets its place in a history tells that state everything twice.
 */
export function useKept<TMade>(make: () => TMade, of: readonly unknown[]): TMade {
  const [kept, keep] = useState(() => ({ of, made: make() }))
  if (of.every((each, index) => Object.is(each, kept.of[index]))) return kept.made
  const next = { of, made: make() }
  // In the render, as React has it for state that depends on props: it renders once more, and nothing of before is shown.
  keep(next)
  return next.made
}
