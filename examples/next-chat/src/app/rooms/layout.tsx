import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { currentPass } from '../../auth/current-pass'
import { runningChat } from '../../chat/running-chat'
import { ChatProvider } from '../../ui/chat-provider'
import { RoomList } from '../../ui/room-list'
import styles from './layout.module.css'

export default async function Layout({ children }: { children: ReactNode }): Promise<ReactNode> {
  const pass = await currentPass()
  if (pass === undefined) redirect('/')
  return (
    <ChatProvider>
      <div className={styles.shell}>
        <RoomList me={pass.name} initialRooms={runningChat().rooms()} />
        {children}
      </div>
    </ChatProvider>
  )
}
