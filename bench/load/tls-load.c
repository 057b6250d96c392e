/*
 * Load for bench/tls-connections.bench.ts: phones that sign in over TLS, or over WebSocket on TLS, a connection each.
 *
 *   tls-load tls|wss PORT PATH DOMAIN PID...
 *
 * User N is u<N> with the password pw<N>. Reads commands from stdin, one a line, and prints one line of JSON for each:
 *
 *   open COUNT           signs in COUNT more users, a connection each, and leaves the connections open
 *   handshakes SECONDS   connects, does the whole handshake (no resumption) and closes, as often as it goes
 *
 * At most `window` connections are under way at a time. `cpu` is the user and system time of the processes PID… in µs, `own` the share of
 * one core that this program took. Build: cc -O2 -o tls-load tls-load.c -lssl -lcrypto
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { window = 32, most = 19000, buffer_size = 8192, give_up_us = 10000000 };
enum step { shaking, upgrading, for_challenge, for_ok, held };

struct phone {
  SSL *ssl;
  int sock, user, got;
  enum step step;
  int64_t begun;
  char *buffer;
};

static struct phone *phones[most];
static int count_held, wss, port, epoll, only_handshakes, next_user;
static const char *domain, *path;
static SSL_CTX *context;
static long done, failed;

static int64_t clock_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void md5_hex(const char *text, char *hex) {
  unsigned char digest[16];
  EVP_Digest(text, strlen(text), digest, NULL, EVP_md5(), NULL);
  for (int i = 0; i < 16; i++) sprintf(hex + 2 * i, "%02x", digest[i]);
}

/* A text frame from a client (RFC 6455 §5.2); the mask is zero, which masks nothing and is allowed. */
static int frame(const char *text, int length, char *out) {
  out[0] = (char)0x81;
  out[1] = (char)(0x80 | 126);
  out[2] = (char)(length >> 8);
  out[3] = (char)length;
  memset(out + 4, 0, 4);
  memcpy(out + 8, text, length);
  return length + 8;
}

static void close_phone(struct phone *phone) {
  SSL_free(phone->ssl);
  close(phone->sock);
  free(phone->buffer);
  free(phone);
}

static void say(struct phone *phone, const char *text, int length, int framed) {
  char out[4096];
  if (framed && wss) length = frame(text, length, out);
  else memcpy(out, text, length);
  /* A few hundred bytes on a new connection: the socket takes them. */
  SSL_write(phone->ssl, out, length);
}

static void ask(struct phone *phone, const char *nonce) {
  char text[3000], a1[200], ha1[33], ha2[33], proof[300], response[33];
  const char *transport = wss ? "WSS" : "TLS";
  int n = sprintf(text,
                  "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/%s 127.0.0.1:5999;branch=z9hG4bK%x-%d;rport\r\nFrom: <sip:u%d@%s>;tag=t%x\r\n"
                  "To: <sip:u%d@%s>\r\nCall-ID: %d-%d@bench\r\nCSeq: %d REGISTER\r\nContact: <sip:u%d@%s;transport=%s>\r\nExpires: 3600\r\n"
                  "Max-Forwards: 70\r\nUser-Agent: Bench Phone 1.0\r\n",
                  domain, transport, phone->user, nonce != NULL, phone->user, domain, phone->user, phone->user, domain, phone->user, port,
                  nonce != NULL ? 2 : 1, phone->user, wss ? "bench.invalid" : "127.0.0.1:5999", wss ? "ws" : "tls");
  if (nonce != NULL) {
    sprintf(a1, "u%d:%s:pw%d", phone->user, domain, phone->user);
    md5_hex(a1, ha1);
    sprintf(a1, "REGISTER:sip:%s", domain);
    md5_hex(a1, ha2);
    sprintf(proof, "%s:%s:00000001:c0ffee:auth:%s", ha1, nonce, ha2);
    md5_hex(proof, response);
    n += sprintf(text + n,
                 "Authorization: Digest username=\"u%d\", realm=\"%s\", nonce=\"%s\", uri=\"sip:%s\", response=\"%s\", algorithm=MD5, "
                 "cnonce=\"c0ffee\", qop=auth, nc=00000001\r\n",
                 phone->user, domain, nonce, domain, response);
  }
  n += sprintf(text + n, "Content-Length: 0\r\n\r\n");
  phone->step = nonce != NULL ? for_ok : for_challenge;
  phone->got = 0;
  say(phone, text, n, 1);
}

