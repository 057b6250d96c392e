/*
 * A whole town of phones that come back in the same second, for test/soak/avalanche.soak.ts: each sends again by timer E and F of RFC 3261
 * (§17.1.2.2), and when that fails tries anew after the time that phones of its make wait. Many stand behind one address, as in offices.
 *
 *   avalanche-load HOST PORT DOMAIN PHONES ADDRESSES
 *
 * Phone N is u<N> with the password pw<N>; ADDRESSES offices of unequal size lie at 127.1.0.0 and up. Commands come on stdin, one a line,
 * each is answered by one line of JSON:
 *
 *   cold SECONDS               every phone starts within one second and knows no nonce; ends when all are signed in, at the latest after SECONDS
 *   warm SECONDS               the same, with the nonce it had: what a restart of the server looks like
 *   calm SECONDS               the same without the second: the starts are spread over PHONES/4000 seconds
 *   flood RATE RENEWALS SECONDS   RATE first requests a second from everywhere that nobody goes on with, beside RENEWALS renewals a second
 *
 * Build: cc -O2 -o avalanche-load avalanche-load.c -lcrypto
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { batch = 64, packet_size = 1400, nonce_size = 64, sockets = 8, slots = 1 << 16, tick_ms = 2, curve_size = 4096, histogram_size = 20000 };
/* ms: RFC 3261 timers. */
enum { t1 = 500, t2 = 4000, timer_f = 64 * t1 };
enum state { resting, asking, proving, signed_in };

/* How long a make waits when a registration failed, in ms: after no answer, 403, and any other; all obey Retry-After. Shares in percent. */
static const struct make {
  const char *name;
  int share, retry, jitter, most, forbidden, other, first_at_once;
} makes[] = {
    {"yealink", 30, 30000, 0, 0, 30000, 30000, 0},      {"grandstream", 15, 20000, 0, 0, 1200000, 20000, 0},
    {"spa", 10, 30000, 0, 0, 1200000, 1200000, 0},      {"snom", 10, 300000, 60000, 0, 300000, 300000, 0},
    {"panasonic", 10, 10000, 0, 0, 10000, 10000, 0},    {"mitel", 5, 120000, 0, 0, 120000, 120000, 0},
    {"pjsip", 10, 300000, 20000, 0, 300000, 300000, 1}, {"asterisk", 5, 60000, 0, 0, 100000000, 60000, 0},
    {"bria", 5, 20000, 0, 1800000, 20000, 20000, 0},
};
enum { make_count = sizeof makes / sizeof *makes };

struct phone {
  char ha1[33], nonce[nonce_size];
  uint32_t source, count, cseq;
  int64_t due, begun, asked_at;
  int32_t next, before, slot; /* of the wheel; slot -1: in none */
  int interval, failures;
  uint8_t make, state;
};

static struct phone *phones;
static int users, socks[sockets], ports[sockets], queued[sockets];
static int32_t wheel[slots];
static int64_t wheel_at; /* ticks */
static const char *domain;
static char ha2[33];
static EVP_MD_CTX *md5;
static struct sockaddr_in server;
static char to_send[sockets][batch][packet_size], received[batch][packet_size], controls[sockets][batch][64];
static struct mmsghdr out[sockets][batch], in[batch];
static struct iovec out_parts[sockets][batch], in_parts[batch];
static long sent, again, timeouts, wrong, came, codes[700], curve[curve_size], make_done[make_count];
static int64_t make_last[make_count], begun_at, last_at;
static int done;
static long histogram[histogram_size], renewed;
static uint64_t seed = 88172645463325252ull;

static uint32_t chance(void) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return seed >> 16;
}

static int64_t clock_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void md5_hex(const char *text, size_t length, char *hex) {
  static const char digits[] = "0123456789abcdef";
  unsigned char digest[16];
  EVP_DigestInit_ex(md5, NULL, NULL);
  EVP_DigestUpdate(md5, text, length);
  EVP_DigestFinal_ex(md5, digest, NULL);
  for (int i = 0; i < 16; i++) hex[2 * i] = digits[digest[i] >> 4], hex[2 * i + 1] = digits[digest[i] & 15];
  hex[32] = 0;
}

