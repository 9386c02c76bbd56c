import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { currentPass } from '../auth/current-pass'
import { SignIn } from '../ui/sign-in'

export default async function Page(): Promise<ReactNode> {
  if ((await currentPass()) !== undefined) redirect('/rooms/general')
  return <SignIn />
}
