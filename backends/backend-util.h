/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Helpers for backends: static inline only, so that a plug-in needs no symbol of the library. Nothing here knows a
 * subsystem.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cenalloc/backend.h>
#include <cenalloc/log.h>

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static inline void close_cleanup(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_close_ __attribute__((cleanup(close_cleanup)))

static inline void free_cleanup(void *ptr)
{
	free(*(void **)ptr);
}
#define _cleanup_free_ __attribute__((cleanup(free_cleanup)))

static inline void fclose_cleanup(FILE **file)
{
	if (*file)
		fclose(*file);
}
#define _cleanup_fclose_ __attribute__((cleanup(fclose_cleanup)))

static inline int steal_fd(int *fd)
{
	int value = *fd;

	*fd = -1;
	return value;
}

/* ioctl() that is repeated when a signal interrupts it. Returns 0 or a negative errno. */
static inline int retry_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : 0;
}

/* host->fail() with a formatted message. Returns -errnum. */
__attribute__((format(printf, 5, 6))) static inline int fail(const struct cen_host *host, struct cen_call *call,
							     const char *syscall, int errnum, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return host->fail(call, syscall, errnum, message);
}

/* host->log() of a warning with a formatted text. */
__attribute__((format(printf, 3, 4))) static inline void warn(const struct cen_host *host, struct cen_call *call,
							      const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	host->log(call, CEN_LOG_WARNING, text);
}

/* host->add_note() with a formatted text. */
__attribute__((format(printf, 3, 4))) static inline void note(const struct cen_host *host, struct cen_call *call,
							      const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	host->add_note(call, text);
}

/*
 * Who may open a file that this process may not open in a mode of access(2), and what would change that: membership
 * in the file's group where that would do, otherwise what advice says.
 */
static inline void describe_access(const char *path, int mode, const char *advice, char *help, size_t size)
{
	char owner[32], group[32], buf[4096];
	struct passwd pw, *has_pw = NULL;
	struct group gr, *has_gr = NULL;
	struct stat st;

	if (stat(path, &st) < 0) {
		snprintf(help, size, "%s: %s", path, strerror(errno));
		return;
	}
	/* Another thread may have a context of its own: only the calls without a static buffer. */
	getpwuid_r(st.st_uid, &pw, buf, sizeof(buf), &has_pw);
	snprintf(owner, sizeof(owner), "%s", has_pw ? pw.pw_name : "?");
	getgrgid_r(st.st_gid, &gr, buf, sizeof(buf), &has_gr);
	snprintf(group, sizeof(group), "%s", has_gr ? gr.gr_name : "?");
	/* The bits of access(2) are those of a file mode. Nobody is told to join group root. */
	if (st.st_gid && (st.st_mode >> 3 & (mode_t)mode) == (mode_t)mode)
		snprintf(help, size, "%s is %s:%s %04o: membership in group %s would help", path, owner, group,
			 (unsigned int)st.st_mode & 07777, group);
	else
		snprintf(help, size, "%s is %s:%s %04o: %s", path, owner, group, (unsigned int)st.st_mode & 07777,
			 advice);
}

/*
 * Whether this process may open path in a mode of access(2). Returns 0, or a negative errno with help saying who may
 * and what would change that; advice is, for example, "a udev rule giving group video would help".
 */
static inline int check_access_mode(const char *path, int mode, const char *advice, char *help, size_t size)
{
	int err;

	help[0] = '\0';
	if (access(path, mode) == 0)
		return 0;
	err = errno;
	if (err == EACCES || err == EPERM)
		describe_access(path, mode, advice, help, size);
	else
		snprintf(help, size, "%s: %s", path, strerror(err));
	return -err;
}

/* check_access_mode() for reading and writing. */
static inline int check_access(const char *path, const char *advice, char *help, size_t size)
{
	return check_access_mode(path, R_OK | W_OK, advice, help, size);
}

