/**
 * The two ways to consume a subscription: by callbacks, and by `for await`.
 *
 * Rule: leaving a loop cancels at the server; items that came before an end or a failure are given first.
 */
import type { TrunklineError } from '@trunkline/core'
import type { Emitter } from './emitter.js'
import type {
  IterateOptions,
  Subscribe,
  Subscription,
  SubscriptionCallbacks,
  SubscriptionHandle,
} from './subscription.js'

/** Starts a subscription whose items go to `onItem`; each is taken when its listener is called. */
export function consumeSubscription(
  subscribe: Subscribe,
  emitter: Emitter,
  path: string,
  input: unknown,
  { onItem, onError, onEnd, onStatus, signal }: Partial<SubscriptionCallbacks<unknown>>,
): SubscriptionHandle {
  let isLeft = false
  const subscription = subscribe(path, input, signal, {
    onReady: () => {
      const item = subscription.take()
      if (item) emitter.guard(path, onItem, item.value)
    },
    onDone: (error) => {
      if (isLeft || signal?.aborted) return
      if (error) emitter.guard(path, onError, error)
      else emitter.guard(path, onEnd)
    },
    onStatus,
  })
  return {
    status: subscription.status,
    unsubscribe: () => {
      isLeft = true
      subscription.unsubscribe()
    },
  }
}

interface Waiter {
  resolve(result: IteratorResult<unknown, undefined>): void
  reject(error: TrunklineError): void
}

/** Gives an iterable; each loop over it is a subscription of its own, which starts with the loop. */
export function iterateSubscription(
  subscribe: Subscribe,
  _emitter: Emitter,
  path: string,
  input: unknown,
  { signal, onStatus }: IterateOptions,
): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const waiters: Waiter[] = []
      let isDone = false
      let error: TrunklineError | undefined
      const give = ({ resolve, reject }: Waiter): boolean => {
        const item = subscription.take()
        if (item) resolve({ done: false, value: item.value })
        else if (!isDone) return false
        else if (error) {
          reject(error)
          // It is thrown once; after that the loop is over.
          error = undefined
        } else resolve({ done: true, value: undefined })
        return true
      }
      const onReady = (): void => {
        while (waiters[0] && give(waiters[0])) waiters.shift()
      }
      const subscription: Subscription = subscribe(path, input, signal, {
        onReady,
        onDone: (problem) => {
          isDone = true
          error = problem
          // A call that is refused at once ends before `subscription` is there; nobody waits for it yet.
          if (waiters.length > 0) onReady()
        },
        onStatus,
      })
      return {
        next: () =>
          new Promise((resolve, reject) => {
            waiters.push({ resolve, reject })
            onReady()
          }),
        return: () => {
          subscription.unsubscribe()
          return Promise.resolve({ done: true, value: undefined })
        },
      }
    },
  }
}
