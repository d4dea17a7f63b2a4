/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "read-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "error.h"
#include "util.h"

static int refuse_file(struct cen_error **err, const char *file, const char *call)
{
	int errnum = errno;

	return _cen_error_set(err, CEN_ERROR_SYSTEM, errnum, &(struct error_facts){.device = file, .call = call},
			      "%s: %s", file, strerror(errnum));
}

/* It may grow while it is read: one byte more than the bound tells. */
static int read_all(int fd, const char *file, size_t max, char **text, size_t *bytes, struct cen_error **err)
{
	const size_t room = max + 1;
	_cleanup_free_ char *read_text = malloc(room);
	size_t used = 0;

	if (!read_text)
		return _cen_error_no_memory(err);
	while (used < room) {
		ssize_t got = read(fd, read_text + used, room - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return refuse_file(err, file, "read");
		if (got == 0)
			break;
		used += (size_t)got;
	}
	if (used == room)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s: more than %zu bytes, which is the bound", file, max);
	read_text[used] = '\0';
	*text = STEAL(read_text);
	*bytes = used;
	return 0;
}

int _cen_read_file(const char *file, size_t max, char **text, size_t *bytes, struct cen_error **err)
{
	/* A pipe would block, a terminal would become ours. */
	_cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	*text = NULL;
	*bytes = 0;
	if (fd < 0)
		return refuse_file(err, file, "open");
	if (fstat(fd, &st) < 0)
		return refuse_file(err, file, "fstat");
	if (!S_ISREG(st.st_mode))
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "%s: not a regular file", file);
	return read_all(fd, file, max, text, bytes, err);
}
