'use client'

import { type ReactNode, useActionState } from 'react'
import { signIn } from '../auth/actions'
import { Logo } from './logo'
import styles from './sign-in.module.css'

/** Asks for a name. Works before its script has come: it is a form. */
export function SignIn(): ReactNode {
  const [problem, submit, isPending] = useActionState(signIn, '')
  return (
    <main className={styles.page}>
      <form action={submit} className={styles.card}>
        <Logo />
        <h1>Come in</h1>
        <p className={styles.lead}>
          Pick a name. To be somebody else as well, open a private window and pick another one.
        </p>
        <label htmlFor="name">Your name</label>
        <input
          id="name"
          name="name"
          required
          maxLength={24}
          autoComplete="nickname"
          // biome-ignore lint/a11y/noAutofocus: the page has this one field
          autoFocus
          aria-describedby="problem"
          aria-invalid={problem !== ''}
        />
        <p id="problem" role="alert" className={styles.problem}>
          {problem}
        </p>
        <button type="submit" className="primary" disabled={isPending}>
          Enter
        </button>
      </form>
    </main>
  )
}
