/* hostile.c: speaks the wire by itself. What the memory and the socket hold is written down here a second time. */
#define _GNU_SOURCE
#include "include/hostile_peer.h"

#include "probe.h"

#include <errno.h>
#include <gantry_recording.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, CALL_LANES = 2, RETURN_LANES = 2, LANE_BYTES = 4096, STRIDE = 8192, NO_ANSWER = 1000 };
enum { SLOTS = 64, SLOT_BYTES = 16384 };
enum { REQUEST = 1, ANSWER = 2, MORE = 3, REFUSED = 4, START = 1, REPORT = 2 };

struct lane {
    _Atomic uint32_t sequence;
    _Atomic uint32_t kind;
    _Atomic uint64_t size;
    uint8_t padding[48];
    uint8_t bytes[LANE_BYTES];
};

struct hostile_peer {
    prober worker; /* the host's side of it: handles and log */
    uint8_t *memory;
    uint64_t memory_size;
    int32_t is_started;
    uint32_t sequence; /* of the first return lane */
    pthread_t entering; /* waits for the module that there is none of */
    int32_t is_entering;
    char reason[1024];
};

/* What lies behind the lanes. */
struct ring {
    _Alignas(64) _Atomic uint32_t count;
    _Alignas(64) _Atomic uint32_t sleeps;
    _Alignas(64) _Atomic uint32_t slots[SLOTS];
};
struct slot {
    _Atomic uint64_t size;
    _Atomic uint64_t held;
    uint8_t padding[48];
    uint8_t bytes[SLOT_BYTES - 64];
};
struct quick {
    struct ring requests;
    struct ring answers;
    _Alignas(64) struct slot slots[SLOTS];
};

static struct lane *lane_at(hostile_peer *peer, uint32_t number) {
    return (struct lane *)(peer->memory + PAGE + (uint64_t)number * STRIDE);
}

static struct quick *quick_of(hostile_peer *peer) {
    return (struct quick *)(peer->memory + PAGE + (CALL_LANES + RETURN_LANES) * STRIDE);
}

static struct lane *own_lane(hostile_peer *peer) { return lane_at(peer, CALL_LANES); }

static void tell(hostile_peer *peer, uint32_t kind, uint32_t value, uint64_t size) {
    uint32_t message[2] = {kind, value};
    (void)send(peer->worker.socket, message, size, MSG_NOSIGNAL);
}

