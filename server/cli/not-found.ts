import { DirectoryRefusal } from '../directory/refusal.ts'

/** The refusal for something named on the command line that is not there. */
export function notFoundSentence(what: string): DirectoryRefusal {
  return new DirectoryRefusal('not-found', `There is no ${what}.`)
}
