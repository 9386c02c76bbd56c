import { expect, test } from 'vitest'
import { tracked } from './handler.js'

test('a tracked item holds its id and its value', () => {
  expect(tracked('7', { price: 1 })).toEqual({ '~tracked': '7', value: { price: 1 } })
})
