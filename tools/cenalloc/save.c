/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "args.h"

static int fail(const struct tool *tool, const char *path, const char *call)
{
	args_complain(tool, "%s: %s: %s", path, call, strerror(errno));
	return TOOL_MACHINE_FAILED;
}

/* Returns 0, or -1 with errno. */
static int write_all(int fd, const char *text)
{
	for (size_t left = strlen(text); left;) {
		ssize_t bytes = write(fd, text, left);

		if (bytes < 0 && errno != EINTR)
			return -1;
		text += bytes > 0 ? bytes : 0;
		left -= bytes > 0 ? (size_t)bytes : 0;
	}
	return 0;
}

static int save_as_it_is(const struct tool *tool, const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fail(tool, path, "open");
	return write_all(fd, text) < 0 ? fail(tool, path, "write") : TOOL_DONE;
}

/* As open() would make a new file, or as the old one is. */
static mode_t choose_mode(const struct stat *old)
{
	mode_t mask;

	if (old)
		return old->st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/* The new file beside the old one, then in its place. */
static int save_beside(const struct tool *tool, const char *path, const struct stat *old, const char *text)
{
	_cleanup_close_ int fd = -1;
	char beside[PATH_MAX];
	const char *failed = NULL;

	if (snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= (int)sizeof(beside)) {
		errno = ENAMETOOLONG;
		return fail(tool, path, "open");
	}
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return fail(tool, path, "open");
	if (write_all(fd, text) < 0 || fsync(fd) < 0)
		failed = "write";
	else if (fchmod(fd, choose_mode(old)) < 0)
		failed = "chmod";
	else if (rename(beside, path) < 0)
		failed = "rename";
	if (!failed)
		return TOOL_DONE;
	fail(tool, path, failed);
	unlink(beside);
	return TOOL_MACHINE_FAILED;
}

int save_text(const struct tool *tool, const char *path, const char *text)
{
	_cleanup_free_ char *target = NULL;
	struct stat old;
	bool is_old = stat(path, &old) == 0;

	if (is_old && !S_ISREG(old.st_mode))
		return save_as_it_is(tool, path, text);
	/* The file that a link leads to is replaced, not the link. */
	target = is_old ? realpath(path, NULL) : NULL;
	if (is_old && !target)
		return fail(tool, path, "open");
	return save_beside(tool, is_old ? target : path, is_old ? &old : NULL, text);
}
