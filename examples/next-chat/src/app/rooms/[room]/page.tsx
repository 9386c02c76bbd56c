import type { Metadata } from 'next'
import { notFound, redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import * as v from 'valibot'
import { currentPass } from '../../../auth/current-pass'
import { RoomName } from '../../../chat/room-state'
import { runningChat } from '../../../chat/running-chat'
import { Room } from '../../../ui/room'

interface Props {
  readonly params: Promise<{ room: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `#${(await params).room}` }
}

export default async function Page({ params }: Props): Promise<ReactNode> {
  const pass = await currentPass()
  if (pass === undefined) redirect('/')
  const { room } = await params
  if (!v.is(RoomName, room)) notFound()
  const initial = await runningChat().callAs(pass.name).room.snapshot({ room })
  return <Room key={room} name={room} me={pass.name} initial={initial} />
}
