import { useLayoutEffect, useState } from 'react'
import { refreshPalette } from './readings/palette.js'

const THEMES = ['auto', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]

/** Lets a person choose between the system's theme, the light and the dark one. */
export function ThemeButton(): React.ReactNode {
  const [theme, setTheme] = useState<Theme>(
    () => THEMES.find((each) => each === localStorage.getItem('theme')) ?? 'auto',
  )
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme
    localStorage.setItem('theme', theme)
    refreshPalette()
  }, [theme])
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto'
  return (
    <button type="button" className="theme" onClick={() => setTheme(next)} aria-label={`Theme: ${theme}`}>
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        <circle cx="10" cy="10" r="7.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
        {theme === 'auto' && <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />}
        {theme === 'dark' && <circle cx="10" cy="10" r="7" fill="currentColor" />}
      </svg>
      <span>{theme}</span>
    </button>
  )
}
