/** Spreads the renewals of phones that all came in the same moment, so that they do not all come back in the same moment. */

/**
 * Takes up to `percent` of a hundred off what is granted, by chance; `below`: a whole number, 0 ≤ n < its argument. Never below `least`, never
 * more than `seconds`.
 */
export function expiryJitter(percent: number, below: (limit: number) => number): (seconds: number, least: number) => number {
  if (percent === 0) return (seconds) => seconds
  return (seconds, least) => {
    const most = Math.floor((seconds * percent) / 100)
    return most === 0 ? seconds : Math.max(seconds - below(most + 1), least)
  }
}
