import { el } from './dom.js'
import type { Person } from './main.js'

/** Asks for a name and a room. */
export function showSignIn(problem: string, onEnter: (person: Person) => void): HTMLElement {
  const name = el('input', { id: 'name', required: true, maxLength: 24 })
  const room = el('input', { id: 'room', required: true, maxLength: 32, value: 'general', autocomplete: 'off' })
  const form = el(
    'form',
    { className: 'card' },
    el('h1', {}, 'Trunkline chat'),
    el('p', {}, 'Pick a name and a room. Open a second tab to be somebody else.'),
    el('label', { htmlFor: 'name' }, 'Your name'),
    name,
    el('label', { htmlFor: 'room' }, 'Room'),
    room,
    el('p', { className: 'problem', role: 'alert' }, problem),
    el('button', { className: 'primary' }, 'Enter'),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const person = { name: name.value.trim(), room: room.value.trim() }
    if (person.name !== '' && person.room !== '') onEnter(person)
  })
  return el('main', { className: 'sign-in' }, form)
}
