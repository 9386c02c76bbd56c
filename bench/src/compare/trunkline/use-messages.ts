// trunkline/use-messages.ts
import { upsertBy } from '@trunkline/client'
import { api } from './client.js'

export function useMessages() {
  const messages = api.messages.useLive({}, { reduce: upsertBy((message) => message.id) })
  const send = api.send.useMutation()
  return { messages: messages.data ?? [], send: send.mutate }
}
