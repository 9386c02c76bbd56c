// orpc/use-messages.ts
import { useMutation, useQuery } from '@tanstack/react-query'
import { orpc } from './client.js'

export function useMessages() {
  const messages = useQuery(orpc.messages.experimental_streamedOptions({ context: { retry: Infinity } }))
  const send = useMutation(orpc.send.mutationOptions())
  return { messages: messages.data ?? [], send: send.mutate }
}
