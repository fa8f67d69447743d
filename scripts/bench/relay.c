// A line between two network namespaces, for kernels without netem: every packet that one side sends
// waits its turn at the given rate, travels for the given time, and comes out at the other side.
//
//   relay NAMESPACE NAMESPACE INTERFACE ONE_WAY_MICROSECONDS BITS_A_SECOND
//
// It makes a TUN interface of the given name in both namespaces, writes "ready", and runs until it is
// ended; with it the interfaces vanish.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { largest_packet = 65536, in_flight = 1 << 16, at_a_time = 64 };

struct packet {
  uint64_t due;
  size_t length;
  uint8_t bytes[];
};

struct direction {
  int from, to;
  struct packet *flying[in_flight];
  unsigned first, next;
  uint64_t free_at;
};

static struct direction directions[2];
static uint64_t delay, rate;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int open_interface(const char *namespace, const char *name) {
  int place = open(namespace, O_RDONLY | O_CLOEXEC);
  if (place < 0 || setns(place, CLONE_NEWNET)) fail(namespace);
  close(place);
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0) fail("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(tun, TUNSETIFF, &request)) fail(name);
  return tun;
}

// The queue before the line holds what the line itself holds in one round trip; more is dropped, as a
// router does.
static void take(struct direction *way, const uint8_t *bytes, size_t length, uint64_t time) {
  uint64_t start = way->free_at > time ? way->free_at : time;
  if (start - time > 2 * delay || way->next - way->first == in_flight) return;
  struct packet *packet = malloc(sizeof *packet + length);
  if (!packet) return;
  way->free_at = start + length * 8 * 1000000000 / rate;
  packet->due = way->free_at + delay;
  packet->length = length;
  memcpy(packet->bytes, bytes, length);
  way->flying[way->next++ % in_flight] = packet;
}

static void deliver(struct direction *way) {
  while (way->first != way->next && way->flying[way->first % in_flight]->due <= now()) {
    struct packet *packet = way->flying[way->first++ % in_flight];
    // A packet that the other side has no room for is lost, as on any line.
    if (write(way->to, packet->bytes, packet->length) < 0) (void)0;
    free(packet);
  }
}

static void receive(struct direction *way) {
  static uint8_t bytes[largest_packet];
  for (int count = 0; count < at_a_time; count++) {
    ssize_t length = read(way->from, bytes, sizeof bytes);
    if (length <= 0) return;
    take(way, bytes, (size_t)length, now());
  }
}

static uint64_t until_next(void) {
  uint64_t time = now(), wait = 1000000000;
  for (int i = 0; i < 2; i++) {
    struct direction *way = &directions[i];
    if (way->first == way->next) continue;
    uint64_t due = way->flying[way->first % in_flight]->due;
    uint64_t left = due > time ? due - time : 0;
    if (left < wait) wait = left;
  }
  return wait;
}

int main(int count, char **words) {
  if (count != 6) return 2;
  delay = strtoull(words[4], NULL, 10) * 1000;
  rate = strtoull(words[5], NULL, 10);
  if (!rate) return 2;
  int here = open_interface(words[1], words[3]), there = open_interface(words[2], words[3]);
  directions[0].from = directions[1].to = here;
  directions[0].to = directions[1].from = there;
  // What it adds to the delay is the machine's business, not the line's.
  prctl(PR_SET_TIMERSLACK, 1UL);
  setpriority(PRIO_PROCESS, 0, -15);
  puts("ready");
  fflush(stdout);
  for (;;) {
    uint64_t wait = until_next();
    struct timespec timeout = {(time_t)(wait / 1000000000), (long)(wait % 1000000000)};
    struct pollfd ends[2] = {{here, POLLIN, 0}, {there, POLLIN, 0}};
    ppoll(ends, 2, &timeout, NULL);
    for (int i = 0; i < 2; i++) {
      deliver(&directions[i]);
      receive(&directions[i]);
    }
  }
}
