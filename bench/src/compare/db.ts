// db.ts
export interface Message {
  readonly id: string
  readonly text: string
}

const messages: Message[] = []

/** Stands for a database. */
export const db = {
  async add(text: string): Promise<Message> {
    const message = { id: String(messages.length + 1), text }
    messages.push(message)
    return message
  },
  async after(id?: string | null): Promise<Message[]> {
    return messages.slice(Number(id ?? 0))
  },
}