/* The first line of a small file of /proc or /sys, without its newline. Returns false when there is none. */
static inline bool read_line(const char *path, char *buf, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	if (!file || !fgets(buf, (int)size, file))
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

/* A small file of /proc or /sys that holds one number, as most do. Returns false when it does not. */
static inline bool read_number(const char *path, uint64_t *value)
{
	char line[64], *end;

	if (!read_line(path, line, sizeof(line)) || line[0] < '0' || line[0] > '9')
		return false;
	errno = 0;
	*value = strtoull(line, &end, 10);
	return errno == 0 && *end == '\0';
}

static inline uint64_t page_bytes(void)
{
	long page = sysconf(_SC_PAGESIZE);

	return page > 0 ? (uint64_t)page : 4096;
}

/* A line of /proc/meminfo in bytes, for example "MemAvailable"; 0 when there is none. */
static inline uint64_t read_meminfo(const char *key)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/meminfo", "re");
	size_t length = strlen(key);
	uint64_t kib, bytes;
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, length) != 0 || line[length] != ':')
			continue;
		if (sscanf(line + length + 1, " %" SCNu64, &kib) != 1 || __builtin_mul_overflow(kib, 1024, &bytes))
			return 0;
		return bytes;
	}
	return 0;
}

/* The highest physical address of RAM, from the zones of the page allocator; 0 when it cannot be read. */
static inline uint64_t read_ram_top(void)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/zoneinfo", "re");
	uint64_t spanned = 0, start, end, top = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " spanned %" SCNu64, &spanned) == 1)
			continue;
		if (sscanf(line, " start_pfn: %" SCNu64, &start) != 1)
			continue;
		if (spanned && !__builtin_add_overflow(start, spanned, &end) &&
		    !__builtin_mul_overflow(end, page_bytes(), &end) && end > top)
			top = end;
		spanned = 0;
	}
	return top ? top - 1 : 0;
}

/* Whether the host wants this format described. */
static inline bool is_wanted(const struct cen_query *query, uint32_t fourcc)
{
	for (size_t i = 0; i < query->fourcc_count; i++) {
		if (query->fourccs[i] == fourcc)
			return true;
	}
	return query->fourcc_count == 0;
}

/* The constraints of one alternative while it is put together. What no longer fits is left out. */
struct bounds {
	struct cen_constraint items[32];
	size_t count;
};

static inline void add_bound(struct bounds *bounds, uint32_t kind, uint32_t plane, uint64_t value, uint32_t provenance,
			     const char *text)
{
	if (bounds->count == ARRAY_LENGTH(bounds->items))
		return;
	bounds->items[bounds->count++] = (struct cen_constraint){
		.kind = kind, .plane = plane, .value = value, .provenance = provenance, .note = text};
}

/* The bytes of all objects of count images; UINT64_MAX when they do not fit in 64 bits. */
static inline uint64_t count_bytes(const struct cen_image_desc *wish, uint32_t count)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < wish->object_count && i < CEN_MAX_PLANES; i++) {
		if (__builtin_add_overflow(total, wish->objects[i].size, &total))
			return UINT64_MAX;
	}
	return __builtin_mul_overflow(total, count, &total) ? UINT64_MAX : total;
}

/* Close what an allocation made before it failed. */
static inline void close_images(struct cen_image_desc *images, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t o = 0; o < CEN_MAX_PLANES; o++) {
			if (images[i].objects[o].fd >= 0)
				close(images[i].objects[o].fd);
			images[i].objects[o].fd = -1;
		}
	}
}

/*
 * cen_backend.allocate() for a source of linear memory: count images, all or nothing, object by object. make() makes
 * object number n of a wish; on entry *size is what is wished. It returns 0, or what fail() returned.
 */
static inline int allocate_objects(const struct cen_host *host, struct cen_call *call,
				   const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out,
				   uint32_t *made,
				   int (*make)(void *data, struct cen_call *call, const struct cen_image_desc *wish,
					       uint32_t n, int *fd, uint64_t *size),
				   void *data)
{
	int ret;

	*made = 0;
	if (wish->modifier != CEN_MODIFIER_LINEAR)
		return fail(host, call, NULL, EINVAL, "only linear layouts are made here, not modifier 0x%" PRIx64,
			    wish->modifier);
	if (wish->object_count == 0 || wish->object_count > CEN_MAX_PLANES)
		return fail(host, call, NULL, EINVAL, "%u objects wanted; 1 to %d can be made", wish->object_count,
			    CEN_MAX_PLANES);
	for (uint32_t i = 0; i < count; i++) {
		out[i] = *wish;
		for (uint32_t o = 0; o < CEN_MAX_PLANES; o++)
			out[i].objects[o].fd = -1;
	}
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t o = 0; o < wish->object_count; o++) {
			struct cen_image_object *object = &out[i].objects[o];

			ret = make(data, call, wish, o, &object->fd, &object->size);
			if (ret < 0) {
				close_images(out, i + 1);
				return ret;
			}
		}
		*made = i + 1;
	}
	return 0;
}