/* 1: finished as it should; -1: failed; 0: goes on. */
static int advance(struct phone *phone) {
  if (phone->step == shaking) {
    int made = SSL_connect(phone->ssl);
    if (made != 1) {
      int why = SSL_get_error(phone->ssl, made);
      return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    if (only_handshakes) {
      /* With TLS 1.3 we are done before the server is: it has all when it has answered something. */
      say(phone, "\r\n\r\n", 4, 0);
      phone->step = held;
    } else if (wss) {
      char text[500];
      int n = sprintf(text,
                      "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n",
                      path, domain);
      phone->step = upgrading;
      say(phone, text, n, 0);
    } else ask(phone, NULL);
  }
  for (;;) {
    int n = SSL_read(phone->ssl, phone->buffer + phone->got, buffer_size - 1 - phone->got);
    if (n <= 0) return SSL_get_error(phone->ssl, n) == SSL_ERROR_WANT_READ ? 0 : -1;
    if (only_handshakes) return 1;
    phone->got += n;
    phone->buffer[phone->got] = 0;
    if (phone->step == upgrading) {
      if (strstr(phone->buffer, "\r\n\r\n") == NULL) continue;
      if (strncmp(phone->buffer, "HTTP/1.1 101", 12) != 0) return -1;
      ask(phone, NULL);
      continue;
    }
    /* The header of a frame may hold a zero byte. */
    char *status = memmem(phone->buffer, phone->got, "SIP/2.0 ", 8);
    if (status == NULL || strstr(status, "\r\n\r\n") == NULL) continue;
    int code = atoi(status + 8);
    if (code < 200) {
      phone->got = 0;
      continue;
    }
    if (phone->step == for_ok) return code == 200 ? 1 : -1;
    char *nonce = code == 401 ? strstr(status, "nonce=\"") : NULL;
    char *end = nonce == NULL ? NULL : strchr(nonce + 7, '"');
    if (end == NULL || end - nonce > 150) return -1;
    *end = 0;
    char kept[160];
    strcpy(kept, nonce + 7);
    ask(phone, kept);
  }
}

static struct phone *begin(void) {
  struct phone *phone = calloc(1, sizeof *phone);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  phone->sock = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int yes = 1;
  struct linger at_once = {1, 0};
  setsockopt(phone->sock, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  /* Else each closed connection keeps a port of ours for a minute. */
  setsockopt(phone->sock, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  connect(phone->sock, (struct sockaddr *)&address, sizeof address);
  phone->ssl = SSL_new(context);
  SSL_set_fd(phone->ssl, phone->sock);
  phone->buffer = malloc(buffer_size);
  phone->user = next_user++;
  phone->begun = clock_us();
  struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLET, {.ptr = phone}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, phone->sock, &event);
  return phone;
}

static void run(int wanted, double seconds) {
  struct phone *under_way[window] = {0};
  int64_t until = clock_us() + (int64_t)(seconds * 1e6);
  int started = 0, waiting = 0;
  done = failed = 0;
  only_handshakes = seconds > 0;
  for (;;) {
    for (int i = 0; i < window; i++) {
      if (under_way[i] != NULL || !(seconds > 0 ? clock_us() < until : started < wanted)) continue;
      under_way[i] = begin();
      started++;
      waiting++;
    }
    if (waiting == 0) return;
    struct epoll_event events[window];
    int n = epoll_wait(epoll, events, window, 100);
    int64_t now = clock_us();
    for (int i = 0; i < window; i++) {
      struct phone *phone = under_way[i];
      if (phone == NULL) continue;
      int woken = now - phone->begun > give_up_us;
      int ended = woken ? -1 : 0;
      for (int j = 0; j < n && ended == 0; j++) {
        if (events[j].data.ptr == phone) ended = advance(phone);
      }
      if (ended == 0) continue;
      under_way[i] = NULL;
      waiting--;
      if (ended < 0) failed++;
      else done++;
      if (ended < 0 || only_handshakes || count_held == most) close_phone(phone);
      else {
        epoll_ctl(epoll, EPOLL_CTL_DEL, phone->sock, NULL);
        free(phone->buffer);
        phone->buffer = NULL;
        phones[count_held++] = phone;
      }
    }
  }
}

static int64_t cpu_of(int count, char **pids) {
  int64_t ticks = 0;
  for (int i = 0; i < count; i++) {
    char name[64], line[1024];
    snprintf(name, sizeof name, "/proc/%s/stat", pids[i]);
    FILE *file = fopen(name, "r");
    if (file == NULL) continue;
    unsigned long user = 0, system = 0;
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

int main(int count, char **words) {
  if (count < 5) {
    fprintf(stderr, "usage: tls-load tls|wss PORT PATH DOMAIN PID...\n");
    return 2;
  }
  wss = strcmp(words[1], "wss") == 0;
  port = atoi(words[2]);
  path = words[3];
  domain = words[4];
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  epoll = epoll_create1(0);
  setvbuf(stdout, NULL, _IOLBF, 0);
  char command[32];
  double value;
  while (scanf("%31s %lf", command, &value) == 2) {
    int64_t cpu = cpu_of(count - 5, words + 5), own = own_cpu(), from = clock_us();
    if (strcmp(command, "open") == 0) run((int)value, 0);
    else run(0, value);
    double spent = clock_us() - from;
    cpu = cpu_of(count - 5, words + 5) - cpu;
    printf("{\"done\":%ld,\"failed\":%ld,\"seconds\":%.3f,\"cpu\":%lld,\"own\":%.2f}\n", done, failed, spent / 1e6, (long long)cpu,
           (own_cpu() - own) / spent);
  }
  return 0;
}
