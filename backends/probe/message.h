/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What a backend and its probe program say to each other. A GPU's driver crashes, starts threads and does not survive
 * fork(): so it is loaded into a program of our own, and never into the application. The two are joined by a
 * SOCK_SEQPACKET socket; file descriptors travel beside the messages. One request, then any number of answers, the
 * last of which is a probe_end. Both come from one build, so a message of another version is refused.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/backend.h>

#define PROBE_VERSION 1u
/* The file descriptor of the socket in the program. */
#define PROBE_SOCKET 3

#define PROBE_MAX_PAIRS 16384u /* in all */
#define PROBE_MESSAGE_PAIRS 256u /* in one message */
#define PROBE_MAX_IMAGES 64u

enum probe_kind {
	PROBE_REQUEST = 1,
	PROBE_INFO = 2,
	PROBE_PAIRS = 3,
	PROBE_IMAGE = 4,
	PROBE_END = 5,
};

enum probe_operation {
	PROBE_DESCRIBE = 1, /* answered by probe_info and probe_pairs */
	PROBE_IMPORT = 2, /* a file descriptor for each object of the image */
	PROBE_ALLOCATE = 3, /* answered by count probe_images */
};

/* At the beginning of every message. */
struct probe_header {
	uint32_t size; /* of the whole message */
	uint32_t version; /* PROBE_VERSION */
	uint32_t kind; /* enum probe_kind */
	uint32_t count; /* of the pairs in the message; otherwise 0 */
};

/* Use the driver that needs no device node. */
#define PROBE_FLAG_SOFTWARE (1u << 0)

struct probe_request {
	struct probe_header header;
	uint32_t operation; /* enum probe_operation */
	uint32_t usage; /* enum cen_usage */
	uint32_t flags; /* PROBE_FLAG_* */
	uint32_t time_limit_ms; /* after which the program ends by itself */
	uint32_t count; /* PROBE_ALLOCATE: images */
	uint32_t reserved;
	uint64_t devnum; /* st_rdev of the node; 0: none */
	char path[256]; /* of the node, or a name */
	struct cen_image_desc image; /* PROBE_IMPORT: a fact; PROBE_ALLOCATE: a wish */
};

/* What the driver says of itself. */
struct probe_info {
	struct probe_header header;
	uint32_t flags; /* the backend's own */
	uint32_t reserved;
	uint32_t texture_max; /* pixels, width and height; 0: not known */
	uint32_t render_max;
	uint32_t values[8]; /* the backend's own */
	char driver[64];
	char device[128];
	char version[128];
};

#define PROBE_PAIR_TEXTURE (1u << 0) /* can be sampled */
#define PROBE_PAIR_RENDER (1u << 1) /* can be drawn into */
#define PROBE_PAIR_EXTERNAL (1u << 2) /* sampled with a conversion by the driver only */
/* Higher bits, from here: the backend's own. */
#define PROBE_PAIR_PRIVATE (1u << 8)

/* A fourcc with a modifier, as the driver takes it. */
struct probe_pair {
	uint32_t fourcc;
	uint32_t flags; /* PROBE_PAIR_* */
	uint64_t modifier;
	uint32_t plane_count; /* memory planes; 0: not told */
	uint32_t width_max, height_max; /* pixels; 0: as the probe_info says */
	uint32_t reserved;
};

struct probe_pairs {
	struct probe_header header;
	struct probe_pair pairs[PROBE_MESSAGE_PAIRS]; /* only header.count of them are sent */
};

/* One image that was made, with a file descriptor for each object. */
struct probe_image {
	struct probe_header header;
	struct cen_image_desc image;
};

/* The last answer. */
struct probe_end {
	struct probe_header header;
	int32_t error; /* 0 or a negative errno */
	uint32_t signal; /* that ended the driver; 0: none */
	char call[64]; /* what failed, "eglCreateImage"; may be empty */
	char message[256]; /* a sentence; empty when error is 0 */
};

union probe_message {
	struct probe_header header;
	struct probe_request request;
	struct probe_info info;
	struct probe_pairs pairs;
	struct probe_image image;
	struct probe_end end;
};

/* Send a whole message whose header is filled in. Returns 0 or a negative errno. */
int _cen_probe_send(int socket, const struct probe_header *message, const int *fds, uint32_t fd_count);

/*
 * Receive one message of at most size bytes and its file descriptors, close-on-exec, which are then the caller's.
 * fds has room for CEN_MAX_PLANES; more than these is -EPROTO. Returns the bytes, 0 when the other side is gone, or
 * a negative errno; -EAGAIN when nothing is there yet and flags has MSG_DONTWAIT.
 */
ptrdiff_t _cen_probe_receive(int socket, void *message, size_t size, int flags, int fds[CEN_MAX_PLANES],
			     uint32_t *fd_count);

/* Whether text ends within size bytes. */
int _cen_probe_is_text(const char *text, size_t size);
