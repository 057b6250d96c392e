/** The causes in English: title, what is known (a sentence each), what to do. */
import type { CauseCode } from '#api/line.ts'
import type { CauseWords } from './word-shape.ts'

export const causesEn: Record<CauseCode, CauseWords> = {
  'wrong-password': {
    title: 'The password is wrong',
    known: ['The user name arrives correctly.', 'A wrong password arrived {{times}} since {{first}}.', 'Last attempt: {{last}}.'],
    do: 'Enter the password in the phone again.',
  },
  'old-password': {
    title: 'The phone still uses the old password',
    known: ['It sends the password from before the change.', 'Last attempt: {{last}}.'],
    do: 'Enter the new password in the phone.',
  },
  'password-of-another-line': {
    title: 'The phone has another line’s password',
    known: ['This phone uses the password of line {{expected}}.', 'Last attempt: {{last}}.'],
    do: 'Check whether two settings sheets were swapped.',
  },
  'password-slip': {
    title: 'The password is mistyped',
    known: ['A password that differs only slightly from the right one arrives.', 'Last attempt: {{last}}.'],
    do: 'Enter it again; watch for a space at the end, capital letters, and look-alikes (0 and O, 1 and l).',
  },
  'wrong-username': {
    title: 'The user name is wrong',
    known: [
      'A phone tried to sign in as “{{sent}}” {{times}} since {{first}}.',
      'Last attempt: {{last}}.',
      'Probably meant: “{{expected}}”.',
    ],
    do: 'Set the phone’s user name to “{{expected}}”.',
  },
  'wrong-domain': {
    title: 'The server name is wrong',
    known: ['The phone tries to sign in to “{{sent}}”.', 'It should be “{{expected}}”.'],
    do: 'Correct the server name (SIP domain) in the phone.',
  },
  blocked: {
    title: 'Temporarily blocked',
    known: [
      'After repeated wrong sign-ins, attempts at this line are held off for now.',
      'The block ends by itself: {{until}}.',
      'Only the user name {{sent}} is held off; other phones at the same place are not affected.',
    ],
    do: 'Meanwhile, correct the user name and the password in the phone.',
  },
  disabled: {
    title: 'Switched off',
    known: ['It was switched off {{last}}.', 'Switched off by: {{by}}'],
    do: 'Ask your administrator to switch it on again.',
  },
  cancelled: {
    title: 'Cancelled',
    known: ['The contract of this line has ended.'],
    do: 'If you did not expect this, please contact support.',
  },
  'never-connected': {
    title: 'Never connected yet',
    known: ['No phone has ever signed in to this line.', 'The line was made {{first}}.'],
    do: 'Enter server name, user name and password in the phone, and check its power and network cable.',
  },
  expired: {
    title: 'The phone has fallen silent',
    known: [
      'Last heard {{last}}.',
      'Renewals usually came about every {{period}}.',
      'Other phones connected at the same place: {{neighbours}}.',
    ],
    do: 'Check the power and the network cable of this phone.',
  },
  'signed-off': {
    title: 'The phone signed off',
    known: ['The phone itself signed off {{last}}.', 'It may be restarting, or its settings may have been removed.'],
    do: 'If it does not return within a few minutes, check the phone’s settings.',
  },
  'signed-off-by-portal': {
    title: 'Signed off from this page',
    known: ['The phone was signed off {{last}}.', 'Done by: {{by}}'],
    do: 'Restart the phone to connect it again.',
  },
  unreachable: {
    title: 'Signed in, but it does not answer',
    known: ['It has not answered since {{first}}.', 'Incoming calls may not arrive.'],
    do: 'Check the power of the phone and the settings of the router.',
  },
  unstable: {
    title: 'The connection is unstable',
    known: ['Dropped and returned {{times}} in the last hour.', 'Last drop: {{last}}.'],
    do: 'Check the wireless signal, if it is wireless, and the router’s settings (NAT timeout).',
  },
  'connection-lost': {
    title: 'The connection was lost',
    known: ['The connection broke {{last}} and has not come back.', 'Its transport was {{transport}}.'],
    do: 'Check the power and the network of the phone.',
  },
  'office-offline': {
    title: 'Nothing arrives from the whole office',
    known: ['Nothing has arrived from any phone at this place since {{last}}.'],
    do: 'Check the router and the internet connection.',
  },
  'nat-mangled': {
    title: 'The router rewrites the signalling',
    known: ['The router’s SIP ALG changes what the phone sends.'],
    do: 'Switch off SIP ALG in the router, or connect with TLS.',
  },
  'too-many-contacts': {
    title: 'Too many phones on this line',
    known: ['More phones than allowed try to use this line.', 'Last attempt: {{last}}.'],
    do: 'Remove this line from phones that are no longer used.',
  },
  replaced: {
    title: 'Another phone took over',
    known: ['Since {{last}}, another phone uses this line.'],
    do: 'If you did not expect this, consider changing the password.',
  },
  'tls-refused': {
    title: 'The encrypted connection failed',
    known: ['An encrypted connection (TLS) with the phone could not be set up.', 'Last attempt: {{last}}.'],
    do: 'Check the date, the certificate settings and the firmware of the phone.',
  },
  'ip-mismatch': {
    title: 'It connects from an unknown place',
    known: ['This line may connect only from a fixed IP address.', 'Last attempt: {{last}}.'],
    do: 'If your IP address has changed, please tell support.',
  },
  unsupported: {
    title: 'The phone demands an extension we lack',
    known: ['The phone demands “{{sent}}”.'],
    do: 'Switch this feature off in the phone’s settings.',
  },
  'remote-silent': {
    title: 'The login server does not answer',
    known: [
      'The other login server did not answer our question.',
      'Last asked: {{last}}.',
      'This does not mean that the phone is at fault.',
    ],
    do: 'Please check again in a little while.',
  },
  'server-outage': {
    title: 'This was our outage',
    known: ['Our system was down from {{outageFrom}} to {{outageTo}}.', 'We are waiting for the phone’s next renewal.'],
    do: 'Nothing needs to be changed on the phone.',
  },
}
