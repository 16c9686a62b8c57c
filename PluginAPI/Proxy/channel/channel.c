/* channel.c: how a channel is made, ended and counted. */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

uint64_t channel_stride(const struct channel_head *head) {
    uint64_t size = sizeof(struct lane_memory) + head->lane_bytes;
    return (size + CHANNEL_PAGE - 1) / CHANNEL_PAGE * CHANNEL_PAGE;
}

/* After all lanes. */
static uint64_t quick_offset(const struct channel_head *head) {
    return CHANNEL_PAGE + ((uint64_t)head->call_lanes + head->return_lanes) * channel_stride(head);
}

static uint64_t memory_size(const struct channel_head *head) {
    return quick_offset(head) + sizeof(struct quick_memory);
}

static int32_t is_usable(const struct channel_head *head) {
    return head->call_lanes >= 1 && head->call_lanes <= CHANNEL_LANES && head->return_lanes >= 1 &&
           head->return_lanes <= CHANNEL_LANES && head->lane_bytes >= 1024 && head->lane_bytes <= CHANNEL_SMALL_BYTES;
}

void channel_hold(gantry_channel *channel) { atomic_fetch_add(&channel->references, 1); }

void channel_let_go(gantry_channel *channel) {
    if (atomic_fetch_sub(&channel->references, 1) != 1) return;
    close(channel->socket);
    munmap(channel->memory, channel->memory_size);
    pthread_cond_destroy(&channel->lane_freed);
    pthread_mutex_destroy(&channel->mutex);
    quick_end(channel);
    free(channel->own_lanes);
    free(channel->served_lanes);
    gantry_channel_owner owner = channel->owner;
    free(channel);
    if (owner.released != NULL) owner.released(owner.context);
}

static void hold_peer(gantry_proxy_peer *peer, int32_t is_held) {
    if (is_held) channel_hold((gantry_channel *)peer);
    else channel_let_go((gantry_channel *)peer);
}

static int32_t ask_owner(gantry_proxy_peer *peer, uint64_t call, uint64_t instance) {
    const gantry_channel *channel = (const gantry_channel *)peer;
    return channel->owner.admits(channel->owner.context, call, instance);
}

gantry_proxy_link channel_link(gantry_channel *channel) {
    return (gantry_proxy_link){channel_exchange, channel, &channel->peer};
}

/* The lanes of one direction, the first of them on top of the free ones. */
static channel_lane *make_lanes(gantry_channel *channel, uint32_t first, uint32_t count, uint64_t stride) {
    channel_lane *lanes = calloc(count, sizeof *lanes);
    for (uint32_t index = 0; lanes != NULL && index < count; index++) {
        uint8_t *memory = channel->memory + CHANNEL_PAGE + (uint64_t)(first + index) * stride;
        lanes[index] = (channel_lane){(struct lane_memory *)memory, 0, index, index + 1 < count ? index + 2 : 0, 0};
    }
    return lanes;
}

gantry_channel *channel_make(const struct channel_head *head, const gantry_channel_owner *owner, int32_t is_host,
                             int socket, uint8_t *memory, uint64_t size) {
    gantry_channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL) return NULL;
    channel->memory = memory;
    channel->memory_size = size;
    channel->room = head->lane_bytes;
    channel->is_host = is_host;
    channel->socket = socket;
    channel->owner = *owner;
    channel->peer.hold = hold_peer;
    channel->first_free = 1;
    atomic_init(&channel->references, 2); /* the owner's and that of the control's thread, which may come late */
    channel_lane *calls = make_lanes(channel, 0, head->call_lanes, channel_stride(head));
    channel_lane *returns = make_lanes(channel, head->call_lanes, head->return_lanes, channel_stride(head));
    if (calls == NULL || returns == NULL) {
        free(calls);
        free(returns);
        free(channel);
        return NULL;
    }
    quick_begin(channel, (struct quick_memory *)(memory + quick_offset(head)));
    channel->own_lanes = is_host ? calls : returns;
    channel->served_lanes = is_host ? returns : calls;
    channel->own_count = is_host ? head->call_lanes : head->return_lanes;
    channel->served_count = is_host ? head->return_lanes : head->call_lanes;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&channel->mutex, NULL);
    pthread_cond_init(&channel->lane_freed, &attributes);
    pthread_condattr_destroy(&attributes);
    return channel;
}

static gantry_channel_settings complete(const gantry_channel_settings *given) {
    gantry_channel_settings settings = *given;
    if (settings.call_lanes == 0) settings.call_lanes = 32;
    if (settings.return_lanes == 0) settings.return_lanes = 16;
    if (settings.lane_bytes == 0) settings.lane_bytes = 128 << 10;
    if (settings.most_tokens == 0) settings.most_tokens = 65536;
    if (settings.most_message_bytes == 0) settings.most_message_bytes = 128 << 20;
    if (settings.most_memory_bytes == 0) settings.most_memory_bytes = 256 << 20;
    return settings;
}

