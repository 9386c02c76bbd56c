import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Trunkline chat', template: '%s · Trunkline chat' },
  description: 'A chat whose history is in the first paint and stays live from there.',
}

export const viewport: Viewport = {
  // The keyboard of a phone makes the page smaller instead of lying over the composer.
  interactiveWidget: 'resizes-content',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fbfaf7' },
    { media: '(prefers-color-scheme: dark)', color: '#161b1a' },
  ],
}

export default function Layout({ children }: { children: ReactNode }): ReactNode {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
