/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The memory class of a queue, without privilege: a buffer of the queue is exported, and the exporter's name in the
 * fd's fdinfo is the name of the videobuf2 allocator, which is also what the queue imports with. The name is a debug
 * string: one that is not known stays unknown.
 */
#include "v4l2.h"

enum memory_class _cen_v4l2_memory_class(const char *exp_name)
{
	static const struct {
		const char *name;
		enum memory_class class;
	} names[] = {
		{"videobuf2_dma_contig", MEMORY_CONTIGUOUS},
		{"videobuf2_dma_sg", MEMORY_SCATTERED},
		{"videobuf2_vmalloc", MEMORY_MAPPED},
	};
	char plain[48];
	size_t n = 0;

	/* KBUILD_MODNAME has '_'; the module's file has '-'. */
	for (; exp_name[n] && n < sizeof(plain) - 1; n++) {
		plain[n] = exp_name[n];
		if (plain[n] == '-')
			plain[n] = '_';
	}
	plain[n] = '\0';
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (strcmp(plain, names[i].name) == 0)
			return names[i].class;
	}
	return MEMORY_UNKNOWN;
}

const struct queue_memory *_cen_v4l2_memory_recall(const struct state *state, uint64_t devnum, uint32_t type,
						   const char *bus_info)
{
	for (size_t i = 0; i < state->known_count; i++) {
		const struct known_queue *known = &state->known[i];

		if (known->devnum == devnum && known->type == type &&
		    strncmp(known->bus_info, bus_info, sizeof(known->bus_info)) == 0)
			return &known->memory;
	}
	return NULL;
}

static void remember(const struct session *session, const struct queue_memory *memory)
{
	struct state *state = session->state;
	struct known_queue *grown = reallocarray(state->known, state->known_count + 1, sizeof(*grown));

	/* Without memory it is asked again the next time. */
	if (!grown)
		return;
	state->known = grown;
	grown[state->known_count] = (struct known_queue){
		.devnum = session->devnum,
		.type = session->type,
		.memory = *memory,
	};
	memcpy(grown[state->known_count].bus_info, session->capability.bus_info, sizeof(grown->bus_info));
	state->known_count++;
}

/* The line "exp_name: NAME" of an fd's fdinfo. */
static bool read_exp_name(int fd, char *name, size_t size)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "exp_name:", 9) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(name, size, "%s", line + 9 + strspn(line + 9, " \t"));
		return true;
	}
	return false;
}

static int export_first(const struct session *session, char *name, size_t size, const char **where)
{
	struct v4l2_exportbuffer request = {.type = session->type, .flags = O_RDWR | O_CLOEXEC};
	_cleanup_close_ int fd = -1;
	int ret;

	*where = "VIDIOC_EXPBUF";
	ret = call_ioctl(session->fd, VIDIOC_EXPBUF, &request);
	if (ret < 0)
		return ret;
	*where = "exp_name in /proc/self/fdinfo";
	fd = request.fd;
	return read_exp_name(fd, name, size) ? 0 : -ENOENT;
}

static int probe(const struct session *session, struct queue_memory *memory, const char **where)
{
	struct v4l2_requestbuffers request = {.count = 1, .type = session->type, .memory = V4L2_MEMORY_MMAP};
	int ret, undone;

	*where = "VIDIOC_REQBUFS";
	ret = call_ioctl(session->fd, VIDIOC_REQBUFS, &request);
	if (ret < 0)
		return ret;
	memory->least_count = request.count;
	ret = export_first(session, memory->exp_name, sizeof(memory->exp_name), where);
	request.count = 0;
	undone = call_ioctl(session->fd, VIDIOC_REQBUFS, &request);
	if (undone < 0)
		note_session(session, "%s: VIDIOC_REQBUFS(0): %s", session->path, strerror(-undone));
	if (ret == 0)
		memory->class = _cen_v4l2_memory_class(memory->exp_name);
	return ret;
}

struct queue_memory _cen_v4l2_memory_learn(struct session *session, bool is_passive)
{
	const struct queue_memory *known = _cen_v4l2_memory_recall(session->state, session->devnum, session->type,
								   (const char *)session->capability.bus_info);
	struct queue_memory memory = {0};
	const char *where = NULL;
	int ret;

	if (known)
		return *known;
	if (is_passive) {
		note_session(session, "memory class: not probed, for only calls without a side effect are allowed; "
				      "contiguous memory is assumed");
		return memory;
	}
	ret = probe(session, &memory, &where);
	if (ret == -EBUSY) {
		note_session(session,
			     "memory class: another process owns the queue (EBUSY); contiguous memory is assumed");
	} else if (ret < 0) {
		note_session(session, "memory class: %s: %s; contiguous memory is assumed", where, strerror(-ret));
	} else {
		if (memory.class == MEMORY_UNKNOWN)
			note_session(session,
				     "memory class: exporter \"%s\" is not known; contiguous memory is assumed",
				     memory.exp_name);
		remember(session, &memory);
	}
	return memory;
}
