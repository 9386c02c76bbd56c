/** The app behind the design's example: what its handlers call. */
interface User {
  id: string
  name: string
}
interface Message {
  id: string
  from: string
  text: string
  at: Date
}

const rooms = new Map<string, Message[]>()

export const db = {
  list: async (room: string): Promise<Message[]> => rooms.get(room) ?? [],
  add: async (user: User, input: { room: string; text: string }): Promise<Message> => {
    const messages = rooms.get(input.room) ?? []
    rooms.set(input.room, messages)
    const message = { id: String(messages.length + 1), from: user.id, text: input.text, at: new Date() }
    messages.push(message)
    return message
  },
}

export function canAccess(user: User, room: string, _action: string): boolean {
  return room !== 'secret' || user.id === 'ada'
}

export function isMuted(user: User): boolean {
  return user.id === 'mallory'
}

export async function* quotes(symbol: string, signal: AbortSignal): AsyncGenerator<{ price: number; at: Date }> {
  for (let price = symbol.length; !signal.aborted; price++) yield { price, at: new Date() }
}

export async function verify(token: string | undefined): Promise<{ sub: string; exp: number }> {
  if (token === undefined || !token.startsWith('fake-token-of-')) throw new Error('The token is not known.')
  return { sub: token.slice('fake-token-of-'.length), exp: Date.now() / 1000 + 3_600 }
}

export const users = { get: (id: string): User => ({ id, name: id.toUpperCase() }) }