/* Memory whose size nobody changes any more: the worker cannot take pages away from under the host. */
static uint8_t *make_memory(const struct channel_head *head, int *out_descriptor) {
    uint64_t size = memory_size(head);
    int descriptor = memfd_create("gantry-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return NULL;
    void *memory = MAP_FAILED;
    if (ftruncate(descriptor, (off_t)size) == 0 &&
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) {
        close(descriptor);
        return NULL;
    }
    memcpy(memory, head, sizeof *head);
    *out_descriptor = descriptor;
    return memory;
}

int32_t gantry_channel_open(const gantry_channel_settings *given, const gantry_channel_owner *owner,
                            gantry_channel **out_channel, int *out_socket, int *out_memory) {
    gantry_channel_settings settings = complete(given);
    struct channel_head head = {CHANNEL_MAGIC, CHANNEL_VERSION, settings.call_lanes, settings.return_lanes,
                                settings.lane_bytes / 8 * 8};
    int sockets[2], memory_descriptor;
    if (!is_usable(&head) || owner->start == NULL || owner->admits == NULL) return GANTRY_E_INVALID;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) return GANTRY_E_BUSY;
    uint8_t *memory = make_memory(&head, &memory_descriptor);
    gantry_channel *channel = NULL;
    if (memory != NULL) channel = channel_make(&head, owner, 1, sockets[0], memory, memory_size(&head));
    if (channel == NULL) {
        int number = errno;
        if (memory != NULL) {
            munmap(memory, memory_size(&head));
            close(memory_descriptor);
        }
        close(sockets[0]);
        close(sockets[1]);
        errno = number;
        return GANTRY_E_BUSY;
    }
    channel->settings = settings;
    channel->peer.most_tokens = settings.most_tokens;
    channel->peer.admits = ask_owner;
    *out_channel = channel;
    *out_socket = sockets[1];
    *out_memory = memory_descriptor;
    return GANTRY_OK;
}

int32_t gantry_channel_join(int socket, int memory_descriptor, const gantry_channel_owner *owner,
                            gantry_channel **out_channel) {
    struct channel_head head;
    struct stat status;
    if (owner->start == NULL) return GANTRY_E_INVALID;
    if (pread(memory_descriptor, &head, sizeof head, 0) != sizeof head) return GANTRY_E_INVALID;
    if (head.magic != CHANNEL_MAGIC || head.version != CHANNEL_VERSION || !is_usable(&head)) return GANTRY_E_INVALID;
    uint64_t size = memory_size(&head);
    if (fstat(memory_descriptor, &status) != 0 || (uint64_t)status.st_size != size) return GANTRY_E_INVALID;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory_descriptor, 0);
    if (memory == MAP_FAILED) return GANTRY_E_BUSY;
    gantry_channel *channel = channel_make(&head, owner, 0, socket, memory, size);
    if (channel == NULL) {
        munmap(memory, size);
        return GANTRY_E_BUSY;
    }
    close(memory_descriptor);
    proxy_connect_host(channel_link(channel));
    *out_channel = channel;
    return GANTRY_OK;
}

void channel_note_reason(gantry_channel *channel, const char *text, uint64_t size) {
    pthread_mutex_lock(&channel->mutex);
    if (channel->reason[0] == 0) {
        uint64_t kept = size < CHANNEL_REASON - 1 ? size : CHANNEL_REASON - 1;
        for (uint64_t index = 0; index < kept; index++)
            channel->reason[index] = text[index] < ' ' || text[index] > '~' ? '?' : text[index];
        channel->reason[kept] = 0;
    }
    pthread_mutex_unlock(&channel->mutex);
}

void gantry_channel_break(gantry_channel *channel, const char *reason) {
    int expected = 0;
    channel_note_reason(channel, reason, strlen(reason));
    if (!atomic_compare_exchange_strong(&channel->is_over, &expected, 1)) return;
    channel_wake_all(channel);
    /* Wakes the thread of `gantry_channel_control`, which sees to the rest, and the worker's. */
    shutdown(channel->socket, SHUT_RDWR);
}

int32_t gantry_channel_is_over(const gantry_channel *channel) { return atomic_load(&channel->is_over); }

uint64_t gantry_channel_reason(gantry_channel *channel, char *out_text, uint64_t capacity) {
    pthread_mutex_lock(&channel->mutex);
    uint64_t size = strlen(channel->reason);
    if (capacity != 0) {
        uint64_t kept = size < capacity - 1 ? size : capacity - 1;
        memcpy(out_text, channel->reason, kept);
        out_text[kept] = 0;
    }
    pthread_mutex_unlock(&channel->mutex);
    return size;
}

void gantry_channel_count(gantry_channel *channel, gantry_channel_counts *out_counts) {
    pthread_mutex_lock(&channel->mutex);
    uint32_t busy = channel->busy_lanes;
    pthread_mutex_unlock(&channel->mutex);
    pthread_mutex_lock(&channel->quick.mutex);
    busy += channel->quick.under_way;
    pthread_mutex_unlock(&channel->quick.mutex);
    *out_counts = (gantry_channel_counts){atomic_load(&channel->calls), atomic_load(&channel->served),
                                          atomic_load(&channel->peer.refused), busy,
                                          proxy_count(channel->is_host ? &proxy_host_side : &proxy_module_side,
                                                      &channel->peer)};
}

void gantry_channel_close(gantry_channel *channel) {
    gantry_channel_break(channel, "The channel was closed.");
    proxy_end_peer(channel->is_host ? &proxy_host_side : &proxy_module_side, &channel->peer);
    proxy_remote *module = atomic_exchange(&channel->module, NULL);
    if (module != NULL) proxy_free_remote(module);
    channel_let_go(channel);
}
