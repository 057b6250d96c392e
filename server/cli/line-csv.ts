/** The CSV form of lines: its columns, and a line as a row of it. */

import { type ImportCells, importColumns } from '../directory/imported-row.ts'
import type { Line } from '../directory/line.ts'

export const csvHead = `${importColumns.join(',')}\r\n`

/** Without the password: it leaves the database for phones only. */
export function toCells(line: Line): ImportCells {
  return {
    circle: line.circleNumber,
    number: line.number,
    type: line.type,
    login_server: line.loginServer.name,
    username: line.username,
    password: '',
    name: line.name,
    department: line.department,
    pickup_group: line.pickupGroup,
    extension: line.inbound.extension,
    in_number: line.inbound.number,
    in_kind: line.inbound.kind,
    out_extension: line.outbound.extension,
    out_number: line.outbound.number,
    out_kind: line.outbound.kind,
    note: line.note,
    auth: line.auth,
    ip_address: line.ipAddress,
  }
}

export function csvText(cells: ImportCells): string {
  return `${importColumns.map((column) => quoted(cells[column])).join(',')}\r\n`
}

/** One cell, in quotation marks where it needs them (RFC 4180). */
export function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
