/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Quirks: what is known of a driver or a device against what it says of itself, as data. docs/quirks.md has the form of
 * the files. Everything here is pure: no file is opened, no device known.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/capability.h>

struct arena;

/* The bounds of a file; docs/quirks.md names them, too. */
#define QUIRK_MAX_BYTES (256u << 10)
#define QUIRK_MAX_COUNT 256u /* of a file */
#define QUIRK_MAX_ITEMS 64u /* of a list of a quirk */
#define QUIRK_MAX_NAME 63u /* bytes, as all that follow */
#define QUIRK_MAX_TEXT 200u
#define QUIRK_MAX_SOURCE 500u
#define QUIRK_MAX_PATTERN 127u

/* "6.9", "6.12.3", "6.9-rc2". Numbers that are not there are 0. */
struct kernel_version {
	uint32_t numbers[3];
	uint32_t candidate; /* of -rcN; 0: none */
};

/* Which alternatives of which devices. What is not named matches all. */
struct quirk_match {
	const char *driver, *id, *backend; /* patterns, NULL: any */
	bool has_from, has_before;
	struct kernel_version from, before;
	uint32_t usages; /* CEN_USAGE_BIT()s; 0: any */
	const uint32_t *fourccs;
	size_t fourcc_count; /* 0: any */
	const uint64_t *modifiers;
	size_t modifier_count; /* 0: any */
};

/* Constraints that a quirk brings: of provenance CEN_PROVENANCE_QUIRK, with the quirk in the note. */
struct quirk_constraints {
	const struct cen_constraint *items;
	size_t count;
};

struct quirk {
	const char *name, *text, *source;
	const char *place; /* "FILE:LINE" */
	struct quirk_match match;
	uint64_t remove; /* slots, as constraint.h numbers them */
	struct quirk_constraints set; /* in place of what is there */
	struct quirk_constraints add; /* merged with what is there */
	bool is_refusal; /* the alternatives are dropped */
};

/* What one file says. Immutable once read. */
struct quirk_file {
	struct arena *arena; /* owns all of it */
	const struct quirk *quirks;
	size_t count;
};

/*
 * Read the text of a file (bytes of any value). Returns 0, or -EINVAL (CEN_ERROR_SYNTAX with file, line and path), or
 * -ENOMEM. *out is to be finished in any case.
 */
int _cen_quirk_file_parse(const char *file, const char *text, size_t bytes, struct quirk_file *out,
			  struct cen_error **err);
void _cen_quirk_file_finish(struct quirk_file *file);

/* What is known of a device that has answered for a usage. Strings may be NULL, but for the backend. */
struct quirk_facts {
	const char *driver, *id, *backend;
	const char *kernel; /* release, as uname(2) tells it */
	uint32_t usage;
};

/* Read a version. A release may go on behind it, "6.12.3-custom"; a bound may not. Returns false for other text. */
bool _cen_kernel_version_parse(const char *text, bool is_release, struct kernel_version *out);
/*
 * Whether a release is older than a bound. A release candidate counts as its release, unless the bound is one itself:
 * 6.9-rc1 is not before 6.9, but before 6.9-rc2.
 */
bool _cen_kernel_version_is_before(const struct kernel_version *release, const struct kernel_version *bound);

/* Whether text matches a pattern in which '*' stands for any bytes, also none, and '?' for one. */
bool _cen_quirk_glob(const char *pattern, const char *text);

/* Whether a quirk has to do with a device and usage, and with one of its alternatives. */
bool _cen_quirk_matches_device(const struct quirk_match *match, const struct quirk_facts *facts);
bool _cen_quirk_matches_alternative(const struct quirk_match *match, uint32_t fourcc, uint64_t modifier);

/*
 * Apply quirks in their order to what a device answered. *out is a set of its own, or NULL where no quirk has to do
 * with the device: then caps is as it should be. *report has a line for each change, "quirk NAME: stride-align 1 -> 64
 * (12 alternatives)", for the caller to free; NULL where nothing was changed. An alternative with which an added
 * constraint does not merge is dropped, and the report says so. Returns 0 or -ENOMEM.
 */
int _cen_quirks_apply(const struct quirk *const *quirks, size_t count, const struct quirk_facts *facts,
		      const struct cen_capabilities *caps, struct cen_capabilities **out, char **report,
		      struct cen_error **err);
