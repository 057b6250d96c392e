/*
 * Load for bench/whole-server.bench.ts: phones that register over UDP, each with digest MD5 and qop=auth, in a closed loop.
 *
 *   register-load HOST PORT DOMAIN USERS WINDOW PID...
 *
 * User N is u<N> with the password pw<N>. It first signs every user in (full) and prints `{"ready":…}`; then it reads commands
 * from stdin, one a line, and prints one line of JSON for each:
 *
 *   refresh SECONDS   every user renews with the nonce it has and the next count: one round trip
 *   full SECONDS      every user asks without credentials, is challenged, and answers: two round trips
 *
 * At most WINDOW users wait for an answer at a time. `cpu` is the user and system time that the processes PID… spent meanwhile,
 * in µs; `own` the share of one core that this program took, so that a reader can see which side was the limit.
 * Build: cc -O2 -o register-load register-load.c -lcrypto
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A phase goes through the users with this stride (a prime): phones that renew together did not sign in together. */
enum { stride = 7919, batch = 32, packet_size = 2048, nonce_size = 160, buckets = 100000, bucket_us = 10, lost_after_us = 1000000 };
enum wait { idle, for_challenge, for_ok };

struct phone {
  char ha1[33];
  char nonce[nonce_size];
  uint32_t count;
  uint32_t cseq;
  int64_t asked_at;
  enum wait wait;
  int refused;
};

struct result {
  long registered, refused, other, lost;
  int64_t microseconds;
};

static struct phone *phones;
static int users, window_size, sock, local_port, waiting, next_user;
static const char *domain;
static char ha2[33];
static EVP_MD_CTX *md5;
static char to_send[batch][packet_size], received[batch][packet_size];
static struct mmsghdr out[batch], in[batch];
static struct iovec out_parts[batch], in_parts[batch];
static int queued;
static uint32_t histogram[buckets];
static struct result now_counted;

static int64_t clock_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void md5_hex(const char *text, size_t length, char *hex) {
  static const char digits[] = "0123456789abcdef";
  unsigned char digest[16];
  EVP_DigestInit_ex(md5, NULL, NULL);
  EVP_DigestUpdate(md5, text, length);
  EVP_DigestFinal_ex(md5, digest, NULL);
  for (int i = 0; i < 16; i++) {
    hex[2 * i] = digits[digest[i] >> 4];
    hex[2 * i + 1] = digits[digest[i] & 15];
  }
  hex[32] = 0;
}

static void send_queued(void) {
  int sent = 0;
  while (sent < queued) {
    int n = sendmmsg(sock, out + sent, queued - sent, 0);
    if (n > 0) sent += n;
    else if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR && errno != ECONNREFUSED) {
      perror("sendmmsg");
      exit(2);
    }
  }
  queued = 0;
}

/* One REGISTER as a desk phone writes it: the Call-ID stays, CSeq rises. */
static void ask(int user, int with_credentials) {
  struct phone *phone = &phones[user];
  char *p = to_send[queued];
  phone->cseq++;
  p += sprintf(p,
               "REGISTER sip:%s SIP/2.0\r\n"
               "Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK-%x-%x-%x;rport\r\n"
               "From: \"Desk %d\" <sip:u%d@%s>;tag=f%x%x\r\n"
               "To: \"Desk %d\" <sip:u%d@%s>\r\n"
               "Call-ID: %d_%x@127.0.0.1\r\n"
               "CSeq: %u REGISTER\r\n"
               "Contact: <sip:u%d@127.0.0.1:%d;line=%x>\r\n",
               domain, local_port, local_port, user, phone->cseq, user, user, domain, user, local_port, user, user, domain, user, local_port,
               phone->cseq, user, local_port, user * 7919);
  if (with_credentials) {
    char text[320], response[33];
    phone->count++;
    int length = sprintf(text, "%s:%s:%08x:%08x:auth:%s", phone->ha1, phone->nonce, phone->count, user * 2654435761u, ha2);
    md5_hex(text, length, response);
    p += sprintf(p,
                 "Authorization: Digest username=\"u%d\", realm=\"%s\", nonce=\"%s\", uri=\"sip:%s\", response=\"%s\", algorithm=MD5, "
                 "cnonce=\"%08x\", qop=auth, nc=%08x\r\n",
                 user, domain, phone->nonce, domain, response, user * 2654435761u, phone->count);
  }
  p += sprintf(p,
               "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REFER, INFO\r\n"
               "Max-Forwards: 70\r\n"
               "User-Agent: Bench Phone 1.0\r\n"
               "Expires: 600\r\n"
               "Content-Length: 0\r\n\r\n");
  out_parts[queued].iov_len = p - to_send[queued];
  phone->wait = with_credentials ? for_ok : for_challenge;
  if (++queued == batch) send_queued();
}

