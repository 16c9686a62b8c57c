/* hostile_peer.h: the other end of a channel, in the hands of somebody who writes what he likes to the wire. */
#ifndef HOSTILE_PEER_H
#define HOSTILE_PEER_H

#include <stdint.h>

typedef struct hostile_peer hostile_peer;

/* A channel of the probe's host whose worker is this peer; the limits are small. */
hostile_peer *hostile_open(void);
void hostile_close(hostile_peer *peer);

/* Whether the host has ended the channel, and why; valid until the next call of this function. */
int32_t hostile_is_over(hostile_peer *peer);
const char *hostile_reason(hostile_peer *peer);
uint64_t hostile_refused(hostile_peer *peer);
uint64_t hostile_call(const hostile_peer *peer);
uint64_t hostile_instance(const hostile_peer *peer);

/* Sends a request of these bytes, 4096 at most, as a thread of the worker would, and gives the status that the host
 * answers; 1000 when there is no answer since the channel is over. */
int64_t hostile_request(hostile_peer *peer, const void *bytes, uint64_t size);

/* The number of a host's table in requests. */
uint64_t hostile_table(const char *id);

/* Ways to break the rules of the wire. */
enum hostile_way {
    HOSTILE_SEQUENCE = 0,    /* the lane's number jumps */
    HOSTILE_KIND = 1,        /* a piece of an unknown kind */
    HOSTILE_ANSWER = 2,      /* an answer that nobody waits for */
    HOSTILE_CHANGE = 3,      /* a message that changes its kind on the way */
    HOSTILE_LANE = 4,        /* a thread for a lane that does not exist */
    HOSTILE_TWICE = 5,       /* a thread for a lane that has one */
    HOSTILE_SHORT = 6,       /* half a message over the socket */
    HOSTILE_REPORT = 7,      /* a report of control characters, and the end */
    HOSTILE_UNASKED = 8,     /* a slot that nobody waits for */
    HOSTILE_SLOT = 9,        /* a slot that there is none of */
    HOSTILE_AGAIN = 10,      /* a slot that has come back before */
    HOSTILE_SIZE = 11,       /* an answer larger than its slot */
    HOSTILE_SPLIT = 12,      /* one that holds more than it is */
    HOSTILE_HELD = 13,       /* one that holds what is no answer of a handler */
    HOSTILE_WAYS = 14
};
void hostile_break(hostile_peer *peer, uint32_t way);

/* The host asks for a sign of life, as `gantry_channel_ping`; the peer gives it. */
int64_t hostile_ping(hostile_peer *peer, int64_t now);
void hostile_sign(hostile_peer *peer);

/* Lets a quick call end whose handler has left this request to be served; whether the channel is over then. */
int32_t hostile_hold(hostile_peer *peer, const void *bytes, uint64_t size);

/* Announces a message of so many bytes and sends only its first piece: the status, as `hostile_request`. */
int64_t hostile_announce(hostile_peer *peer, uint64_t size);

/*
 * The host enters the module, asks what it is, makes an instance and handles a request, while the peer answers from
 * `bytes`: whole words or cut, answers or requests of its own, in the lane and besides. Gives how many pieces it sent.
 * What the host may do is answer statuses and end the channel.
 */
uint64_t hostile_answer(const uint8_t *bytes, uint64_t size);

/* The same for the entry alone: gives what `gantry_channel_enter` answers. */
int32_t hostile_entry(const uint8_t *bytes, uint64_t size);

#endif
