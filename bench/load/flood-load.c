/*
 * A flood of REGISTERs that nobody vouches for, over loopback, each from another address of 127.0.0.0/8: which of them a packet comes
 * from is chosen packet by packet (IP_PKTINFO), so one socket plays them all.
 *
 *   flood-load PORT DOMAIN PACKETS ADDRESSES RATE [SEED]
 *
 * Of twenty packets ten carry no credentials, six a digest for an invented nonce, one is garbage, and three ask for a challenge whose
 * answer they wait for and then guess: those addresses are proven. Every packet names another user. RATE is packets a second.
 * Prints one line of JSON. Build: cc -O2 -o flood-load flood-load.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 32
#define SIZE 1400

static const char *domain;
static int fd;
static struct sockaddr_in server;
static uint16_t own_port;
static uint64_t state = 88172645463325252ull;
static uint64_t sent, guesses, answers;

static uint64_t chance(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

/* 127.16.0.0 and what follows. */
static uint32_t address(uint32_t at) { return htonl(0x7f100000u + at); }

struct packet {
  char text[SIZE];
  char control[CMSG_SPACE(sizeof(struct in_pktinfo))];
  struct iovec io;
};
static struct packet out[BATCH];
static struct mmsghdr heads[BATCH];
static int waiting;

static void put(uint32_t from, int length) {
  struct packet *p = &out[waiting];
  struct msghdr *h = &heads[waiting].msg_hdr;
  p->io = (struct iovec){p->text, (size_t)length};
  memset(h, 0, sizeof *h);
  h->msg_name = &server;
  h->msg_namelen = sizeof server;
  h->msg_iov = &p->io;
  h->msg_iovlen = 1;
  h->msg_control = p->control;
  h->msg_controllen = sizeof p->control;
  struct cmsghdr *c = CMSG_FIRSTHDR(h);
  c->cmsg_level = IPPROTO_IP;
  c->cmsg_type = IP_PKTINFO;
  c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
  struct in_pktinfo info = {.ipi_ifindex = 0, .ipi_spec_dst.s_addr = from};
  memcpy(CMSG_DATA(c), &info, sizeof info);
  waiting++;
}

static void flush(void) {
  int done = 0;
  while (done < waiting) {
    int n = sendmmsg(fd, heads + done, (unsigned)(waiting - done), 0);
    if (n <= 0) {
      perror("sendmmsg");
      exit(1);
    }
    done += n;
  }
  sent += (uint64_t)waiting;
  waiting = 0;
}

/* `mark` tells in the Call-ID whether the answer is waited for. */
static int write_register(char *to, uint32_t from, char mark, const char *nonce) {
  char ip[16];
  inet_ntop(AF_INET, &from, ip, sizeof ip);
  unsigned long user = (unsigned long)(chance() % 10000000);
  unsigned long long a = chance(), b = chance();
  int length = snprintf(to, SIZE,
    "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%u;branch=z9hG4bK%016llx;rport\r\nMax-Forwards: 70\r\n"
    "From: <sip:x%07lu@%s>;tag=%08llx\r\nTo: <sip:x%07lu@%s>\r\nCall-ID: %c%016llx@%s\r\nCSeq: 1 REGISTER\r\n"
    "Contact: <sip:x%07lu@%s:%u>\r\nExpires: 600\r\nUser-Agent: flood %llu\r\n",
    domain, ip, own_port, a, user, domain, b & 0xffffffff, user, domain, mark, b, ip, user, ip, own_port, b % 1000);
  if (nonce != NULL)
    length += snprintf(to + length, (size_t)(SIZE - length),
      "Authorization: Digest username=\"x%07lu\", realm=\"%s\", nonce=\"%s\", uri=\"sip:%s\", response=\"%016llx%016llx\", "
      "algorithm=MD5, cnonce=\"c\", qop=auth, nc=00000001\r\n", user, domain, nonce, domain, a, b);
  return length + snprintf(to + length, (size_t)(SIZE - length), "Content-Length: 0\r\n\r\n");
}

