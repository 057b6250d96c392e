/** The sample customers: a company with two circles and lines of every type, and how the phone of each behaves. */
import type { NewLine } from '../server/directory/directory-writer.ts'

/** What the sample phone of a line does; '' for a line without one. */
export type PhoneHabit = 'steady' | 'wrong-password' | 'mistyped-name' | 'goes-silent' | 'on-and-off' | 'flapping' | 'never' | ''

export interface SampleLine extends Omit<NewLine, 'circle'> {
  number: string
  habit: PhoneHabit
  /** The phone's name for itself. */
  phone?: string
}

export interface SampleCircle {
  number: string
  name: string
  department: string
  person: string
  lines: SampleLine[]
}

export interface SampleAccount {
  login: string
  name: string
  circles: SampleCircle[]
}

const yealink = 'Yealink SIP-T46S 66.86.0.15'
const grandstream = 'Grandstream GXP2170 1.0.11.79'
const panasonic = 'Panasonic-KX-HDV230/12.110'
const snom = 'snomD785/10.1.184.15'

function end(extension: string, number: string, kind: string) {
  return { extension, number, kind }
}

export const sampleLoginServer = { name: 'sip3', kind: 'kamailio', url: 'https://sip3.example.jp/RPC', domain: 'sip3.example.jp' } as const

