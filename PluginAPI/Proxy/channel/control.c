/* control.c: the socket of a channel: lanes that want a thread, what a worker reports, and the other's death. */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Does what the other side asks; whether it may. */
static int32_t handle(gantry_channel *channel, const struct control_message *message, uint64_t size) {
    uint64_t head = offsetof(struct control_message, text);
    if (size < head) return 0;
    if (message->kind == CONTROL_REPORT) {
        if (channel->is_host) channel_note_reason(channel, message->text, size - head);
        return channel->is_host;
    }
    if (message->kind != CONTROL_START || size != head || message->value > channel->served_count) return 0;
    int32_t is_quick = message->value == channel->served_count;
    /* The host has seen to its own thread for quick calls. */
    if (is_quick && (channel->is_host || channel->quick.is_started)) return 0;
    if (!is_quick && channel->served_lanes[message->value].is_started) return 0;
    if (is_quick) channel->quick.is_started = 1;
    else channel->served_lanes[message->value].is_started = 1;
    /* For the thread, which may come to `gantry_channel_serve` after the owner has closed the channel. */
    channel_hold(channel);
    if (channel->owner.start(channel->owner.context, channel, message->value)) return 1;
    channel_let_go(channel);
    gantry_channel_break(channel, "No thread could be started for a lane.");
    return 1;
}

void gantry_channel_control(gantry_channel *channel) {
    const struct timespec pause = {0, 1000000};
    for (;;) {
        struct control_message message;
        ssize_t size = recv(channel->socket, &message, sizeof message, 0);
        /* A worker that ends before it has read all is told as an error once, and what it said comes after that. */
        if (size < 0 && (errno == EINTR || errno == ECONNRESET)) continue;
        if (size <= 0) break;
        if (!handle(channel, &message, (uint64_t)size))
            gantry_channel_break(channel, "The worker sent what is no message.");
    }
    gantry_channel_break(channel, channel->is_host ? "The worker has ended." : "The host has closed the channel.");
    /* A thread that was about to sleep when it was woken sleeps now: until none is left. */
    do {
        channel_wake_all(channel);
        nanosleep(&pause, NULL);
    } while (atomic_load(&channel->waiting) != 0);
    channel_let_go(channel);
}

void gantry_channel_report(int socket, const char *text) {
    struct control_message message = {CONTROL_REPORT, 0, {0}};
    snprintf(message.text, sizeof message.text, "%s", text);
    (void)send(socket, &message, offsetof(struct control_message, text) + strlen(message.text), MSG_NOSIGNAL);
}
