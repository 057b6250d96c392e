/** Durations of RFC 3261 §17 and Table 4, in milliseconds. */
export const T1 = 500
export const T2 = 4000
const T4 = 5000

/** Timer J over UDP: how long a finished server transaction still answers retransmissions. Over a stream it is 0: nothing gets lost there. */
export const timerJ = 64 * T1

/** Timer F: how long a request other than INVITE waits for its final answer. */
export const timerF = 64 * T1
/** Timer K over UDP: how long a finished client transaction still takes in repetitions of its answer. */
export const timerK = T4
