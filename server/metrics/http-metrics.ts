/** What the portal's door measures of itself, in a registry of its own. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface HttpMetrics {
  /** Seconds a request took; `route` is the pattern, never the address as sent. */
  requests: Histogram<'method' | 'route' | 'status'>
  signIns: Counter<'as' | 'result'>
  streams: Gauge
  /** Prometheus text, ending in a line break. */
  text(): Promise<string>
}

export function openHttpMetrics(): HttpMetrics {
  const registry = new Registry()
  const registers = [registry]
  new Gauge({
    name: 'regista_web_memory_bytes',
    help: 'Resident memory of the process',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  return {
    requests: new Histogram({
      name: 'regista_http_request_seconds',
      help: 'Time to answer an HTTP request',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 3],
      registers,
    }),
    signIns: new Counter({
      name: 'regista_portal_sign_ins_total',
      help: 'Tries to sign in to the portal',
      labelNames: ['as', 'result'],
      registers,
    }),
    streams: new Gauge({ name: 'regista_status_streams', help: 'Open status streams', registers }),
    text: () => registry.metrics(),
  }
}
