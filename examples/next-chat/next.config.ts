import type { NextConfig } from 'next'

const config: NextConfig = {
  // Types are checked by `npm run types` at the root, with everything else.
  typescript: { ignoreBuildErrors: true },
  // No badge in the corner while developing: it lies over the composer on a phone.
  devIndicators: false,
  poweredByHeader: false,
  // Browsers ask for it before they have read the page that names another one.
  redirects: async () => [{ source: '/favicon.ico', destination: '/icon.svg', permanent: true }],
}

export default config
