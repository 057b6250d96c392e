import { describe, expect, it } from 'vitest'
import { aLine } from '../../live/testing/a-line.ts'
import { startWords } from '../../words/words.ts'
import { tellStory } from './tell-story.ts'

const words = startWords('ja')
const t = words.getFixedT('ja')
const now = new Date(2026, 10, 23, 14, 10).getTime()
const at = (minutes: number) => new Date(now - minutes * 60_000).toISOString()

describe('the story behind a sign', () => {
  it('says an inference as one, and what it rests on', () => {
    const line = aLine({
      sign: 'unregistered',
      state: 'failing',
      cause: {
        code: 'wrong-username',
        count: 37,
        lastAt: at(1),
        evidence: { sent: 'l03', expected: '103', firstAt: at(60), certainty: 'inferred', tie: 'slip' },
      },
    })
    const story = tellStory(line, false, now, 'ja', t)
    expect(story.title).toBe('ユーザー名が違います')
    expect(story.known).toEqual([
      '13:10 から 37回、「l03」というユーザー名で接続しようとした電話機があります。',
      '最後は 1分前 (14:09) です。',
      '正しくは「103」と思われます。',
    ])
    expect(story.basis).toContain('(推定)')
  })

  it('says of a phone that does not answer that it was asked, not that something came from it', () => {
    const cause = { code: 'unreachable', count: 1, lastAt: at(60), evidence: { firstAt: at(60), certainty: 'known' } } as const
    const story = tellStory(aLine({ state: 'unreachable', cause }), false, now, 'ja', t)
    expect(story.basis).toBe('当社からの問い合わせの記録によります(確認済み)。')
  })

  it('never says unknown as unconnected', () => {
    const story = tellStory(aLine({ sign: 'no-data', state: 'no-data' }), false, now, 'ja', t)
    expect(story.title).toBe('状態を取得できません')
    expect(story.known.join('')).toContain('分かりません')
    expect(story.basis).toBe('')
  })

  it('says since when a line is connected, and asks for nothing to be done', () => {
    const story = tellStory(aLine({ since: at(120) }), false, now, 'ja', t)
    expect(story).toMatchObject({ title: '接続されています', do: '' })
    expect(story.known[1]).toBe('2時間前 (12:10) から接続しています。')
  })

  it('tells how old a ✓ is', () => {
    const story = tellStory(aLine({ since: at(120), knownAt: at(3) }), false, now, 'ja', t)
    expect(story.known.at(-1)).toBe('最後の確認は 3分前 (14:07) です。')
  })

  it('says what was last known where nothing is known now', () => {
    const lastKnown = { sign: 'registered', state: 'registered', at: at(3) } as const
    for (const sign of ['no-data', 'ask'] as const) {
      const line = aLine({ sign, state: sign === 'ask' ? 'not-asked' : 'no-data', loginServer: 'sip3', lastKnown })
      expect(tellStory(line, false, now, 'ja', t).known.at(-1)).toBe('3分前 (14:07) の時点では「接続中」でした。')
    }
  })

  it('says of a trunk of this server that it is checked by a click, not that it signs in elsewhere', () => {
    const line = aLine({ type: 'sip-trunk', sign: 'ask', state: 'not-asked' })
    expect(tellStory(line, false, now, 'ja', t).known.join('')).not.toContain('別のログインサーバー')
  })

  it('names the operator in the words of the reader', () => {
    const cause = { code: 'disabled', count: 0, lastAt: null, evidence: { certainty: 'known', by: 'operator' } } as const
    const line = aLine({ sign: 'unregistered', state: 'disabled', since: at(5), cause })
    expect(tellStory(line, false, now, 'ja', t).known).toEqual(['5分前 (14:05) に停止されました。', '停止した人: 運用者'])
  })

  it('names a doubt by its cause', () => {
    const line = aLine({ state: 'unstable', cause: { code: 'unstable', count: 8, lastAt: at(2), evidence: { certainty: 'known' } } })
    expect(tellStory(line, false, now, 'ja', t).known[0]).toBe('この1時間に 8回、接続と切断を繰り返しています。')
  })
})