export const sampleAccounts: readonly SampleAccount[] = [
  {
    login: 'osaka-foods',
    name: '大阪フーズ株式会社',
    circles: [
      {
        number: '0312345678',
        name: '大阪本社',
        department: '総務部',
        person: '山田 花子',
        lines: [
          {
            number: '05012341001',
            type: 'sip-phone',
            name: '受付',
            department: '総務部',
            inbound: end('201', '03-1234-5601', '代表'),
            outbound: end('201', '03-1234-5601', '通知'),
            habit: 'steady',
            phone: yealink,
          },
          {
            number: '05012341002',
            type: 'sip-phone',
            name: '経理',
            department: '経理部',
            inbound: end('202', '03-1234-5602', '直通'),
            outbound: end('202', '03-1234-5600', '代表通知'),
            note: '代表と同じ',
            habit: 'steady',
            phone: yealink,
          },
          {
            number: '05012341003',
            type: 'sip-phone',
            name: '会議室A',
            department: '総務部',
            inbound: end('203', '', ''),
            outbound: end('203', '03-1234-5600', '代表通知'),
            habit: 'mistyped-name',
            phone: yealink,
          },
          {
            number: '05012341004',
            type: 'smartphone',
            name: '倉庫',
            department: '物流部',
            inbound: end('204', '', ''),
            outbound: end('204', '03-1234-5600', '代表通知'),
            habit: 'flapping',
            phone: 'Acrobits Groundwire/7.0',
          },
          {
            number: '05012341005',
            type: 'sip-trunk',
            name: '本社PBX',
            department: '情報システム',
            inbound: end('', '03-1234-5610', 'ダイヤルイン'),
            outbound: end('', '03-1234-5610', '通知'),
            note: '10ch',
            habit: 'steady',
            phone: 'Asterisk PBX 20.9.3',
          },
          {
            number: '05012341006',
            type: 'forward',
            name: '夜間転送',
            department: '総務部',
            inbound: end('299', '', ''),
            note: '090-0000-1234',
            habit: '',
          },
          {
            number: '05012341007',
            type: 'sip-phone',
            name: '応接',
            department: '総務部',
            inbound: end('205', '', ''),
            outbound: end('205', '03-1234-5600', '代表通知'),
            habit: 'wrong-password',
            phone: panasonic,
          },
          {
            number: '05012341008',
            type: 'sip-phone',
            name: '営業1',
            department: '営業部',
            inbound: end('211', '03-1234-5611', '直通'),
            outbound: end('211', '03-1234-5611', '通知'),
            habit: 'steady',
            phone: grandstream,
          },
          {
            number: '05012341009',
            type: 'sip-phone',
            name: '営業2',
            department: '営業部',
            inbound: end('212', '03-1234-5612', '直通'),
            outbound: end('212', '03-1234-5612', '通知'),
            habit: 'steady',
            phone: grandstream,
          },
          {
            number: '05012341010',
            type: 'sip-phone',
            name: '営業3',
            department: '営業部',
            inbound: end('213', '03-1234-5613', '直通'),
            outbound: end('213', '03-1234-5613', '通知'),
            habit: 'goes-silent',
            phone: grandstream,
          },
          {
            number: '05012341011',
            type: 'softphone',
            name: '佐藤 PC',
            department: '営業部',
            inbound: end('214', '', ''),
            outbound: end('214', '03-1234-5600', '代表通知'),
            habit: 'on-and-off',
            phone: 'MicroSIP/3.21.6',
          },
          {
            number: '05012341012',
            type: 'video-phone',
            name: '役員会議室',
            department: '役員室',
            inbound: end('230', '', ''),
            outbound: end('230', '', ''),
            habit: 'steady',
            phone: 'Polycom RealPresence Trio',
          },
          {
            number: '05012341013',
            type: 'sip-phone-campaign',
            name: '特設窓口',
            department: '営業部',
            inbound: end('240', '0120-000-111', 'フリーダイヤル'),
            outbound: end('240', '0120-000-111', '通知'),
            habit: 'steady',
            phone: snom,
          },
          {
            number: '05012341014',
            type: 'sip-trunk-2',
            name: '工場PBX',
            department: '情報システム',
            inbound: end('', '03-1234-5620', 'ダイヤルイン'),
            outbound: end('', '03-1234-5620', '通知'),
            auth: 'ip',
            ipAddress: '203.0.113.20',
            note: 'IPアドレス認証',
            habit: '',
          },
          { number: '05012341015', type: 'conference', name: '会議室', department: '', inbound: end('700', '', ''), habit: '' },
          { number: '05012341016', type: 'ivr', name: '自動応答', department: '', inbound: end('710', '03-1234-5600', '代表'), habit: '' },
        ],
      },
      {
        number: '0661234567',
        name: '神戸支店',
        department: '支店',
        person: '鈴木 一郎',
        lines: [
          {
            number: '07812342001',
            type: 'sip-phone',
            name: '支店代表',
            department: '支店',
            inbound: end('301', '078-123-4501', '代表'),
            outbound: end('301', '078-123-4501', '通知'),
            habit: 'steady',
            phone: panasonic,
          },
          {
            number: '07812342002',
            type: 'sip-phone',
            name: '支店長',
            department: '支店',
            inbound: end('302', '', ''),
            outbound: end('302', '078-123-4501', '代表通知'),
            habit: 'steady',
            phone: panasonic,
          },
          {
            number: '07812342003',
            type: 'sip-phone',
            name: '店舗',
            department: '店舗',
            inbound: end('303', '', ''),
            outbound: end('303', '078-123-4501', '代表通知'),
            habit: 'never',
          },
          {
            number: '07812342004',
            type: 'smartphone',
            name: '外回り',
            department: '営業',
            pickupGroup: '1',
            loginServer: 'sip3',
            inbound: end('304', '', ''),
            outbound: end('304', '078-123-4501', '代表通知'),
            habit: '',
          },
          { number: '07812342005', type: 'outbound-forward', name: '発信転送', department: '', habit: '' },
          { number: '07812342006', type: 'from-call', name: '逆転送', department: '', habit: '' },
          { number: '07812342007', type: 'mobile', name: '社用携帯', department: '営業', inbound: end('', '070-0000-1111', ''), habit: '' },
          { number: '07812342008', type: 'other', name: 'FAX', department: '', habit: '' },
        ],
      },
    ],
  },
  {
    login: 'kyoto-tea',
    name: '京都茶舗',
    circles: [
      {
        number: '0751112222',
        name: '本店',
        department: '',
        person: '井上 茂',
        lines: [
          {
            number: '07511120001',
            type: 'sip-phone',
            name: 'レジ横',
            department: '',
            inbound: end('11', '', ''),
            habit: 'steady',
            phone: yealink,
          },
        ],
      },
    ],
  },
]
