/** What the settings make of the registrar's rules and of its answers. */
import type { Config } from '../config/config.ts'
import { expiryJitter } from '../registrar/expiry-jitter.ts'
import { Gruus } from '../registrar/gruu.ts'
import type { RegistrarNeeds } from '../registrar/register.ts'
import type { ReplyNeeds } from '../registrar/reply.ts'
import { pooled, type Random } from '../runtime/random.ts'
import type { SipPorts } from './role-messages.ts'

export type RegistrarConfig = Pick<
  Config,
  | 'domain'
  | 'domainAliases'
  | 'expiresMin'
  | 'expiresDefault'
  | 'expiresMax'
  | 'natExpires'
  | 'expiresJitter'
  | 'strictCseq'
  | 'serviceRoute'
  | 'flowTimer'
>

type Rules =
  | 'realm'
  | 'realms'
  | 'domains'
  | 'ownPorts'
  | 'gruus'
  | 'expiresMin'
  | 'expiresDefault'
  | 'expiresMax'
  | 'natExpires'
  | 'strictCSeq'
  | 'shorten'

export interface RegistrarSettings {
  rules: Pick<RegistrarNeeds, Rules>
  answers: Omit<ReplyNeeds, 'nonces'>
  /** The sockets are open: what points to these ports points to us. */
  opened(ports: SipPorts): void
}

/** `domains`: names and addresses that are ours but for the aliases. `gruuKey`: 32 bytes, the same after a restart. */
export function registrarSettings(
  config: RegistrarConfig,
  domains: ReadonlySet<string>,
  gruuKey: Buffer,
  random: Random,
): RegistrarSettings {
  const realm = config.domain.toLowerCase()
  const ownPorts = new Set<number>()
  const gruus = new Gruus(gruuKey, realm, pooled(random).bytes)
  const { expiresMin, expiresDefault, expiresMax, natExpires, strictCseq, serviceRoute, flowTimer } = config
  return {
    rules: {
      realm,
      realms: new Set(config.domainAliases),
      domains: new Set([...domains, ...config.domainAliases]),
      ownPorts,
      gruus,
      expiresMin,
      expiresDefault,
      expiresMax,
      natExpires,
      strictCSeq: strictCseq,
      shorten: expiryJitter(config.expiresJitter, (below) => random.below(below)),
    },
    answers: { realm, gruus, serviceRoute, flowTimer },
    opened(ports) {
      for (const port of Object.values(ports)) if (port > 0) ownPorts.add(port)
    },
  }
}
