/** Durations of RFC 3261 §17 and Table 4, in milliseconds. */
const T1 = 500

/** Timer J over UDP: how long a finished server transaction still answers retransmissions. Over a stream it is 0: nothing gets lost there. */
export const timerJ = 64 * T1
