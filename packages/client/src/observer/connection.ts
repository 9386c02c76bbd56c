import type { Connection } from '../connection.js'
import type { ConnectionStatus } from '../connection-status.js'
import type { Observer } from './observer.js'

/** A server has no connection: until it is known to be otherwise, neither has its page. */
const IDLE: ConnectionStatus = { state: 'idle' }

/** Observes where a connection stands. */
export function observeConnection(connection: Connection): Observer<ConnectionStatus> {
  return {
    initial: IDLE,
    get: () => connection.status,
    subscribe: (listener) => connection.on('changed', () => listener()),
  }
}
