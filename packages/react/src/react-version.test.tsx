// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider, useQueryClient } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import { version } from 'react'
import { version as domVersion } from 'react-dom'
import { expect, test } from 'vitest'

// These tests run twice, under React 18 and 19: vitest.config.ts. Two Reacts in one run would prove neither.
test('everything here has the one React that this run is for', () => {
  const major = process.env['REACT_MAJOR']
  expect(version.split('.')[0]).toBe(major)
  expect(domVersion).toBe(version)
  const queryClient = new QueryClient()
  function Probe() {
    return <p>{useQueryClient() === queryClient ? 'one React' : 'two Reacts'}</p>
  }
  render(
    <QueryClientProvider client={queryClient}>
      <Probe />
    </QueryClientProvider>,
  )
  expect(screen.getByText('one React')).toBeTruthy()
})
