/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the files of the V4L2 backend share. */
#pragma once

#include "backend-util.h"
#include "compat.h"
#include "formats.h"

/* Which of videobuf2's three allocators a queue uses. It imports with the one that it allocates with. */
enum memory_class {
	MEMORY_UNKNOWN = 0,
	MEMORY_CONTIGUOUS, /* vb2 dma-contig */
	MEMORY_SCATTERED, /* vb2 dma-sg */
	MEMORY_MAPPED, /* vb2 vmalloc: the CPU does the work through a kernel mapping */
};

/* What was learned by allocating one buffer. */
struct queue_memory {
	enum memory_class class;
	uint32_t least_count; /* buffers that the driver made when asked for one */
	char exp_name[48]; /* empty: nothing was learned */
};

/* What is remembered about a queue, so that it can be told while another process owns it. */
struct known_queue {
	uint64_t devnum;
	uint32_t type;
	char bus_info[32]; /* guards against a number that is used again */
	struct queue_memory memory;
};

struct state {
	const struct cen_host *host;
	struct known_queue *known;
	size_t known_count;
};

/* struct v4l2_format without the difference between the two APIs. Planes are memory planes. */
struct picture {
	uint32_t pixelformat, width, height, field;
	uint32_t plane_count;
	uint32_t stride[CEN_MAX_PLANES]; /* 0 in a wish: the driver's choice */
	uint32_t size[CEN_MAX_PLANES];
};

/* One open queue of one device. */
struct session {
	struct state *state;
	struct cen_call *call;
	const char *path;
	uint64_t devnum;
	uint32_t usage;
	int fd;
	uint32_t type; /* V4L2_BUF_TYPE_* */
	bool is_multiplanar, is_output, is_m2m;
	uint32_t device_caps;
	struct v4l2_capability capability;
	struct v4l2_format saved; /* type 0: nothing to put back */
	struct v4l2_selection rectangles[2]; /* crop and compose; type 0: the device has none */
};

/* What REQBUFS or CREATE_BUFS say without allocating. */
struct buffer_caps {
	bool is_known;
	uint32_t flags; /* V4L2_BUF_CAP_* */
	uint32_t max_count;
};

/*
 * ioctl() that is repeated when a signal interrupts it, and only then: codecs answer EAGAIN to questions about a
 * format that they do not know yet. Returns 0 or a negative errno.
 */
static inline int call_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

#define fail_session(session, syscall, errnum, ...)                                                                    \
	fail((session)->state->host, (session)->call, syscall, errnum, __VA_ARGS__)
#define note_session(session, ...) note((session)->state->host, (session)->call, __VA_ARGS__)

/* session.c: open, close, and the format that the queue had. */
int _cen_v4l2_open_node(const char *path, uint64_t devnum, int *fd);
int _cen_v4l2_session_open(struct state *state, struct cen_call *call, const char *path, uint64_t devnum,
			   uint32_t usage, struct session *out);
/* Puts the saved format back, then closes. No buffers may be left. */
void _cen_v4l2_session_close(struct session *session);
#define _cleanup_session_ __attribute__((cleanup(_cen_v4l2_session_close)))
/* Make the queue use this picture. The format before is put back when the session closes. */
int _cen_v4l2_session_set(struct session *session, const struct picture *wish, struct picture *out);

/* query.c: calls without a side effect. */
uint32_t _cen_v4l2_usages(int fd, uint32_t device_caps);
uint32_t _cen_v4l2_queue_type(uint32_t device_caps, bool is_output);
/* Returns 1, 0 past the last format, or a negative errno. */
int _cen_v4l2_enum_format(int fd, uint32_t type, uint32_t index, struct v4l2_fmtdesc *out);
/* Returns 1, 0, or a negative errno: a question that got no answer is not a no. */
int _cen_v4l2_has_format(const struct session *session, uint32_t pixelformat);
void _cen_v4l2_to_format(const struct picture *from, uint32_t type, struct v4l2_format *to);
void _cen_v4l2_from_format(const struct v4l2_format *from, struct picture *to);
int _cen_v4l2_get_picture(const struct session *session, struct picture *out);
int _cen_v4l2_try_picture(const struct session *session, const struct picture *wish, struct picture *out);
struct buffer_caps _cen_v4l2_buffer_caps(const struct session *session, bool is_passive);
uint32_t _cen_v4l2_least_count(const struct session *session);

/*
 * The picture that an image of the plan stands for: the V4L2 spelling that the queue has, with the image's size and
 * strides and the driver's own sizes. Fails with a text when the driver wants another layout or more bytes, or when
 * the image has its planes elsewhere than V4L2 does.
 */
int _cen_v4l2_match_image(const struct session *session, const struct cen_image_desc *image, struct picture *out);

/* stride.c: how the driver answers to strides that are asked of it. */
struct stride_answer {
	uint32_t natural; /* the driver's choice */
	uint32_t align; /* 0: no other stride than the natural one */
	uint32_t min, max; /* 0 when align is 0 */
};
/* answers has a place for each memory plane of base, which is the driver's picture with its own strides. */
int _cen_v4l2_stride_learn(const struct session *session, const struct picture *base, struct stride_answer *answers);

/* memory.c: the memory class. */
enum memory_class _cen_v4l2_memory_class(const char *exp_name);
const struct queue_memory *_cen_v4l2_memory_recall(const struct state *state, uint64_t devnum, uint32_t type,
						   const char *bus_info);
/* Tries when it may, remembers, and notes why when nothing is learned. */
struct queue_memory _cen_v4l2_memory_learn(struct session *session, bool is_passive);

/* constraints.c: from answers to constraints. */
#define MAX_CONSTRAINTS 64
struct constraint_list {
	struct cen_constraint items[MAX_CONSTRAINTS];
	size_t count;
};
/* Facts that hold for every format of a queue. */
struct queue_facts {
	struct queue_memory memory;
	struct buffer_caps caps;
	uint32_t least_count;
	uint32_t address_bits; /* 0: not known */
	bool is_translated; /* behind an IOMMU */
	char count_note[64];
};
void _cen_v4l2_add(struct constraint_list *list, uint32_t kind, uint32_t plane, uint64_t value, uint32_t provenance,
		   const char *text);
void _cen_v4l2_add_size(const struct session *session, const struct picture *wish, const struct picture *got,
			bool is_padded, struct constraint_list *list);
void _cen_v4l2_add_layout(const struct session *session, const struct format_row *row, const struct picture *wish,
			  const struct picture *got, const struct stride_answer *answers, struct constraint_list *list);
void _cen_v4l2_add_memory(const struct session *session, const struct queue_facts *facts, struct constraint_list *list);
/* Rows of luma before the chroma of a picture in one buffer; 0: the driver's sizes do not tell. */
uint64_t _cen_v4l2_padded_rows(const struct cen_format_info *info, const struct picture *got);

/* The operations. */
int _cen_v4l2_list(void *data, struct cen_call *call);
int _cen_v4l2_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
		       const struct cen_query *query);
int _cen_v4l2_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			 const struct cen_image_desc *image);
int _cen_v4l2_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
		       const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made);
