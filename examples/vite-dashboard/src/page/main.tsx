import { QueryClient } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import 'uplot/dist/uPlot.min.css'
import { App } from './app.js'
import './style/colours.css'
import './style/base.css'
import './style/page.css'
import './style/readings.css'
import './style/connection.css'
import './style/alarms.css'
import { client, TrunklineProvider } from './trunkline.js'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root.')

createRoot(root).render(
  <StrictMode>
    <TrunklineProvider client={client} queryClient={new QueryClient()}>
      <App />
    </TrunklineProvider>
  </StrictMode>,
)
