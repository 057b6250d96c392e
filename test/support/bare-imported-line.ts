/** All of an imported line that may be left empty, and that it is a phone which signs in by password. */
import type { ImportedLine } from '../../server/directory/line-import.ts'

export const bareImportedLine = {
  type: 'sip-phone',
  name: '',
  department: '',
  pickupGroup: '',
  extension: '',
  inNumber: '',
  inKind: '',
  outExtension: '',
  outNumber: '',
  outKind: '',
  note: '',
  auth: 'password',
  ipAddress: '',
} as const satisfies Partial<ImportedLine>
