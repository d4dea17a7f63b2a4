/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A script: the devices, sources and failures that the fake backend plays. Pure. README.md has the grammar. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <cenalloc/backend.h>

enum script_operation {
	SCRIPT_OPEN,
	SCRIPT_LIST,
	SCRIPT_DESCRIBE,
	SCRIPT_IMPORT,
	SCRIPT_ALLOCATE,
	SCRIPT_RESERVE,
	SCRIPT_CARVE,
	SCRIPT_TRIM,
};

/* What an operation does in place of its work. */
enum script_fate {
	SCRIPT_FAILS,
	SCRIPT_HANGS,
	SCRIPT_CRASHES,
	SCRIPT_LIES, /* returns a positive number */
};

struct script_failure {
	enum script_operation operation;
	enum script_fate fate;
	int errnum;
	const char *target; /* device or source; NULL: any */
};

/* How a source breaks its contract. */
enum script_wrong {
	SCRIPT_RIGHT,
	SCRIPT_WRONG_PLANE, /* a plane beyond its object */
	SCRIPT_WRONG_SIZE, /* an object that is too small */
	SCRIPT_WRONG_FD, /* -1 */
	SCRIPT_WRONG_TWIN, /* one fd for all buffers */
	SCRIPT_WRONG_COPY, /* two fds of one memory */
	SCRIPT_WRONG_FEWER, /* one buffer less than it says */
	SCRIPT_WRONG_FILE, /* a regular file */
	SCRIPT_WRONG_FORMAT, /* another fourcc */
	SCRIPT_WRONG_ZERO, /* all zero, and success */
};

struct script_source {
	struct cen_source_desc desc;
	struct cen_source_format *formats; /* owned */
	size_t format_capacity;
	uint64_t fail_after; /* buffers of one call; UINT64_MAX: never */
	enum script_wrong wrong;
};

struct script_capability {
	size_t device;
	uint32_t usage;
	struct cen_capability desc;
	struct cen_constraint *constraints; /* owned */
};

struct script_note {
	size_t device;
	uint32_t usage;
	const char *text;
};

struct script {
	char *text; /* owned; all strings point into it */
	struct cen_device_desc *devices;
	size_t device_count, device_capacity;
	struct script_source *sources;
	size_t source_count, source_capacity;
	struct script_capability *capabilities;
	size_t capability_count, capability_capacity;
	struct script_note *notes;
	size_t note_count, note_capacity;
	struct script_failure *failures;
	size_t failure_count, failure_capacity;
};

/*
 * Read a script. Returns 0, -ENOMEM, or -EINVAL with the line and what is wrong with it in reason. *out is to be
 * cleared in any case.
 */
int script_parse(const char *text, struct script *out, char *reason, size_t size);
void script_clear(struct script *script);

/* The failure that is scripted for an operation on a target; NULL when there is none. */
const struct script_failure *script_find_failure(const struct script *script, enum script_operation operation,
						 const char *target);
