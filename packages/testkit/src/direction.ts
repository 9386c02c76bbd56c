/** One way through a link: from the client to the server, or back. */
export type Direction = 'toServer' | 'toClient'

/** Both ways; a fault that names no direction applies to these. */
export const BOTH_DIRECTIONS: readonly Direction[] = ['toServer', 'toClient']
