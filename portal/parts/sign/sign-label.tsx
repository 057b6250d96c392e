/** A sign as a shape and a word. */
import { useTranslation } from 'react-i18next'
import type { Line } from '#api/line.ts'
import { signShape, signTone, signWord } from './sign-look.ts'
import { SignShape } from './sign-shape.tsx'

export function SignLabel({ line, asking }: { line: Line; asking: boolean }) {
  const { t } = useTranslation()
  return (
    <span className={`sign tone-${signTone(line, asking)}`} data-sign={signShape(line, asking)}>
      <SignShape shape={signShape(line, asking)} />
      <span className="sign-word">{signWord(line, asking, t)}</span>
    </span>
  )
}
