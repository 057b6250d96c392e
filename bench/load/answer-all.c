/*
 * The floor: answers every REGISTER with what came, without reading more of it than whether it carries credentials (200) or not (401).
 * Shows how many registrations a second register-load can make at all. Prints its port.
 * Build: cc -O2 -o answer-all answer-all.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { batch = 32, packet_size = 2048, room_in_front = 128 };

static char packets[batch][room_in_front + packet_size];
static struct mmsghdr messages[batch];
static struct iovec parts[batch];
static struct sockaddr_in peers[batch];

/* Writes the answer's first lines over the request line; what follows is the request's own. */
static void answer(int i, int length) {
  static const char challenge[] = "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"bench\", nonce=\"0123456789\", qop=\"auth\"";
  static const char ok[] = "SIP/2.0 200 OK";
  char *text = packets[i] + room_in_front;
  text[length] = 0;
  char *line_end = strstr(text, "\r\n");
  if (line_end == NULL) line_end = text;
  const char *head = strstr(text, "\r\nAuthorization:") == NULL ? challenge : ok;
  int head_length = strlen(head);
  char *from = line_end - head_length;
  memcpy(from, head, head_length);
  parts[i] = (struct iovec){from, text + length - from};
}

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int room = 4 << 20, sock = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (bind(sock, (struct sockaddr *)&address, size) != 0 || getsockname(sock, (struct sockaddr *)&address, &size) != 0) {
    perror("socket");
    return 2;
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    for (int i = 0; i < batch; i++) {
      parts[i] = (struct iovec){packets[i] + room_in_front, packet_size - 1};
      messages[i].msg_hdr = (struct msghdr){&peers[i], sizeof peers[i], &parts[i], 1, NULL, 0, 0};
    }
    int n = recvmmsg(sock, messages, batch, MSG_WAITFORONE, NULL);
    if (n <= 0) continue;
    for (int i = 0; i < n; i++) answer(i, messages[i].msg_len);
    for (int sent = 0; sent < n;) {
      int more = sendmmsg(sock, messages + sent, n - sent, 0);
      if (more <= 0) break;
      sent += more;
    }
  }
}
