/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_RECORD_H
#define CENALLOC_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/error.h>
#include <cenalloc/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Also how much of each source is free now, which is another number the next time. */
#define CEN_RECORD_FREE_BYTES (1u << 0)
/** The machine, its pools and its sources only, and of devices what they are: none is asked what it accepts. */
#define CEN_RECORD_NO_CAPABILITIES (1u << 1)

/** The most sizes of one recording. */
#define CEN_RECORD_MAX_SIZES 32

/** A size to ask about, in pixels. A plain value: this struct never grows. */
struct cen_record_size {
	uint32_t width, height;
};

/** The sizes without a choice: they tell alignments of hardware from each other, and people use them. */
/* clang-format off */
#define CEN_RECORD_DEFAULT_SIZES \
	{{640, 480}, {648, 486}, {1280, 720}, {1366, 768}, {1920, 1080}, {3840, 2160}}
/* clang-format on */

/** How to record. Zero and NULL stand for the defaults. */
struct cen_record_options {
	size_t size; /* sizeof(struct cen_record_options), set by the caller */
	uint32_t flags; /* CEN_RECORD_* */
	uint32_t reserved; /* 0 */
	const char *name; /* of the machine in the file; default: that of the machine's own file, or "recorded" */
	const char *title; /* for people; default: that of the machine's own file, or none */
	const struct cen_record_size *sizes; /* default: CEN_RECORD_DEFAULT_SIZES */
	size_t size_count;
	/* Called before each question to a device and at the end (done == total), by the calling thread, without locks. */
	void (*progress)(void *user_data, size_t done, size_t total);
	void *user_data;
};

/**
 * Write a machine, live or itself from a file, as a machine file (docs/machine-file.md): its devices are asked what they
 * accept at each size, which has the side effects of cen_machine_describe(). A machine that is read from the text
 * answers at these sizes as this one did. What follows from the size by a rule of the form is written as the rule, so that
 * it holds for other sizes too; what does not is written size by size. A device that cannot be asked is there with what
 * it is, and a note says why.
 *
 * The text tells no serial numbers, and no names of hosts or users; "Recording and comparing" of the same document says
 * what it does tell. The same machine gives the same bytes.
 *
 * options may be NULL. *json is a text that ends in a line feed, which the caller frees. Any thread, as for
 * cen_machine_describe().
 * Returns 0, or -EINVAL (CEN_ERROR_ARGUMENT: a struct that is too small, a name or title that is not 1 to 1024 bytes of
 * text, a size that is not 1 to 65536 pixels each way or stands twice, more than CEN_RECORD_MAX_SIZES;
 * CEN_ERROR_UNKNOWN_FLAG), -ERANGE (CEN_ERROR_OVERFLOW: the machine has more than a file can hold; the message says of
 * what), -ENOMEM.
 */
int cen_machine_record(struct cen_machine *machine, const struct cen_record_options *options, char **json,
		       struct cen_error **err);

#ifdef __cplusplus
}
#endif

#endif
