// trpc/use-messages.ts
import { useMutation } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { useState } from 'react'
import type { Message } from '../db.js'
import { trpc } from './client.js'

export function useMessages() {
  const [messages, setMessages] = useState<Message[]>([])
  useSubscription(trpc.messages.subscriptionOptions({}, { onData: ({ data }) => setMessages((all) => [...all, data]) }))
  const send = useMutation(trpc.send.mutationOptions())
  return { messages, send: send.mutate }
}
