// beside/notes.ts
export interface Note {
  readonly id: string
  readonly text: string
}

const notes: Note[] = []

/** What a procedure does, without the library that calls it. */
export const listNotes = async (): Promise<readonly Note[]> => notes

export const addNote = async (text: string): Promise<Note> => {
  const note = { id: String(notes.length + 1), text }
  notes.push(note)
  return note
}
