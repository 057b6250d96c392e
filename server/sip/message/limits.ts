/** What a message may be at most. Checked before anything is allocated for it. */
export const limits = {
  /** Bytes of a message: the largest UDP datagram, and as much on a stream. */
  message: 65_535,
  /** Bytes of start line and headers on a stream, while they are still coming. */
  head: 65_535,
  /** Header rows. */
  rows: 200,
  /** Characters of one header row. */
  value: 8_192,
  /** Characters of a Request-URI. */
  uri: 2_048,
  /** Entries of one comma-separated header and parameters of one entry that are read. */
  list: 100,
} as const
