import { cookies } from 'next/headers'
import { runningChat } from '../chat/running-chat'
import { PASS_COOKIE, type Pass } from './pass'

/** Who asks for a page; `undefined` when nobody is signed in. */
export async function currentPass(): Promise<Pass | undefined> {
  // First: it tells Next that this page is made anew for each request, and never at the build, where no chat runs.
  const cookie = (await cookies()).get(PASS_COOKIE)?.value
  return runningChat().passes.read(cookie)
}