static void settle(struct phone *phone) {
  phone->wait = idle;
  waiting--;
}

static void answered(char *text, int64_t now) {
  char *call_id = strstr(text, "\r\nCall-ID: ");
  char *cseq = strstr(text, "\r\nCSeq: ");
  if (call_id == NULL || cseq == NULL) return;
  int user = atoi(call_id + 11);
  if (user < 0 || user >= users) return;
  struct phone *phone = &phones[user];
  if (phone->wait == idle || strtoul(cseq + 8, NULL, 10) != phone->cseq) return;
  int status = atoi(text + 8);
  if (status < 200) return;
  if (status == 200) {
    now_counted.registered++;
    int64_t bucket = (now - phone->asked_at) / bucket_us;
    histogram[bucket < buckets ? bucket : buckets - 1]++;
    settle(phone);
    return;
  }
  char *nonce = status == 401 ? strstr(text, "nonce=\"") : NULL;
  char *end = nonce == NULL ? NULL : strchr(nonce + 7, '"');
  if (end == NULL || end - nonce - 7 >= nonce_size || phone->refused == 2) {
    if (now_counted.refused + now_counted.other == 0) fprintf(stderr, "first refusal: %.40s\n", text);
    if (status == 401) now_counted.refused++;
    else now_counted.other++;
    phone->nonce[0] = 0;
    settle(phone);
    return;
  }
  if (phone->wait == for_ok) phone->refused++;
  memcpy(phone->nonce, nonce + 7, end - nonce - 7);
  phone->nonce[end - nonce - 7] = 0;
  phone->count = 0;
  ask(user, 1);
}

static void give_up_on_lost(int64_t now) {
  for (int user = 0; user < users; user++) {
    struct phone *phone = &phones[user];
    if (phone->wait == idle || now - phone->asked_at < lost_after_us) continue;
    now_counted.lost++;
    phone->nonce[0] = 0;
    settle(phone);
  }
}

/* Starts users until `until` (or, if it is 0, until each had its turn), keeping `window_size` waiting; then waits for the last. */
static void run(int full, int64_t until) {
  int turns = users;
  int64_t now = clock_us(), looked_at = now;
  memset(&now_counted, 0, sizeof now_counted);
  memset(histogram, 0, sizeof histogram);
  int64_t begun = now;
  for (;;) {
    while (waiting < window_size && (until == 0 ? turns > 0 : now < until)) {
      struct phone *phone = &phones[next_user];
      if (phone->wait != idle) break;
      phone->asked_at = now;
      phone->refused = 0;
      waiting++;
      turns--;
      ask(next_user, !full && phone->nonce[0] != 0);
      next_user = (next_user + (until == 0 ? 1 : stride)) % users;
    }
    send_queued();
    if (waiting == 0) break;
    struct pollfd ready = {sock, POLLIN, 0};
    poll(&ready, 1, 20);
    int n = recvmmsg(sock, in, batch, MSG_DONTWAIT, NULL);
    now = clock_us();
    for (int i = 0; i < n; i++) {
      received[i][in[i].msg_len] = 0;
      answered(received[i], now);
    }
    if (now - looked_at > lost_after_us / 4) {
      looked_at = now;
      give_up_on_lost(now);
    }
  }
  now_counted.microseconds = now - begun;
}

