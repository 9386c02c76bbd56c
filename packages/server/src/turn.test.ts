import { expect, test } from 'vitest'
import { Turn } from './turn.js'

const turned = () => new Promise<void>((resolve) => setImmediate(resolve))

test('P6.10: at the end of a turn connections flush their own frames, then topics hand out events', async () => {
  const turn = new Turn()
  const log: string[] = []
  turn.afterConnections(() => log.push('topic'))
  turn.flushConnection({ flush: () => log.push('connection') })
  expect(log).toEqual([])
  await turned()
  expect(log).toEqual(['connection', 'topic'])
})

test('what is asked for while a turn ends comes with the next one', async () => {
  const turn = new Turn()
  const log: number[] = []
  turn.afterConnections(() => {
    log.push(1)
    turn.afterConnections(() => log.push(2))
  })
  await turned()
  expect(log).toEqual([1])
  await turned()
  expect(log).toEqual([1, 2])
})
