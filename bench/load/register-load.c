/*
 * Load for the comparisons in bench/: phones that register over UDP, each with digest MD5 and qop=auth.
 *
 *   register-load HOST PORT DOMAIN USERS WINDOW PID...
 *
 * User N is u<N> with the password pw<N>. It first signs every user in and prints `{"ready":…}`; then it reads commands from stdin,
 * one a line, and prints one line of JSON for each:
 *
 *   SECONDS RATE REFRESH FULL WRONG LEAVE CHALLENGE
 *
 * The last five are weights. The users have their turns in an order that chance gave once; what one does is drawn by weight:
 *   refresh     renews with the nonce it has and the next count: one round trip
 *   full        asks without credentials, is challenged, and answers: two round trips
 *   wrong       renews with a wrong response, and is to be refused with 401
 *   leave       takes its binding away; the next refresh of that user signs it in again
 *   challenge   asks without credentials, and lets the 401 be
 *
 * RATE 0 is a closed loop: WINDOW users wait for an answer at a time. Otherwise RATE begin each second, whatever the server does, and
 * a latency counts from the moment at which its turn was due, so that a server that stalls does not stop the clock; `late` is the p99 of
 * our own delay in sending. `cpu` is the user and system time that the processes PID… spent meanwhile, in µs; `own` the share of one core
 * that this program took, so that a reader can see which side was the limit.
 * Build: cc -O2 -o register-load register-load.c -lcrypto
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { batch = 32, packet_size = 2048, nonce_size = 128, buckets = 100000, bucket_us = 10, lost_after_us = 1000000 };
/* Of what was begun in the last second; and how many may wait for an answer when the rate is given. */
enum { begun_size = 1 << 18, paced_window = 16384 };
/* Where the rate is given we look at the clock and the socket this often: to wake for each packet would take a core from the server. */
enum { tick_us = 100 };
enum wait { idle, for_challenge, for_ok, for_refusal };
enum deed { refresh, full, wrong, leave, challenge, deeds };

struct phone {
  char ha1[33];
  char nonce[nonce_size];
  uint32_t count;
  uint32_t cseq;
  int64_t asked_at;
  uint8_t wait, deed, refused;
};

struct result {
  long done, refused, other, lost;
  int64_t microseconds;
};

struct begun {
  int user;
  int64_t at;
};

static struct phone *phones;
static int users, window_size, sock, local_port, waiting, next_in_order;
static int *order;
static const char *domain;
static char ha2[33];
static EVP_MD_CTX *md5;
static char to_send[batch][packet_size], received[batch][packet_size];
static struct mmsghdr out[batch], in[batch];
static struct iovec out_parts[batch], in_parts[batch];
static int queued;
static uint32_t latencies[buckets], delays[buckets];
static struct begun begun[begun_size];
static uint32_t begun_first, begun_next;
static uint64_t chance = 88172645463325252ULL;
static struct result now_counted;

static int64_t clock_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint32_t draw(uint32_t below) {
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return (chance >> 32) % below;
}