static int64_t cpu_of(int count, char **pids) {
  int64_t ticks = 0;
  for (int i = 0; i < count; i++) {
    char name[64], line[1024];
    snprintf(name, sizeof name, "/proc/%s/stat", pids[i]);
    FILE *file = fopen(name, "r");
    if (file == NULL) continue;
    unsigned long user = 0, system = 0;
    /* The name of the program stands in parentheses and may hold blanks. */
    if (fgets(line, sizeof line, file) != NULL && strrchr(line, ')') != NULL)
      sscanf(strrchr(line, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    fclose(file);
    ticks += user + system;
  }
  return ticks * 1000000 / sysconf(_SC_CLK_TCK);
}

static int64_t own_cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static double percentile_ms(double share) {
  long reached = 0, wanted = now_counted.registered * share;
  for (int i = 0; i < buckets; i++) {
    reached += histogram[i];
    if (reached > wanted) return (i + 1) * bucket_us / 1000.0;
  }
  return -1;
}

int main(int count, char **words) {
  if (count < 6) {
    fprintf(stderr, "usage: register-load HOST PORT DOMAIN USERS WINDOW PID...\n");
    return 2;
  }
  domain = words[3];
  users = atoi(words[4]);
  window_size = atoi(words[5]);
  if (window_size > users) window_size = users;
  md5 = EVP_MD_CTX_new();
  EVP_DigestInit_ex(md5, EVP_md5(), NULL);
  phones = calloc(users, sizeof *phones);
  char text[256];
  for (int user = 0; user < users; user++) md5_hex(text, sprintf(text, "u%d:%s:pw%d", user, domain, user), phones[user].ha1);
  md5_hex(text, sprintf(text, "REGISTER:sip:%s", domain), ha2);
  for (int i = 0; i < batch; i++) {
    out_parts[i].iov_base = to_send[i];
    out[i].msg_hdr.msg_iov = &out_parts[i];
    out[i].msg_hdr.msg_iovlen = 1;
    in_parts[i] = (struct iovec){received[i], packet_size - 1};
    in[i].msg_hdr.msg_iov = &in_parts[i];
    in[i].msg_hdr.msg_iovlen = 1;
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(words[2]))};
  socklen_t size = sizeof address;
  int room = 4 << 20;
  sock = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  if (inet_pton(AF_INET, words[1], &address.sin_addr) != 1 || connect(sock, (struct sockaddr *)&address, size) != 0 ||
      getsockname(sock, (struct sockaddr *)&address, &size) != 0) {
    perror("socket");
    return 2;
  }
  local_port = ntohs(address.sin_port);
  setvbuf(stdout, NULL, _IOLBF, 0);

  run(1, 0);
  printf("{\"ready\":%ld,\"refused\":%ld,\"other\":%ld,\"lost\":%ld}\n", now_counted.registered, now_counted.refused, now_counted.other,
         now_counted.lost);
  char mode[16];
  double seconds;
  while (scanf("%15s %lf", mode, &seconds) == 2) {
    int64_t cpu = cpu_of(count - 6, words + 6), own = own_cpu();
    run(strcmp(mode, "full") == 0, clock_us() + (int64_t)(seconds * 1e6));
    cpu = cpu_of(count - 6, words + 6) - cpu;
    own = own_cpu() - own;
    printf("{\"mode\":\"%s\",\"registered\":%ld,\"seconds\":%.3f,\"p50\":%.2f,\"p99\":%.2f,\"cpu\":%lld,\"own\":%.2f,\"refused\":%ld,\"other\":%ld,"
           "\"lost\":%ld}\n",
           mode, now_counted.registered, now_counted.microseconds / 1e6, percentile_ms(0.5), percentile_ms(0.99), (long long)cpu,
           (double)own / now_counted.microseconds, now_counted.refused, now_counted.other, now_counted.lost);
  }
  return 0;
}
