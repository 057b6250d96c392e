/** Twenty times kill -9 under full load, and a few more where a power cut must be survived: no promise is broken, nobody is challenged anew. */
import { type KillRound, killRounds, quietPort } from '../support/kill-rounds.ts'
import { openProgram } from '../support/open-program.ts'

let red = false
for (const [durability, kills] of [
  ['crash', 20],
  ['power', 5],
] as const) {
  const program = await openProgram({ environment: { REGISTA_DURABILITY: durability, REGISTA_SIP_PORT: quietPort() } })
  try {
    await killRounds(program, { kills, phones: 5000, window: 256, over: (round) => tell(durability, round) })
  } finally {
    await program.end()
  }
}
if (red) process.exitCode = 1

function tell(
  durability: string,
  { answered, challengedBefore, promised, open, broken, renewedMs, challenged, refused, complete }: KillRound,
): void {
  console.log(
    `${durability}: ${answered} answered, ${challengedBefore} challenged, killed; of ${promised} promises ${broken.length} broken; all renewed in ${Math.round(renewedMs)} ms, ` +
      `${challenged} challenged, ${refused} refused, ${open} without an answer`,
  )
  for (const sentence of broken.slice(0, 5)) console.error(sentence)
  if (broken.length > 0 || challenged > 0 || !complete) red = true
}
