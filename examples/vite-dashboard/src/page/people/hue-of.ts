import type { CSSProperties } from 'react'

/** Somebody's colour, the same on every page. */
export function hueOf(name: string): CSSProperties {
  let hash = 0
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) % 360
  // React's type lists CSS properties only; it passes custom ones on.
  return { '--hue': hash } as CSSProperties
}
