/** Other people's SIP programs and a browser, from Debian, for the tests that need them. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'

/** Package and what the tests use it for. */
const wanted = {
  chromium: 'the portal in a real browser',
  'fonts-noto-cjk': 'Japanese on screenshots',
  'sip-tester': 'SIPp, registrations as others write them',
  sipsak: 'a small SIP client',
  faketime: 'a clock that is set while the program runs',
  sipvicious: 'a scanner, to show that it learns nothing',
  'baresip-core': 'a real softphone',
  openssl: 'certificates, and a TLS peer for tests',
  kamailio: 'the registrar that ours is measured against',
}

/** Installs what is missing where it may (Debian, root); else says what is missing and goes on. Tests that need it name it as the reason they are skipped. */
export function ensureDebianPackages() {
  if (!existsSync('/usr/bin/dpkg') || !existsSync('/usr/bin/apt-get')) {
    console.log('Not a Debian system: tests that need chromium, SIPp, sipsak, baresip or kamailio run only if these are on the path.')
    return
  }
  const missing = Object.keys(wanted).filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  if (process.getuid?.() !== 0) {
    console.log(`Missing Debian packages: ${missing.map((name) => `${name} (${wanted[name]})`).join(', ')}.`)
    console.log(`Tests that need them are skipped. To have them: sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`)
    return
  }
  console.log(`Installing Debian packages for the tests: ${missing.map((name) => `${name} (${wanted[name]})`).join(', ')}…`)
  const failed = withoutServices(() => apt(['update']) ?? apt(['install', '-y', '--no-install-recommends', ...missing]))
  if (failed) console.log(`apt-get could not install them, so the tests that need them are skipped. It said: ${failed}`)
}

function isInstalled(name) {
  const answer = spawnSync('dpkg', ['-s', name], { encoding: 'utf8' })
  return answer.status === 0 && answer.stdout.includes('Status: install ok installed')
}

/** Undefined when it went well, else the last thing it said. */
function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const done = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=60', ...args], { encoding: 'utf8', env, timeout: 300_000 })
  if (done.status === 0) return undefined
  const words = `${done.stdout}\n${done.stderr}`.trim().split('\n')
  return done.error?.message ?? words.at(-1) ?? `apt-get ${args[0]} ended with ${done.status}`
}

/** Packages that bring a service (kamailio) must not start it: it would take the SIP port. */
function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return work()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return work()
  } finally {
    rmSync(policy, { force: true })
  }
}