static void flush(int which) {
  for (int from = 0; from < queued[which];) {
    int n = sendmmsg(socks[which], out[which] + from, queued[which] - from, 0);
    if (n > 0) from += n;
    else if (errno != EINTR) from++; /* lost: the phone sends again */
  }
  queued[which] = 0;
}

/* Room for one packet from this address. */
static char *packet_from(int which, uint32_t source) {
  struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(source)};
  memcpy(CMSG_DATA((struct cmsghdr *)controls[which][queued[which]]), &info, sizeof info);
  return to_send[which][queued[which]];
}

static void packet_ready(int which, size_t length) {
  out_parts[which][queued[which]].iov_len = length;
  sent++;
  if (++queued[which] == batch) flush(which);
}

static void write_request(int user, int proof) {
  struct phone *phone = &phones[user];
  int which = user % sockets;
  char *start = packet_from(which, phone->source), *p = start, ip[16];
  struct in_addr address = {htonl(phone->source)};
  inet_ntop(AF_INET, &address, ip, sizeof ip);
  p += sprintf(p,
               "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK-%x-%x;rport\r\nMax-Forwards: 70\r\n"
               "From: \"Desk %d\" <sip:u%d@%s>;tag=a%x\r\nTo: \"Desk %d\" <sip:u%d@%s>\r\nCall-ID: %d_town@%s\r\nCSeq: %u REGISTER\r\n"
               "Contact: <sip:u%d@%s:%d>\r\n",
               domain, ip, ports[which], user, phone->cseq, user, user, domain, user, user, user, domain, user, ip, phone->cseq, user, ip,
               ports[which]);
  if (proof) {
    char text[320], response[33];
    int length = sprintf(text, "%s:%s:%08x:%08x:auth:%s", phone->ha1, phone->nonce, phone->count, user * 2654435761u, ha2);
    md5_hex(text, length, response);
    p += sprintf(p,
                 "Authorization: Digest username=\"u%d\", realm=\"%s\", nonce=\"%s\", uri=\"sip:%s\", response=\"%s\", algorithm=MD5, "
                 "cnonce=\"%08x\", qop=auth, nc=%08x\r\n",
                 user, domain, phone->nonce, domain, response, user * 2654435761u, phone->count);
  }
  p += sprintf(p, "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REFER\r\nUser-Agent: %s\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n",
               makes[phone->make].name);
  packet_ready(which, p - start);
}

static void plan(int user, int64_t due) {
  struct phone *phone = &phones[user];
  if (phone->slot >= 0) {
    if (phone->before >= 0) phones[phone->before].next = phone->next;
    else wheel[phone->slot] = phone->next;
    if (phone->next >= 0) phones[phone->next].before = phone->before;
  }
  phone->due = due;
  int64_t tick = due / tick_ms;
  if (tick <= wheel_at) tick = wheel_at + 1;
  /* Further than the wheel reaches: looked at again when it comes round. */
  phone->slot = tick % slots;
  phone->before = -1;
  phone->next = wheel[phone->slot];
  if (phone->next >= 0) phones[phone->next].before = user;
  wheel[phone->slot] = user;
}

/* A new transaction. */
static void ask(int user, int64_t now) {
  struct phone *phone = &phones[user];
  int proof = phone->nonce[0] != 0;
  phone->cseq++;
  if (proof) phone->count++;
  phone->state = proof ? proving : asking;
  phone->asked_at = now;
  phone->interval = t1;
  write_request(user, proof);
  plan(user, now + t1);
}

static void failed(int user, int64_t now, int wait) {
  struct phone *phone = &phones[user];
  const struct make *make = &makes[phone->make];
  phone->state = resting;
  phone->failures++;
  if (make->most > 0 && phone->failures > 1) {
    for (int i = 1; i < phone->failures && wait < make->most; i++) wait *= 2;
    if (wait > make->most) wait = make->most;
  }
  if (make->first_at_once && phone->failures == 1) wait = 0;
  if (make->jitter > 0) wait += (int)(chance() % make->jitter) - make->jitter / 2;
  plan(user, now + wait);
}

