/**
 * Two screens: sign in, then a room. Who signed in is remembered for this tab, so a reload stays in the room.
 */
import { connect } from '../connect.js'
import { showRoom } from './room.js'
import { showSignIn } from './sign-in.js'

export interface Person {
  readonly name: string
  readonly room: string
}

const STORED = 'trunkline-chat'
const socketUrl = `${location.origin.replace(/^http/, 'ws')}/trunkline`

function show(screen: HTMLElement): void {
  document.body.replaceChildren(screen)
  screen.querySelector<HTMLElement>('input, textarea')?.focus()
}

function signIn(problem = ''): void {
  sessionStorage.removeItem(STORED)
  show(showSignIn(problem, enter))
}

function enter(person: Person): void {
  sessionStorage.setItem(STORED, JSON.stringify(person))
  const chat = connect(socketUrl, person.name)
  show(showRoom(chat, person, leave))

  // Closed for good: either we left, or the server refused.
  const stop = chat.connection.on('changed', ({ state, message }) => {
    if (state === 'closed') leave(message)
  })
  function leave(problem?: string): void {
    stop()
    chat.connection.close()
    signIn(problem)
  }
}

const stored = sessionStorage.getItem(STORED)
if (stored === null) signIn()
// Only `enter` writes it.
else enter(JSON.parse(stored) as Person)
