/** Ends the block of a line before its time, after a second look; nothing for lines that are not blocked, or that the reader may not free. */
import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Ban } from '#api/ban.ts'
import type { Line } from '#api/line.ts'
import { bansQuery, liftBan } from '../../live/queries.ts'

export function LiftButton({ line }: { line: Line }) {
  const blocked = line.state === 'blocked'
  const bans = useQuery({ ...bansQuery, enabled: blocked })
  const own = bans.data?.items.filter(({ lines, mayLift }) => mayLift && lines.includes(line.number)) ?? []
  return blocked && own.length > 0 ? <Lift bans={own} /> : null
}

function Lift({ bans }: { bans: readonly Ban[] }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [step, setStep] = useState<'offered' | 'asked' | 'lifting' | 'failed'>('offered')
  const lift = () => {
    setStep('lifting')
    // The row itself changes by the stream, as soon as the block is gone.
    Promise.all(bans.map(({ id }) => liftBan(id)))
      .then(() => client.invalidateQueries({ queryKey: bansQuery.queryKey }))
      .catch(() => setStep('failed'))
  }
  if (step === 'offered' || step === 'failed') {
    return (
      <>
        <Button variant="default" onClick={() => setStep('asked')}>
          {t('story.lift')}
        </Button>
        {step === 'failed' && (
          <p role="alert" className="story-fault">
            {t('story.liftFailed')}
          </p>
        )}
      </>
    )
  }
  return (
    <fieldset className="story-ask">
      <legend>{t('story.liftAsk', { from: bans.map(({ address }) => address).join(', ') })}</legend>
      <Button onClick={lift} loading={step === 'lifting'} autoFocus>
        {t('story.liftYes')}
      </Button>
      <Button variant="default" onClick={() => setStep('offered')} disabled={step === 'lifting'}>
        {t('story.liftNo')}
      </Button>
    </fieldset>
  )
}
