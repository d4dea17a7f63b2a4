/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_ERROR_H
#define CENALLOC_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Why a call failed: a stable code, the errno, and where it happened. "No plan" is not an error: see solution.h.
 * An error is immutable and independent of every other object; any thread may read it.
 */
struct cen_error;
struct cen_conflict;

/** Stable codes. Numbers are never reused. */
enum cen_error_code {
	/** A parameter is out of its range; the message names it, its value and the bound. */
	CEN_ERROR_ARGUMENT = 1,
	/** A flag bit, a usage, a constraint kind or a set bit that this version does not know. */
	CEN_ERROR_UNKNOWN_FLAG = 2,
	/** A fourcc that is in no table of this version. */
	CEN_ERROR_UNKNOWN_FORMAT = 3,
	/** No such device on this machine. */
	CEN_ERROR_UNKNOWN_DEVICE = 4,
	/** The device was there and is gone. */
	CEN_ERROR_DEVICE_LOST = 5,
	/** The caller may not open the device or heap; the message names the file and who may. */
	CEN_ERROR_PERMISSION = 6,
	/** The device exists and cannot do this usage. */
	CEN_ERROR_USAGE = 7,
	/** Another process holds what the call needs. */
	CEN_ERROR_BUSY = 8,
	/** Memory of this process. */
	CEN_ERROR_NO_MEMORY = 9,
	/** A size does not fit 64 bits, or the bound of the format. */
	CEN_ERROR_OVERFLOW = 10,
	/** A plug-in broke its contract; it is skipped. */
	CEN_ERROR_BACKEND = 11,
	/** The kernel refused a call; call, errno and bytes say which and how. */
	CEN_ERROR_SYSTEM = 12,
	/** The memory could not be had: wanted and held say how much, and how many buffers would have fitted. */
	CEN_ERROR_ALLOCATION = 13,
	/** A device refused to import a buffer that the plan promised. */
	CEN_ERROR_IMPORT = 14,
	/** Text that does not parse: the message gives the place. */
	CEN_ERROR_SYNTAX = 15,
	/** A request without size or usage. */
	CEN_ERROR_INCOMPLETE = 16,
	/** No buffer can serve all devices that are attached: cen_error_get_conflict(). */
	CEN_ERROR_CONFLICT = 17,
};

enum cen_error_code cen_error_get_code(const struct cen_error *err);

/** The negative errno that the failing function also returned. */
int cen_error_get_errno(const struct cen_error *err);

/** The device or heap concerned, for example "/dev/video0"; NULL where there is none. */
const char *cen_error_get_device(const struct cen_error *err);

/** The system call or operation that failed, for example "VIDIOC_EXPBUF"; NULL where there is none. */
const char *cen_error_get_call(const struct cen_error *err);

/** Bytes wanted and bytes held (or available); 0 and 0 where sizes play no role. */
uint64_t cen_error_get_wanted(const struct cen_error *err);
uint64_t cen_error_get_held(const struct cen_error *err);

/** What cannot hold together, for CEN_ERROR_CONFLICT; borrowed from the error (solution.h). NULL for other codes. */
const struct cen_conflict *cen_error_get_conflict(const struct cen_error *err);
/**
 * Of the buffers that an allocation asked for, how many there was room for (CEN_ERROR_ALLOCATION); 0 everywhere else.
 */
uint32_t cen_error_get_fitted(const struct cen_error *err);

/** One sentence for a person. Never NULL. */
const char *cen_error_get_message(const struct cen_error *err);

/** The stable name of a code, for example "permission"; "unknown" for a number that is no code. */
const char *cen_error_code_get_name(enum cen_error_code code);

/** Release an error. NULL is allowed. */
void cen_error_destroy(struct cen_error *err);

#ifdef __cplusplus
}
#endif

#endif