/* A time of the phone has come: it asks for the first time, again, or gives up. */
static void come_due(int user, int64_t now) {
  struct phone *phone = &phones[user];
  if (phone->state == signed_in) return;
  if (now < phone->due) return plan(user, phone->due);
  if (phone->state == resting) ask(user, now);
  else if (now - phone->asked_at >= timer_f) {
    timeouts++;
    failed(user, now, makes[phone->make].retry);
  } else {
    again++;
    write_request(user, phone->state == proving);
    phone->interval = phone->interval * 2 > t2 ? t2 : phone->interval * 2;
    int64_t over = phone->asked_at + timer_f;
    plan(user, now + phone->interval < over ? now + phone->interval : over);
  }
}

static void sign_in(int user, int64_t now) {
  struct phone *phone = &phones[user];
  phone->state = signed_in;
  done++;
  last_at = now;
  int64_t second = (now - begun_at) / 1000;
  curve[second < curve_size ? second : curve_size - 1]++;
  make_done[phone->make]++;
  make_last[phone->make] = now - begun_at;
}

static void answered(char *text, int64_t now, int flooding) {
  char *call_id = strstr(text, "\r\nCall-ID: "), *cseq = strstr(text, "\r\nCSeq: ");
  if (strncmp(text, "SIP/2.0 ", 8) != 0 || call_id == NULL || cseq == NULL || strncmp(call_id + 11, "flood", 5) == 0) return;
  int user = atoi(call_id + 11), status = atoi(text + 8);
  if (user < 0 || user >= users || status < 200 || status >= 700) return;
  struct phone *phone = &phones[user];
  if (strtoul(cseq + 8, NULL, 10) != phone->cseq || (phone->state != asking && phone->state != proving)) return;
  codes[status]++;
  const struct make *make = &makes[phone->make];
  if (status == 200) {
    if (flooding) {
      int64_t took = now - phone->begun;
      histogram[took < histogram_size ? took : histogram_size - 1]++;
      renewed++;
      phone->state = signed_in;
    } else sign_in(user, now);
    return;
  }
  char *retry_after = strstr(text, "\r\nRetry-After: "), *nonce = strstr(text, "nonce=\"");
  if (status == 401 && nonce != NULL) {
    int stale = strstr(text, "stale=true") != NULL;
    if (phone->state == proving && !stale) {
      /* The password is right: so the server holds this address or name for somebody bad. */
      wrong++;
      phone->nonce[0] = 0;
      failed(user, now, make->retry);
      return;
    }
    char *end = strchr(nonce + 7, '"');
    if (end == NULL || end - nonce - 7 >= nonce_size) return;
    memcpy(phone->nonce, nonce + 7, end - nonce - 7);
    phone->nonce[end - nonce - 7] = 0;
    phone->count = 0;
    ask(user, now);
  } else if ((status == 503 || status == 500) && retry_after != NULL) {
    phone->state = resting;
    plan(user, now + atoi(retry_after + 15) * 1000ll + chance() % 1000);
  } else failed(user, now, status == 403 ? make->forbidden : make->other);
}

static void turn_wheel(int64_t now) {
  for (; wheel_at < now / tick_ms;) {
    wheel_at++;
    int32_t user = wheel[wheel_at % slots];
    wheel[wheel_at % slots] = -1;
    while (user >= 0) {
      int32_t next = phones[user].next;
      phones[user].slot = -1;
      come_due(user, now);
      user = next;
    }
  }
}

static void read_all(int64_t now, int wait_ms, int flooding) {
  struct pollfd ready[sockets];
  for (int i = 0; i < sockets; i++) flush(i), ready[i] = (struct pollfd){socks[i], POLLIN, 0};
  if (poll(ready, sockets, wait_ms) <= 0) return;
  for (int i = 0; i < sockets; i++) {
    if ((ready[i].revents & POLLIN) == 0) continue;
    int n = recvmmsg(socks[i], in, batch, MSG_DONTWAIT, NULL);
    now = clock_ms();
    for (int k = 0; k < n; k++) {
      received[k][in[k].msg_len] = 0;
      came++;
      answered(received[k], now, flooding);
    }
  }
}