static void one(uint64_t number, uint32_t addresses) {
  uint32_t from = address((uint32_t)(chance() % addresses));
  char *to = out[waiting].text;
  unsigned kind = number % 20;
  if (kind < 10) put(from, write_register(to, from, 'n', NULL));
  else if (kind < 16) {
    char nonce[51];
    for (int i = 0; i < 50; i++) nonce[i] = "0123456789abcdef"[chance() & 15];
    nonce[50] = 0;
    put(from, write_register(to, from, 'i', nonce));
  } else if (kind == 16) {
    int length = 20 + (int)(chance() % 600);
    for (int i = 0; i < length; i++) to[i] = (char)chance();
    put(from, length);
  } else put(from, write_register(to, from, 'g', NULL));
}

/* Reads what has come, and answers the challenges that are waited for. */
static void drain(void) {
  static char texts[BATCH][SIZE];
  static char controls[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
  static struct mmsghdr in[BATCH];
  static struct iovec ios[BATCH];
  for (int i = 0; i < BATCH; i++) {
    ios[i] = (struct iovec){texts[i], SIZE - 1};
    memset(&in[i].msg_hdr, 0, sizeof in[i].msg_hdr);
    in[i].msg_hdr.msg_iov = &ios[i];
    in[i].msg_hdr.msg_iovlen = 1;
    in[i].msg_hdr.msg_control = controls[i];
    in[i].msg_hdr.msg_controllen = sizeof controls[i];
  }
  int n = recvmmsg(fd, in, BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < n; i++) {
    answers++;
    texts[i][in[i].msg_len] = 0;
    if (strstr(texts[i], "Call-ID: g") == NULL || strstr(texts[i], "stale=true") != NULL) continue;
    char *nonce = strstr(texts[i], "nonce=\"");
    struct cmsghdr *c = CMSG_FIRSTHDR(&in[i].msg_hdr);
    if (nonce == NULL || c == NULL || c->cmsg_type != IP_PKTINFO) continue;
    struct in_pktinfo info;
    memcpy(&info, CMSG_DATA(c), sizeof info);
    nonce += 7;
    char *end = strchr(nonce, '"');
    if (end == NULL) continue;
    *end = 0;
    put(info.ipi_addr.s_addr, write_register(out[waiting].text, info.ipi_addr.s_addr, 'w', nonce));
    guesses++;
    if (waiting == BATCH) flush();
  }
}

int main(int argc, char **argv) {
  if (argc < 6) {
    fprintf(stderr, "flood-load PORT DOMAIN PACKETS ADDRESSES RATE [SEED]\n");
    return 2;
  }
  domain = argv[2];
  uint64_t packets = strtoull(argv[3], NULL, 10);
  uint32_t addresses = (uint32_t)strtoul(argv[4], NULL, 10);
  double rate = atof(argv[5]);
  if (argc > 6) state ^= strtoull(argv[6], NULL, 10) * 0x9e3779b97f4a7c15ull;
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  int on = 1, size = 8 << 20;
  setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  struct sockaddr_in any = {.sin_family = AF_INET};
  socklen_t length = sizeof any;
  if (bind(fd, (struct sockaddr *)&any, sizeof any) != 0 || getsockname(fd, (struct sockaddr *)&any, &length) != 0) {
    perror("bind");
    return 1;
  }
  own_port = ntohs(any.sin_port);
  double start = now(), begun = start;
  uint64_t number = 0;
  while (sent < packets) {
    drain();
    double due = (now() - start) * rate;
    if ((double)sent >= due) {
      usleep(300);
      continue;
    }
    /* What this program itself was late with is not sent in one gulp. */
    if (due - (double)sent > 4 * BATCH) start += (due - (double)sent - 4 * BATCH) / rate;
    while (waiting < BATCH) one(number++, addresses);
    flush();
  }
  double seconds = now() - begun;
  for (double until = now() + 0.5; now() < until; usleep(1000)) drain();
  printf("{\"sent\":%llu,\"answers\":%llu,\"guesses\":%llu,\"seconds\":%.2f}\n", (unsigned long long)sent, (unsigned long long)answers,
         (unsigned long long)guesses, seconds);
  return 0;
}
