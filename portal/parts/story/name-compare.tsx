/** The wrong name above the right one, with the differing characters marked and named. */
import { useTranslation } from 'react-i18next'
import { characterName, type NamePiece, nameDifference } from './name-difference.ts'

function Pieces({ pieces, mark }: { pieces: NamePiece[]; mark: 'bad' | 'right' }) {
  return (
    <code className="name-code">
      {pieces.map((piece, at) =>
        piece.different ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one name never move
          <mark key={at} className={mark}>
            {piece.text === ' ' || piece.text === '' ? '\u00a0' : piece.text}
          </mark>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one name never move
          <span key={at}>{piece.text}</span>
        ),
      )}
    </code>
  )
}

export function NameCompare({ sent, right }: { sent: string; right: string }) {
  const { t } = useTranslation()
  const difference = nameDifference(sent, right)
  const differing = difference.sent.filter((piece) => piece.different).length
  function names(pieces: NamePiece[], absent: string): string {
    if (differing > 3) return ''
    return pieces
      .filter((piece) => piece.different)
      .map((piece) => (piece.text === '' ? absent : characterName(piece.text, t)))
      .filter((name) => name !== '')
      .join(' / ')
  }
  return (
    <dl className="name-compare">
      <dt>{t('story.sent')}</dt>
      <dd>
        <Pieces pieces={difference.sent} mark="bad" /> <span className="soft">{names(difference.sent, t('story.missing'))}</span>
      </dd>
      <dt>{t('story.right')}</dt>
      <dd>
        <Pieces pieces={difference.right} mark="right" /> <span className="soft">{names(difference.right, t('character.extra'))}</span>
      </dd>
    </dl>
  )
}