static void reset(int64_t now) {
  sent = again = timeouts = wrong = came = renewed = 0;
  done = 0;
  memset(codes, 0, sizeof codes), memset(curve, 0, sizeof curve), memset(histogram, 0, sizeof histogram);
  memset(make_done, 0, sizeof make_done), memset(make_last, 0, sizeof make_last);
  for (int i = 0; i < slots; i++) wheel[i] = -1;
  for (int i = 0; i < users; i++) phones[i].slot = -1;
  wheel_at = now / tick_ms;
  begun_at = last_at = now;
}

static void tell_codes(void) {
  printf("\"codes\":{");
  for (int code = 0, told = 0; code < 700; code++)
    if (codes[code] > 0) printf("%s\"%d\":%ld", told++ ? "," : "", code, codes[code]);
  printf("}");
}

static void avalanche(const char *kind, double seconds) {
  int64_t now = clock_ms();
  reset(now);
  int within = strcmp(kind, "calm") == 0 ? users / 4 + 1 : 1000;
  for (int user = 0; user < users; user++) {
    struct phone *phone = &phones[user];
    phone->state = resting;
    phone->failures = 0;
    if (strcmp(kind, "cold") == 0) phone->nonce[0] = 0;
    plan(user, now + chance() % within);
  }
  while (done < users && now - begun_at < seconds * 1000) {
    turn_wheel(now);
    read_all(now, 1, 0);
    now = clock_ms();
  }
  printf("{\"kind\":\"%s\",\"phones\":%d,\"signedIn\":%d,\"seconds\":%.2f,\"sent\":%ld,\"received\":%ld,\"again\":%ld,\"timeouts\":%ld,"
         "\"wrong\":%ld,",
         kind, users, done, (last_at - begun_at) / 1000.0, sent, came, again, timeouts, wrong);
  tell_codes();
  printf(",\"makes\":{");
  for (int i = 0; i < make_count; i++) printf("%s\"%s\":%.2f", i ? "," : "", makes[i].name, make_last[i] / 1000.0);
  printf("},\"curve\":[");
  for (int64_t second = 0; second <= (last_at - begun_at) / 1000 && second < curve_size; second++) printf("%s%ld", second ? "," : "", curve[second]);
  printf("]}\n");
}

static void flood_once(long number) {
  int which = number % sockets;
  uint32_t source = 0x7f020000u + chance() % 60000;
  char *start = packet_from(which, source);
  int length = sprintf(start,
                       "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP 127.2.0.1:%d;branch=z9hG4bKf%lx;rport\r\nMax-Forwards: 70\r\n"
                       "From: <sip:%u@%s>;tag=f%lx\r\nTo: <sip:%u@%s>\r\nCall-ID: flood%lx@127.2.0.1\r\nCSeq: 1 REGISTER\r\n"
                       "Contact: <sip:%u@127.2.0.1:5060>\r\nUser-Agent: flood\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n",
                       domain, ports[which], number, chance() % 100000, domain, number, chance() % 100000, domain, number, chance() % 100000);
  packet_ready(which, length);
}

static double percentile(double share) {
  long reached = 0;
  for (int i = 0; i < histogram_size; i++)
    if ((reached += histogram[i]) > renewed * share) return i + 1;
  return -1;
}