static void pass(struct lane *lane, uint32_t sequence, uint32_t kind, uint64_t size) {
    lane->kind = kind;
    lane->size = size;
    lane->sequence = sequence;
    syscall(SYS_futex, &lane->sequence, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* Waits for the lane's number; 0 when the channel is over. */
static int32_t wait_for(hostile_peer *peer, struct lane *lane, uint32_t sequence) {
    const struct timespec pause = {0, 1000000};
    for (;;) {
        uint32_t now = lane->sequence;
        if (now == sequence) return 1;
        if (gantry_channel_is_over(peer->worker.channel)) return 0;
        syscall(SYS_futex, &lane->sequence, FUTEX_WAIT, now, &pause, NULL, 0);
    }
}

static int32_t admits(void *context, uint64_t call, uint64_t instance) {
    const hostile_peer *peer = context;
    if (call != 0 && call != peer->worker.call) return 0;
    return instance == 0 || instance == peer->worker.instance_handle;
}

static void release(void *context) { prober_note_release(&((hostile_peer *)context)->worker); }

static void *control(void *channel) {
    gantry_channel_control(channel);
    return NULL;
}

static void *ask_to_enter(void *argument) {
    hostile_peer *peer = argument;
    (void)gantry_channel_enter(peer->worker.channel, &prober_entry_host, 0, &peer->worker.module);
    return NULL;
}

static hostile_peer *open_channel(void) {
    hostile_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) abort();
    gantry_channel_owner owner = {peer, prober_start_lane, admits, release, NULL};
    gantry_channel_settings settings = {.call_lanes = CALL_LANES, .return_lanes = RETURN_LANES,
                                        .lane_bytes = LANE_BYTES, .most_tokens = 16, .most_message_bytes = 1 << 20,
                                        .most_memory_bytes = 1 << 20, .overdue_milliseconds = 1};
    prober *worker = &peer->worker;
    pthread_mutex_init(&worker->mutex, NULL);
    prober_admit_worker(worker);
    if (gantry_channel_open(&settings, &owner, &worker->channel, &worker->socket, &worker->memory) != GANTRY_OK)
        abort();
    peer->memory_size = PAGE + (CALL_LANES + RETURN_LANES) * STRIDE + sizeof(struct quick);
    peer->memory = mmap(NULL, peer->memory_size, PROT_READ | PROT_WRITE, MAP_SHARED, worker->memory, 0);
    if (peer->memory == MAP_FAILED) abort();
    if (pthread_create(&worker->control, NULL, control, worker->channel) != 0) abort();
    return peer;
}

hostile_peer *hostile_open(void) {
    hostile_peer *peer = open_channel();
    if (pthread_create(&peer->entering, NULL, ask_to_enter, peer) != 0) abort();
    peer->is_entering = 1;
    (void)wait_for(peer, lane_at(peer, 0), 1);
    return peer;
}

void hostile_close(hostile_peer *peer) {
    gantry_channel_break(peer->worker.channel, "The test is over.");
    if (peer->is_entering) pthread_join(peer->entering, NULL);
    gantry_channel_close(peer->worker.channel);
    pthread_join(peer->worker.control, NULL);
    prober_await_release(&peer->worker);
    /* Each has ended once, whatever the peer did. */
    if (atomic_load(&peer->worker.quick_count) != 0) abort();
    prober_forget_worker(&peer->worker);
    munmap(peer->memory, peer->memory_size);
    close(peer->worker.memory);
    close(peer->worker.socket);
    pthread_mutex_destroy(&peer->worker.mutex);
    free(peer);
}

int32_t hostile_is_over(hostile_peer *peer) { return gantry_channel_is_over(peer->worker.channel); }
uint64_t hostile_call(const hostile_peer *peer) { return peer->worker.call; }
uint64_t hostile_instance(const hostile_peer *peer) { return peer->worker.instance_handle; }

const char *hostile_reason(hostile_peer *peer) {
    gantry_channel_reason(peer->worker.channel, peer->reason, sizeof peer->reason);
    return peer->reason;
}

uint64_t hostile_table(const char *id) {
    uint64_t number = 0;
    while (strcmp(gantry_proxy_table_id(1, number), id) != 0) number++;
    return number;
}

uint64_t hostile_refused(hostile_peer *peer) {
    gantry_channel_counts counts;
    gantry_channel_count(peer->worker.channel, &counts);
    return counts.refused;
}

static void start(hostile_peer *peer) {
    if (!peer->is_started) tell(peer, START, 0, 8);
    peer->is_started = 1;
}

/* The status of what the host answers in the lane. */
static int64_t take_status(hostile_peer *peer, struct lane *lane) {
    int64_t status = NO_ANSWER;
    if (!wait_for(peer, lane, peer->sequence + 1)) return NO_ANSWER;
    peer->sequence++;
    if (lane->kind == REFUSED) return lane->size == 0 ? GANTRY_E_LIMIT : GANTRY_E_BUSY;
    memcpy(&status, lane->bytes, sizeof status);
    return status;
}

int64_t hostile_request(hostile_peer *peer, const void *bytes, uint64_t size) {
    struct lane *lane = own_lane(peer);
    if (size > LANE_BYTES) size = LANE_BYTES;
    start(peer);
    if (size != 0) memcpy(lane->bytes, bytes, size);
    pass(lane, ++peer->sequence, REQUEST, size);
    return take_status(peer, lane);
}

int64_t hostile_announce(hostile_peer *peer, uint64_t size) {
    struct lane *lane = own_lane(peer);
    start(peer);
    pass(lane, ++peer->sequence, REQUEST, size);
    return take_status(peer, lane);
}

/* Puts a number into the ring of answers. */
static void bring(struct quick *quick, uint32_t number) {
    quick->answers.slots[quick->answers.count % SLOTS] = number;
    quick->answers.count++;
    syscall(SYS_futex, &quick->answers.count, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* Has the host ask for a sign of life: the slot that it has taken, with an answer in it that holds a request. */
static struct slot *be_asked(hostile_peer *peer, const void *held, uint64_t held_size) {
    struct quick *quick = quick_of(peer);
    const int64_t status = GANTRY_OK;
    uint32_t count = quick->requests.count;
    while (gantry_channel_ping(peer->worker.channel, 1) != 0 && quick->requests.count == count) sched_yield();
    struct slot *slot = &quick->slots[quick->requests.slots[count % SLOTS]];
    if (held_size != 0) memcpy(slot->bytes, held, held_size);
    memcpy(slot->bytes + held_size, &status, sizeof status);
    slot->held = held_size;
    slot->size = held_size + sizeof status;
    return slot;
}

static void come_back(hostile_peer *peer, const struct slot *slot) {
    bring(quick_of(peer), (uint32_t)(slot - quick_of(peer)->slots));
}

int32_t hostile_hold(hostile_peer *peer, const void *bytes, uint64_t size) {
    come_back(peer, be_asked(peer, bytes, size));
    while (gantry_channel_awaited(peer->worker.channel) != 0) sched_yield();
    return gantry_channel_is_over(peer->worker.channel);
}

int64_t hostile_ping(hostile_peer *peer, int64_t now) { return gantry_channel_ping(peer->worker.channel, now); }

void hostile_sign(hostile_peer *peer) {
    struct quick *quick = quick_of(peer);
    struct slot *slot = &quick->slots[quick->requests.slots[(quick->requests.count - 1) % SLOTS]];
    memset(slot->bytes, 0, sizeof(int64_t));
    slot->held = 0;
    slot->size = sizeof(int64_t);
    come_back(peer, slot);
    while (gantry_channel_awaited(peer->worker.channel) != 0) sched_yield();
}

/* Breaks the rules of quick calls. */
static void break_quickly(hostile_peer *peer, uint32_t way) {
    const uint64_t log[] = {1, hostile_table(GANTRY_LOG_ID), 0, 1, 0, 0, 0, 0, 0, 0, 1};
    struct slot *slot = be_asked(peer, log, way == HOSTILE_HELD ? sizeof log : 0);
    switch (way) {
    case HOSTILE_UNASKED: bring(quick_of(peer), SLOTS - 1); break;
    case HOSTILE_SLOT: bring(quick_of(peer), UINT32_MAX); break;
    case HOSTILE_AGAIN:
        come_back(peer, slot);
        come_back(peer, slot);
        break;
    case HOSTILE_SIZE:
        slot->size = UINT64_MAX;
        come_back(peer, slot);
        break;
    case HOSTILE_SPLIT:
        slot->held = slot->size + 8;
        come_back(peer, slot);
        break;
    default: come_back(peer, slot);
    }
}

void hostile_break(hostile_peer *peer, uint32_t way) {
    static const char report[] = "\x02\0\0\0\0\0\0\0first\n\x1b[31msecond";
    struct lane *lane = own_lane(peer);
    start(peer);
    switch (way) {
    case HOSTILE_SEQUENCE: pass(lane, peer->sequence + 7, REQUEST, 8); break;
    case HOSTILE_KIND: pass(lane, peer->sequence + 1, 99, 8); break;
    case HOSTILE_ANSWER: pass(lane, peer->sequence + 1, ANSWER, 8); break;
    case HOSTILE_CHANGE:
        (void)hostile_announce(peer, 3 * LANE_BYTES);
        pass(lane, peer->sequence + 1, ANSWER, 3 * LANE_BYTES);
        break;
    case HOSTILE_LANE: tell(peer, START, RETURN_LANES, 8); break;
    case HOSTILE_TWICE: tell(peer, START, 0, 8); break;
    case HOSTILE_SHORT: tell(peer, START, 1, 5); break;
    case HOSTILE_UNASKED:
    case HOSTILE_SLOT:
    case HOSTILE_AGAIN:
    case HOSTILE_SIZE:
    case HOSTILE_SPLIT:
    case HOSTILE_HELD: break_quickly(peer, way); break;
    default:
        (void)send(peer->worker.socket, report, sizeof report - 1, MSG_NOSIGNAL);
        shutdown(peer->worker.socket, SHUT_RDWR);
    }
    while (!gantry_channel_is_over(peer->worker.channel)) sched_yield();
}

/* Bytes that decide what the peer does. */
struct source {
    const uint8_t *bytes;
    uint64_t left;
};

static uint8_t next(struct source *source) {
    if (source->left == 0) return 0;
    source->left--;
    return *source->bytes++;
}

static uint64_t next_word(struct source *source) {
    static const uint64_t words[] = {0, 1, 2, 3, 4, 5, 255, 4096, UINT32_MAX, UINT64_MAX, UINT64_C(1) << 63, 1 << 20,
                                     (UINT64_C(1) << 24) | 1, (UINT64_C(2) << 24), 8, (uint64_t)INT64_MIN};
    uint8_t choice = next(source);
    if (choice < 128) return words[choice % 16];
    uint64_t word = 0;
    for (int index = 0; index < 8; index++) word = word << 8 | next(source);
    return word;
}

/* Brings a slot back, as the bytes say: mostly the first one, which was asked for. */
static void bring_any(hostile_peer *peer, struct source *source) {
    uint8_t number = next(source), count = next(source);
    struct slot *slot = &quick_of(peer)->slots[number % SLOTS];
    for (uint64_t index = 0; index < count % 32; index++) {
        uint64_t word = next_word(source);
        memcpy(slot->bytes + index * 8, &word, 8);
    }
    slot->size = count < 128 ? (uint64_t)(count % 32) * 8 : next_word(source);
    slot->held = count % 4 == 0 ? next_word(source) : slot->size - 8;
    bring(quick_of(peer), number < 128 ? number % 4 : next(source));
}

/* One piece into the lane, as the bytes say; whether it goes on. */
static int32_t send_piece(hostile_peer *peer, struct source *source, struct lane *lane, uint32_t *sequence) {
    uint8_t how = next(source), count = next(source);
    uint64_t size = (uint64_t)count * 8;
    for (uint64_t index = 0; index < count; index++) {
        uint64_t word = next_word(source);
        memcpy(lane->bytes + index * 8, &word, 8);
    }
    if (how % 16 == 7) size = next_word(source);
    if (how % 32 == 9) *sequence += next(source);
    if (how % 64 == 13) bring_any(peer, source);
    if (how % 64 == 11) tell(peer, next(source), next(source), next(source) % 9);
    pass(lane, ++*sequence, how % 4 == 0 ? 1u + how / 4 % 5 : (how % 4 == 1 ? REQUEST : ANSWER), size);
    return source->left != 0;
}

struct fuzzing {
    hostile_peer *peer;
    struct source source;
    uint64_t pieces;
};

/* Answers whatever the host says in its first lane, until the bytes are used up; then the peer dies. */
static void *answer_all(void *argument) {
    struct fuzzing *fuzzing = argument;
    hostile_peer *peer = fuzzing->peer;
    struct lane *lane = lane_at(peer, 0);
    uint32_t sequence = 0;
    do {
        if (!wait_for(peer, lane, sequence + 1)) return NULL;
        sequence++;
        fuzzing->pieces++;
    } while (send_piece(peer, &fuzzing->source, lane, &sequence));
    shutdown(peer->worker.socket, SHUT_RDWR);
    return NULL;
}

static void *answer_once(void *argument) {
    struct fuzzing *fuzzing = argument;
    struct lane *lane = lane_at(fuzzing->peer, 0);
    uint32_t sequence = 1;
    if (wait_for(fuzzing->peer, lane, sequence)) (void)send_piece(fuzzing->peer, &fuzzing->source, lane, &sequence);
    return NULL;
}

static const void *find(const prober *worker, const char *id) {
    const void *table = NULL;
    gantry_str_v1 name = {(const uint8_t *)id, strlen(id)};
    if (worker->module.query == NULL) return NULL;
    return worker->module.query(worker->module.module, name, 1, &table) == GANTRY_OK ? table : NULL;
}

static void note_end(void *worker, int32_t status) {
    (void)status;
    atomic_fetch_sub(&((prober *)worker)->quick_count, 1);
}

static void begin_quickly(prober *worker, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    (void)gantry_channel_ping(worker->channel, 1);
    for (int count = 0; count < 3; count++) {
        atomic_fetch_add(&worker->quick_count, 1);
        if (gantry_channel_handle(worker->instance, call, request, note_end, worker) != GANTRY_OK)
            note_end(worker, GANTRY_OK);
    }
}

static void use_module(prober *worker) {
    const gantry_lifecycle_v1 *lifecycle = find(worker, GANTRY_LIFECYCLE_ID);
    const gantry_http_v1 *http = find(worker, GANTRY_HTTP_ID);
    const gantry_description_v1 *description;
    uint8_t message[64];
    gantry_error_v1 error = {.message_capacity = sizeof message, .message = message};
    gantry_call_v1 call = {.call = worker->call, .instance = worker->instance_handle};
    gantry_str_v1 configuration = {(const uint8_t *)"{}", 2};
    gantry_request_v1 request = {.operation = 0};
    worker->scope = (gantry_host_v1){worker->instance_handle, prober_query};
    if (lifecycle == NULL || lifecycle->describe == NULL || lifecycle->create == NULL || lifecycle->destroy == NULL)
        return;
    if (lifecycle->describe(worker->module.module, &description) == GANTRY_OK)
        for (uint64_t index = 0; index < description->operation_count && description->operations != NULL; index++)
            if (description->operations[index].size > 1 << 20) abort();
    int32_t status = lifecycle->create(worker->module.module, &call, &worker->scope, configuration, &worker->instance,
                                       &error);
    if (error.message_size > sizeof message) abort();
    if (status != GANTRY_OK) return;
    begin_quickly(worker, &call, &request);
    if (http != NULL && http->handle != NULL) (void)http->handle(worker->instance, &call, &request);
    (void)lifecycle->destroy(worker->instance);
}

uint64_t hostile_answer(const uint8_t *bytes, uint64_t size) {
    struct fuzzing fuzzing = {open_channel(), {bytes, size}, 0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, answer_all, &fuzzing) != 0) abort();
    (void)ask_to_enter(fuzzing.peer);
    use_module(&fuzzing.peer->worker);
    gantry_channel_break(fuzzing.peer->worker.channel, "The test is over.");
    pthread_join(thread, NULL);
    hostile_close(fuzzing.peer);
    return fuzzing.pieces;
}

int32_t hostile_entry(const uint8_t *bytes, uint64_t size) {
    struct fuzzing fuzzing = {open_channel(), {bytes, size}, 0};
    prober *worker = &fuzzing.peer->worker;
    pthread_t thread;
    if (pthread_create(&thread, NULL, answer_once, &fuzzing) != 0) abort();
    int32_t status = gantry_channel_enter(worker->channel, &prober_entry_host, 0, &worker->module);
    pthread_join(thread, NULL);
    hostile_close(fuzzing.peer);
    return status;
}
