/** The colours of charts. A canvas knows no CSS variables, so they are read from the style sheet, per theme. */
export interface Palette {
  readonly line: string
  readonly fill: string
  readonly over: string
  readonly overFill: string
  readonly limit: string
  readonly grid: string
  readonly text: string
}

let palette: Palette | undefined
const listeners = new Set<() => void>()

/** The colours of the theme that is shown now. */
export function currentPalette(): Palette {
  palette ??= readPalette()
  return palette
}

/** Calls back when the theme has changed; returns what ends it. */
export function watchPalette(onChanged: () => void): () => void {
  listeners.add(onChanged)
  return () => listeners.delete(onChanged)
}

/** To be called when the theme has changed. */
export function refreshPalette(): void {
  palette = undefined
  for (const listener of listeners) listener()
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refreshPalette)

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string): string => style.getPropertyValue(`--chart-${name}`).trim()
  return {
    line: read('line'),
    fill: read('fill'),
    over: read('over'),
    overFill: read('over-fill'),
    limit: read('limit'),
    grid: read('grid'),
    text: read('text'),
  }
}