static void count(uint32_t *histogram, int64_t us) { histogram[us / bucket_us < buckets ? us / bucket_us : buckets - 1]++; }

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
               "Contact: <sip:u%d@127.0.0.1:%d;line=%x>\r\n"
               "Expires: %d\r\n",
               domain, local_port, local_port, user, phone->cseq, user, user, domain, user, local_port, user, user, domain, user, local_port,
               phone->cseq, user, local_port, user * 7919, phone->deed == leave ? 0 : 3600);
  if (with_credentials) {
    char text[320], response[33];
    phone->count++;
    int length = sprintf(text, "%s:%s:%08x:%08x:auth:%s", phone->ha1, phone->nonce, phone->count, user * 2654435761u, ha2);
    md5_hex(text, length, response);
    if (phone->deed == wrong) response[0] = response[0] == '0' ? '1' : '0';
    p += sprintf(p,
                 "Authorization: Digest username=\"u%d\", realm=\"%s\", nonce=\"%s\", uri=\"sip:%s\", response=\"%s\", algorithm=MD5, "
                 "cnonce=\"%08x\", qop=auth, nc=%08x\r\n",
                 user, domain, phone->nonce, domain, response, user * 2654435761u, phone->count);
  }
  p += sprintf(p,
               "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REFER, INFO\r\n"
               "Max-Forwards: 70\r\n"
               "User-Agent: Bench Phone 1.0\r\n"
               "Content-Length: 0\r\n\r\n");
  out_parts[queued].iov_len = p - to_send[queued];
  phone->wait = !with_credentials ? for_challenge : phone->deed == wrong ? for_refusal : for_ok;
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
  int as_meant = phone->wait == for_ok ? status == 200 : status == 401 && (phone->wait == for_refusal || phone->deed == challenge);
  if (as_meant) {
    now_counted.done++;
    count(latencies, now - phone->asked_at);
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

/* What was begun longest ago stands first; most of it has been answered long since. */
static void give_up_on_lost(int64_t now) {
  for (; begun_first != begun_next; begun_first++) {
    struct begun *oldest = &begun[begun_first % begun_size];
    struct phone *phone = &phones[oldest->user];
    if (phone->wait == idle || phone->asked_at != oldest->at) continue;
    if (now - oldest->at < lost_after_us && begun_next - begun_first < begun_size) return;
    now_counted.lost++;
    /* Left out it would make a server that loses look quick. */
    count(latencies, lost_after_us);
    phone->nonce[0] = 0;
    settle(phone);
  }
}

static void begin(int user, enum deed deed, int64_t due) {
  struct phone *phone = &phones[user];
  phone->asked_at = due;
  phone->refused = 0;
  phone->deed = deed;
  waiting++;
  begun[begun_next++ % begun_size] = (struct begun){user, due};
  ask(user, deed != full && deed != challenge && phone->nonce[0] != 0);
}

/* The next in an order that chance gave once: each has its turn as often as any other, as phones do, and neighbours in time are none in memory. */
static int next_idle(void) {
  int user;
  do {
    user = order[next_in_order];
    next_in_order = (next_in_order + 1) % users;
  } while (phones[user].wait != idle);
  return user;
}

static enum deed draw_deed(const int *weights, int sum) {
  int at = draw(sum), deed = 0;
  while (at >= weights[deed]) at -= weights[deed++];
  return deed;
}

/* `seconds` 0: signs each user in once, unless nobody answers. The scheduler lets us go first where the rate is given: a late sender would be taken for a slow server. */
static void run(double seconds, double rate, const int *weights) {
  int signed_in = 0, sum = 0, most = rate > 0 ? paced_window : window_size;
  for (int i = 0; i < deeds; i++) sum += weights[i];
  if (most > users / 2) most = users / 2 + 1;
  memset(&now_counted, 0, sizeof now_counted);
  memset(latencies, 0, sizeof latencies);
  memset(delays, 0, sizeof delays);
  struct sched_param first = {rate > 0};
  struct pollfd ready = {sock, POLLIN, 0};
  sched_setscheduler(0, rate > 0 ? SCHED_FIFO : SCHED_OTHER, &first);
  int64_t from = clock_us(), now = from, until = from + (int64_t)(seconds * 1e6);
  for (long started = 0;; ) {
    int64_t due = rate > 0 ? from + (int64_t)(started * 1e6 / rate) : now;
    while (waiting < most && due <= now && (seconds > 0 ? due < until : signed_in < users)) {
      if (seconds == 0) begin(signed_in++, full, due);
      else begin(next_idle(), draw_deed(weights, sum), due);
      if (rate > 0) count(delays, now - due);
      started++;
      if (rate > 0) due = from + (int64_t)(started * 1e6 / rate);
    }
    send_queued();
    if (seconds == 0 && now_counted.done == 0 && now_counted.lost >= window_size) break;
    int over = seconds > 0 ? due >= until : signed_in == users;
    if (over && waiting == 0) break;
    if (rate > 0) usleep(tick_us);
    else poll(&ready, 1, 20);
    for (int n = batch; n == batch;) {
      n = recvmmsg(sock, in, batch, MSG_DONTWAIT, NULL);
      now = clock_us();
      for (int i = 0; i < n; i++) {
        received[i][in[i].msg_len] = 0;
        answered(received[i], now);
      }
    }
    give_up_on_lost(now);
  }
  now_counted.microseconds = now - from;
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

static double percentile_ms(const uint32_t *histogram, double share) {
  double all = 0, reached = 0;
  for (int i = 0; i < buckets; i++) all += histogram[i];
  for (int i = 0; i < buckets; i++) {
    reached += histogram[i];
    if (reached > all * share) return (i + 1) * bucket_us / 1000.0;
  }
  return 0;
}

int main(int count_of_words, char **words) {
  if (count_of_words < 6) {
    fprintf(stderr, "usage: register-load HOST PORT DOMAIN USERS WINDOW PID...\n");
    return 2;
  }
  domain = words[3];
  users = atoi(words[4]);
  window_size = atoi(words[5]);
  md5 = EVP_MD_CTX_new();
  EVP_DigestInit_ex(md5, EVP_md5(), NULL);
  phones = calloc(users, sizeof *phones);
  order = calloc(users, sizeof *order);
  for (int user = 0; user < users; user++) {
    int other = draw(user + 1);
    order[user] = order[other];
    order[other] = user;
  }
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

  prctl(PR_SET_TIMERSLACK, 1);

  int weights[deeds] = {0, 1};
  run(0, 0, weights);
  printf("{\"ready\":%ld,\"seconds\":%.2f,\"refused\":%ld,\"other\":%ld,\"lost\":%ld}\n", now_counted.done, now_counted.microseconds / 1e6,
         now_counted.refused, now_counted.other, now_counted.lost);
  double seconds, rate;
  while (scanf("%lf %lf %d %d %d %d %d", &seconds, &rate, &weights[refresh], &weights[full], &weights[wrong], &weights[leave],
               &weights[challenge]) == 7) {
    int64_t cpu = cpu_of(count_of_words - 6, words + 6), own = own_cpu();
    run(seconds, rate, weights);
    cpu = cpu_of(count_of_words - 6, words + 6) - cpu;
    own = own_cpu() - own;
    printf("{\"done\":%ld,\"seconds\":%.3f,\"p50\":%.2f,\"p99\":%.2f,\"p999\":%.2f,\"late\":%.2f,\"cpu\":%lld,\"own\":%.2f,"
           "\"refused\":%ld,\"other\":%ld,\"lost\":%ld}\n",
           now_counted.done, now_counted.microseconds / 1e6, percentile_ms(latencies, 0.5), percentile_ms(latencies, 0.99),
           percentile_ms(latencies, 0.999), percentile_ms(delays, 0.99), (long long)cpu, (double)own / now_counted.microseconds,
           now_counted.refused, now_counted.other, now_counted.lost);
  }
  return 0;
}
