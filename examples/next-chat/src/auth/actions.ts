'use server'

import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import * as v from 'valibot'
import { PersonName } from '../chat/room-state'
import { runningChat } from '../chat/running-chat'
import { PASS_COOKIE, PASS_LASTS_MS } from './pass'

/** Signs in under a name and goes to the first room; gives a sentence when the name does not do. */
export async function signIn(_before: string, form: FormData): Promise<string> {
  const { success, output, issues } = v.safeParse(PersonName, form.get('name'))
  if (!success) return issues[0].message
  const isHttps = (await headers()).get('x-forwarded-proto') === 'https'
  const store = await cookies()
  store.set(PASS_COOKIE, runningChat().passes.issue(output), {
    // No script of a page reads it, and no form of another site sends it.
    httpOnly: true,
    sameSite: 'lax',
    // The proxy that ends TLS says so; over plain HTTP a browser would drop a secure cookie.
    secure: isHttps,
    maxAge: PASS_LASTS_MS / 1_000,
  })
  redirect('/rooms/general')
}

export async function signOut(): Promise<void> {
  const store = await cookies()
  store.delete(PASS_COOKIE)
  redirect('/')
}