static void flood(long rate, long renewals, double seconds) {
  int64_t now = clock_ms();
  reset(now);
  long flooded = 0, begun = 0, unanswered = 0;
  int user = 0;
  while (now - begun_at < seconds * 1000) {
    int64_t passed = now - begun_at;
    for (int burst = 0; flooded < rate * passed / 1000 && burst < 512; burst++) flood_once(flooded++);
    for (int tried = 0; begun < renewals * passed / 1000 && tried < users; tried++, user = (user + 1) % users) {
      if (phones[user].state == asking || phones[user].state == proving) continue;
      begun++;
      phones[user].begun = now;
      ask(user, now);
    }
    turn_wheel(now);
    read_all(now, 0, 1);
    now = clock_ms();
  }
  for (int64_t until = now + 1500; now < until; now = clock_ms()) turn_wheel(now), read_all(now, 1, 1);
  for (int i = 0; i < users; i++) unanswered += phones[i].state == asking || phones[i].state == proving;
  printf("{\"kind\":\"flood\",\"flooded\":%ld,\"answered\":%ld,\"renewals\":%ld,\"renewed\":%ld,\"unanswered\":%ld,\"again\":%ld,\"wrong\":%ld,"
         "\"p50\":%.0f,\"p99\":%.0f,\"most\":%.0f,",
         flooded, came - renewed, begun, renewed, unanswered, again, wrong, percentile(0.5), percentile(0.99), percentile(0.99999));
  tell_codes();
  printf("}\n");
}

/* Offices of 1 to 500 phones, most of them small. */
static void move_in(int addresses) {
  int office = 0, left = 0;
  char text[256];
  for (int user = 0; user < users; user++) {
    if (left-- == 0) {
      office = (office + 1) % addresses;
      uint32_t kind = chance() % 100;
      left = kind < 60 ? chance() % 10 : kind < 95 ? chance() % 60 : chance() % 500;
    }
    struct phone *phone = &phones[user];
    phone->source = 0x7f010000u + (office / 250) * 256 + office % 250 + 1;
    int share = chance() % 100;
    for (phone->make = 0; share >= makes[phone->make].share; phone->make++) share -= makes[phone->make].share;
    md5_hex(text, sprintf(text, "u%d:%s:pw%d", user, domain, user), phone->ha1);
  }
}

static void open_socket(int which) {
  struct sockaddr_in any = {.sin_family = AF_INET};
  socklen_t size = sizeof any;
  int room = 32 << 20, s = socket(AF_INET, SOCK_DGRAM, 0);
  if (setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0) setsockopt(s, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  setsockopt(s, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  if (s < 0 || bind(s, (struct sockaddr *)&any, size) != 0 || getsockname(s, (struct sockaddr *)&any, &size) != 0) perror("socket"), exit(2);
  socks[which] = s;
  ports[which] = ntohs(any.sin_port);
  for (int i = 0; i < batch; i++) {
    struct cmsghdr *control = (struct cmsghdr *)controls[which][i];
    *control = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
    out_parts[which][i].iov_base = to_send[which][i];
    out[which][i].msg_hdr = (struct msghdr){.msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &out_parts[which][i], .msg_iovlen = 1,
                                            .msg_control = control, .msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo))};
  }
}

int main(int count, char **words) {
  if (count != 6) {
    fprintf(stderr, "usage: avalanche-load HOST PORT DOMAIN PHONES ADDRESSES\n");
    return 2;
  }
  domain = words[3];
  users = atoi(words[4]);
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(words[2]))};
  if (inet_pton(AF_INET, words[1], &server.sin_addr) != 1 || users < 1 || atoi(words[5]) < 1) return 2;
  md5 = EVP_MD_CTX_new();
  EVP_DigestInit_ex(md5, EVP_md5(), NULL);
  char text[256];
  md5_hex(text, sprintf(text, "REGISTER:sip:%s", domain), ha2);
  phones = calloc(users, sizeof *phones);
  move_in(atoi(words[5]));
  for (int i = 0; i < sockets; i++) open_socket(i);
  for (int i = 0; i < batch; i++) {
    in_parts[i] = (struct iovec){received[i], packet_size - 1};
    in[i].msg_hdr = (struct msghdr){.msg_iov = &in_parts[i], .msg_iovlen = 1};
  }
  setvbuf(stdout, NULL, _IOLBF, 1 << 16);
  char line[128], kind[16];
  double one, two, three;
  while (fgets(line, sizeof line, stdin) != NULL) {
    int found = sscanf(line, "%15s %lf %lf %lf", kind, &one, &two, &three);
    if (found == 2) avalanche(kind, one);
    else if (found == 4 && strcmp(kind, "flood") == 0) flood(one, two, three);
    else return 2;
  }
  return 0;
}
