/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Private to the kms backend. */
#pragma once

#include <stdbool.h>
#include <xf86drmMode.h>

#include "backend-util.h"
#include "drivers.h"

/* The stride alignment of a card, measured once a context. */
struct kms_pitch {
	uint64_t devnum;
	uint32_t align; /* bytes; 1: none that shows */
};

struct kms_state {
	const struct cen_host *host;
	struct kms_pitch *pitches;
	size_t pitch_count, pitch_capacity;
};

/* The properties that say something about buffers; the kernel has one number for each, per card. */
enum kms_property {
	KMS_PROPERTY_TYPE,
	KMS_PROPERTY_IN_FORMATS,
	KMS_PROPERTY_IN_FORMATS_ASYNC,
	KMS_PROPERTY_SIZE_HINTS,
	KMS_PROPERTY_WRITEBACK_PIXEL_FORMATS,
	KMS_PROPERTY_IN_FENCE_FD,
	KMS_PROPERTY_WRITEBACK_OUT_FENCE_PTR,
	KMS_PROPERTY_COUNT, /* any other */
};

/* Names of properties that were looked up; without it every plane would ask for all of them again. */
struct kms_names {
	struct {
		uint32_t id;
		enum kms_property property;
	} items[64];
	size_t count;
};

/* A card, opened for one call. */
struct kms_card {
	int fd;
	char driver_name[32];
	char description[64];
	const struct kms_driver *driver;
	drmModeRes *resources;
	bool is_atomic;
	bool has_modifiers;
	bool prefers_shadow; /* reading the scanout memory by CPU is slow */
	uint64_t cursor_width, cursor_height;
	uint64_t devnum;
	struct kms_names names;
};

/* The most sizes of a SIZE_HINTS property that are looked at. */
#define KMS_MAX_SIZES 16

struct kms_size {
	uint16_t width, height; /* as in the blob */
};

struct kms_format {
	uint32_t fourcc;
	uint32_t rank; /* 0: the driver's favourite */
	uint64_t modifier;
	bool is_async; /* can be flipped to without waiting for the vertical blank */
};

/* What all planes for one usage take together. */
struct kms_formats {
	struct kms_format *items;
	size_t count, capacity;
	uint32_t first_rank; /* of the plane under way */
	struct kms_size sizes[KMS_MAX_SIZES];
	size_t size_count;
	uint32_t plane_count;
	bool has_async; /* a plane says which formats flip asynchronously */
	bool has_explicit_sync;
	bool has_plain_list; /* a plane has no IN_FORMATS */
	bool is_broken; /* a plane has an IN_FORMATS that contradicts itself */
};

/*
 * Open a card. devnum is checked where it is not 0: the node may have become another device since it was listed.
 * Returns 0, -EOPNOTSUPP for a card without KMS, or another negative errno.
 */
int _cen_kms_card_open(const char *path, uint64_t devnum, struct kms_card *card);
void _cen_kms_card_close(struct kms_card *card);
#define _cleanup_card_ __attribute__((cleanup(_cen_kms_card_close)))

/* A file in the folder of the card's device in sysfs. Returns false when the path is too long. */
bool _cen_kms_card_sysfs(const struct kms_card *card, const char *file, char *path, size_t size);
/* Whether the card's device is behind an IOMMU that translates. */
bool _cen_kms_card_is_translated(const struct kms_card *card);

/* What a card takes for a usage: of its planes, or of its writeback connectors. Returns 0 or a negative errno. */
int _cen_kms_formats_read(struct kms_card *card, uint32_t usage, struct kms_formats *formats);
void _cen_kms_formats_free(struct kms_formats *formats);
#define _cleanup_formats_ __attribute__((cleanup(_cen_kms_formats_free)))

/* Whether a usage is one that displays have. */
static inline bool _cen_kms_is_usage(uint32_t usage)
{
	return usage == CEN_USAGE_SCANOUT || usage == CEN_USAGE_CURSOR || usage == CEN_USAGE_WRITEBACK;
}

/* The usages a card has: CEN_USAGE_BIT()s. */
uint32_t _cen_kms_card_usages(struct kms_card *card);

/* The alignment of the card's strides: 1 where there is none that shows, 0 where it cannot be measured. */
uint32_t _cen_kms_pitch_measure(struct kms_state *state, const struct kms_card *card);

int _cen_kms_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
		      const struct cen_query *query);
int _cen_kms_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			const struct cen_image_desc *image);
int _cen_kms_add_source(const struct cen_host *host, struct cen_call *call, const struct cen_device_desc *device,
			const struct kms_card *card);
int _cen_kms_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
		      const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made);
