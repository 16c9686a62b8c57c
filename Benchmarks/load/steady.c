/*
 * steady: requests at a fixed rate, whatever the server does.
 *
 *     steady PORT RATE CONNECTIONS SECONDS FILE [WARMUP_SECONDS]
 *
 * FILE holds one whole request. Each request has a moment at which it is due; its latency counts from that moment, so
 * a server that falls behind is charged for the requests that had to wait for a connection too. What is due during the
 * warm-up is sent and not counted. Prints one JSON object.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 1 << 20, CONNECTIONS_MAX = 4096 };

typedef struct {
    int socket;
    int64_t due;      /* of the request under way; 0 while idle */
    size_t received;
    char *answer;
} connection;

static connection connections[CONNECTIONS_MAX];
static int idle[CONNECTIONS_MAX];
static int idle_count;
static char request[1 << 16];
static size_t request_size;
static int64_t *latencies;
static size_t latency_count, latency_capacity;
static unsigned long statuses[1000];
static int64_t counted_from;

static int64_t now_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "steady: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return descriptor;
}

/* Bytes of the whole answer; 0 while its head is not complete. */
static size_t answer_size(const char *answer) {
    const char *end = strstr(answer, "\r\n\r\n");
    if (!end) return 0;
    const char *length = strcasestr(answer, "\r\ncontent-length:");
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return (size_t)(end + 4 - answer) + body;
}

static void send_request(int number, int64_t due) {
    connection *one = &connections[number];
    one->due = due;
    one->received = 0;
    if (write(one->socket, request, request_size) != (ssize_t)request_size) fail("write");
}

static void finish(int number, int64_t now) {
    connection *one = &connections[number];
    int status = atoi(one->answer + 9);
    if (one->due >= counted_from) {
        if (status >= 0 && status < 1000) statuses[status]++;
        if (latency_count < latency_capacity) latencies[latency_count++] = now - one->due;
    }
    one->due = 0;
    idle[idle_count++] = number;
}

static void receive(int number) {
    connection *one = &connections[number];
    ssize_t count = read(one->socket, one->answer + one->received, ANSWER_BYTES_MAX - 1 - one->received);
    if (count <= 0) fail("the server closed a connection");
    one->received += (size_t)count;
    one->answer[one->received] = 0;
    size_t whole = answer_size(one->answer);
    if (whole && one->received >= whole) finish(number, now_nanoseconds());
}

static int ascending(const void *a, const void *b) {
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

static void report(double seconds) {
    qsort(latencies, latency_count, sizeof *latencies, ascending);
    printf("{\"requests\": %zu, \"seconds\": %.3f, \"statuses\": {", latency_count, seconds);
    const char *separator = "";
    for (int status = 0; status < 1000; status++) {
        if (!statuses[status]) continue;
        printf("%s\"%d\": %lu", separator, status, statuses[status]);
        separator = ", ";
    }
    printf("}");
    const double shares[] = {0.5, 0.9, 0.99, 0.999};
    const char *names[] = {"p50", "p90", "p99", "p999"};
    for (int index = 0; index < 4; index++) {
        size_t place = latency_count ? (size_t)(shares[index] * (double)(latency_count - 1)) : 0;
        printf(", \"%s_us\": %.1f", names[index], latency_count ? (double)latencies[place] / 1000 : 0.0);
    }
    printf("}\n");
}

static void run(int poll, int64_t start, int64_t end, double interval) {
    struct epoll_event events[256];
    int64_t next = 0;
    int64_t due = start;
    while (due < end) {
        int64_t now = now_nanoseconds();
        while (due <= now && due < end && idle_count > 0) {
            send_request(idle[--idle_count], due);
            due = start + (int64_t)((double)++next * interval);
        }
        int64_t rest = due - now_nanoseconds();
        if (idle_count == 0) rest = 1000000000;
        if (rest < 0) rest = 0;
        struct timespec patience = {.tv_sec = rest / 1000000000, .tv_nsec = rest % 1000000000};
        int count = epoll_pwait2(poll, events, 256, &patience, NULL);
        if (count < 0 && errno != EINTR) fail("epoll");
        for (int index = 0; index < count; index++) receive((int)events[index].data.u32);
    }
}

int main(int count, char **arguments) {
    if (count < 6) return fprintf(stderr, "usage: steady PORT RATE CONNECTIONS SECONDS FILE [WARMUP_SECONDS]\n"), 2;
    int connection_count = atoi(arguments[3]);
    double rate = atof(arguments[2]), seconds = atof(arguments[4]), warmup = count > 6 ? atof(arguments[6]) : 0;
    FILE *file = fopen(arguments[5], "r");
    if (!file) fail(arguments[5]);
    request_size = fread(request, 1, sizeof request, file);
    fclose(file);
    latency_capacity = (size_t)(rate * seconds) + 1000;
    latencies = calloc(latency_capacity, sizeof *latencies);
    int poll = epoll_create1(0);
    if (connection_count < 1 || connection_count > CONNECTIONS_MAX || !latencies || poll < 0) fail("start");
    /* Timers to the microsecond: the default slack would be part of each latency. */
    prctl(PR_SET_TIMERSLACK, 1);
    for (int number = 0; number < connection_count; number++) {
        connections[number].socket = connect_to(atoi(arguments[1]));
        connections[number].answer = malloc(ANSWER_BYTES_MAX);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
        if (!connections[number].answer) fail("open");
        if (epoll_ctl(poll, EPOLL_CTL_ADD, connections[number].socket, &event)) fail("open");
        idle[idle_count++] = number;
    }
    int64_t start = now_nanoseconds();
    counted_from = start + (int64_t)(warmup * 1e9);
    run(poll, start, start + (int64_t)((warmup + seconds) * 1e9), 1e9 / rate);
    /* What is under way is waited for, a second at most. */
    struct epoll_event events[256];
    for (int64_t end = now_nanoseconds() + 1000000000; idle_count < connection_count && now_nanoseconds() < end;) {
        int ready = epoll_wait(poll, events, 256, 100);
        for (int index = 0; index < ready; index++) receive((int)events[index].data.u32);
    }
    report(seconds);
    return 0;
}
