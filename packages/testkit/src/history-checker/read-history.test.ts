import { expect, test } from 'vitest'
import { checkHistory } from './check-history.js'
import { readHistory } from './read-history.js'
import { createRecorder } from './recorder.js'
import { chain, endOf } from './sample-history.js'

const history = chain('abcde').map((entry) => ({ ...entry, payload: '', atMs: 0 }))

test('reads page after page, and judges with what it read', async () => {
  const top = endOf(history)
  const truth = await readHistory(
    {
      read: async (_topic, from) => {
        const after = typeof from === 'object' && 'offset' in from ? from : { epoch: 'e1', offset: 0, tag: '' }
        const entries = history.slice(after.offset, after.offset + 2)
        return { after, entries, gap: undefined, top, oldest: 1 }
      },
    },
    'news?{}',
  )
  expect(truth).toMatchObject({ topic: 'news?{}', top, oldest: 1 })
  const recorder = createRecorder<string>('ada', { idOf: (event) => event })
  recorder.started('start')
  for (const entry of history) recorder.callbacks.onEvent(entry.id, { position: endOf([entry]) })
  expect(checkHistory(truth, [recorder])).toEqual([])
})
