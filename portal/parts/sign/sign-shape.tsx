/** The shapes of the signs. They differ without colour; their name is always said beside them, so they are silent by themselves. */
import type { ReactNode } from 'react'
import { useMarks } from '../../live/use-lines.ts'
import type { SignShape as Shape } from './sign-look.ts'

function Drawing({ children, turning }: { children: ReactNode; turning?: boolean }) {
  return (
    <svg
      className={turning ? 'sign-shape turning' : 'sign-shape'}
      viewBox="0 0 20 20"
      width="20"
      height="20"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  )
}

function Check() {
  return (
    <>
      <circle cx="10" cy="10" r="8.5" fill="currentColor" />
      <path d="M6 10.4l2.8 2.8L14 7.6" className="on-fill" />
    </>
  )
}

function Ring() {
  return <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" strokeWidth="2.6" />
}

export function SignShape({ shape }: { shape: Shape }) {
  const round = useMarks() === 'round'
  switch (shape) {
    case 'registered':
      return <Drawing>{round ? <Ring /> : <Check />}</Drawing>
    case 'doubt':
      return (
        <Drawing>
          <g className="doubted">{round ? <Ring /> : <Check />}</g>
          <path d="M15.4 9.6l5.6 10.2H9.8z" className="doubt-mark" />
          <path d="M15.4 13v3M15.4 18v.1" className="doubt-dash" />
        </Drawing>
      )
    case 'unregistered':
      return (
        <Drawing>
          {!round && <rect x="2" y="2" width="16" height="16" rx="3.2" className="outline" />}
          <path d={round ? 'M4 4l12 12M16 4L4 16' : 'M6.7 6.7l6.6 6.6M13.3 6.7l-6.6 6.6'} className="stroke" />
        </Drawing>
      )
    case 'not-needed':
      return (
        <Drawing>
          <path d="M5 10h10" className="stroke" />
        </Drawing>
      )
    case 'ask':
      return (
        <Drawing>
          <circle cx="10" cy="10" r="8" className="outline dotted" />
          <path d="M7.7 8a2.4 2.4 0 1 1 3.6 2.1c-.9.5-1.3 1-1.3 1.8" className="stroke thin" />
          <circle cx="10" cy="14.4" r="1.1" fill="currentColor" />
        </Drawing>
      )
    case 'asking':
      return (
        <Drawing turning>
          <circle cx="10" cy="10" r="7.5" className="outline faint" />
          <path d="M10 2.5a7.5 7.5 0 0 1 7.5 7.5" className="stroke" />
        </Drawing>
      )
    case 'no-data':
      return (
        <Drawing>
          <circle cx="10" cy="10" r="7" className="outline" />
          <path d="M4.4 15.6L15.6 4.4" className="stroke thin" />
        </Drawing>
      )
  }
}
