/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Dumb buffers: a card as a source of memory, and as an oracle for its stride alignment. */
#include <xf86drm.h>

#include "kms.h"

struct dumb_maker {
	const struct cen_host *host;
	const struct kms_card *card;
	const char *path;
};

static int create_dumb(int fd, uint32_t width, uint32_t height, struct drm_mode_create_dumb *dumb)
{
	*dumb = (struct drm_mode_create_dumb){.width = width, .height = height, .bpp = 32};
	return retry_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, dumb);
}

static void destroy_dumb(int fd, uint32_t handle)
{
	struct drm_mode_destroy_dumb destroy = {.handle = handle};

	retry_ioctl(fd, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy);
}

/*
 * The strides of four widths whose own strides have nothing but 4 in common: what the driver's have in common is its
 * alignment. One row each, so that a page is taken at a time.
 */
static uint32_t probe_pitch(int fd)
{
	static const uint32_t widths[] = {33, 65, 97, 129};
	struct drm_mode_create_dumb dumb;
	uint32_t align = 0, rest, next;

	for (size_t i = 0; i < ARRAY_LENGTH(widths); i++) {
		if (create_dumb(fd, widths[i], 1, &dumb) < 0)
			return 0;
		destroy_dumb(fd, dumb.handle);
		for (next = dumb.pitch; next; next = rest) {
			rest = align % next;
			align = next;
		}
	}
	/* Less than a pixel of the probe cannot be told apart. */
	return align > 4 ? align : 1;
}

uint32_t _cen_kms_pitch_measure(struct kms_state *state, const struct kms_card *card)
{
	struct kms_pitch *grown;
	size_t capacity;
	uint32_t align;

	for (size_t i = 0; i < state->pitch_count; i++) {
		if (state->pitches[i].devnum == card->devnum)
			return state->pitches[i].align;
	}
	align = probe_pitch(card->fd);
	/* A failure is not remembered: the memory may be there the next time. */
	if (align == 0)
		return 0;
	if (state->pitch_count == state->pitch_capacity) {
		capacity = state->pitch_capacity ? state->pitch_capacity * 2 : 4;
		grown = reallocarray(state->pitches, capacity, sizeof(*grown));
		/* It will be measured again. */
		if (!grown)
			return align;
		state->pitches = grown;
		state->pitch_capacity = capacity;
	}
	state->pitches[state->pitch_count++] = (struct kms_pitch){.devnum = card->devnum, .align = align};
	return align;
}

static void set_memory_class(struct cen_source_desc *desc, const struct kms_card *card)
{
	bool translated = _cen_kms_card_is_translated(card);

	desc->provenance = CEN_PROVENANCE_DERIVED;
	desc->placement = CEN_PLACEMENT_SYSTEM;
	switch (card->driver->memory) {
	case KMS_MEMORY_CONTIGUOUS:
		desc->note = translated ? "dumb buffers; behind an IOMMU, so any pages" : "dumb buffers, contiguous";
		desc->segments = !translated;
		desc->placement = translated ? CEN_PLACEMENT_SYSTEM : CEN_PLACEMENT_CMA;
		break;
	case KMS_MEMORY_COPIES:
		desc->note = "dumb buffers in shared memory, any pages";
		desc->is_cached = !card->prefers_shadow;
		break;
	case KMS_MEMORY_ANY_PAGES:
	case KMS_MEMORY_NO_IMPORT:
		desc->note = "dumb buffers";
		break;
	case KMS_MEMORY_UNLESS_IOMMU:
	case KMS_MEMORY_UNKNOWN:
		desc->provenance = CEN_PROVENANCE_ASSUMED;
		desc->note = "dumb buffers; whether they are contiguous is not known";
		break;
	}
	if (card->driver->flags & KMS_DRIVER_OWN_MEMORY) {
		desc->placement = CEN_PLACEMENT_DEVICE;
		desc->note = "dumb buffers in the card's own memory";
	}
}

static void set_bytes(struct cen_source_desc *desc)
{
	if (desc->placement == CEN_PLACEMENT_SYSTEM) {
		desc->max_bytes = read_meminfo("MemTotal");
		desc->free_bytes = read_meminfo("MemAvailable");
	} else if (desc->placement == CEN_PLACEMENT_CMA) {
		desc->free_bytes = read_meminfo("CmaFree");
	}
}

int _cen_kms_add_source(const struct cen_host *host, struct cen_call *call, const struct cen_device_desc *device,
			const struct kms_card *card)
{
	struct cen_source_desc desc = {
		.size = sizeof(desc),
		.exporter = device->devnum,
		.name = device->path,
		.path = device->path,
		.is_mappable = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = 30,
	};
	uint64_t has_dumb = 0;

	if (drmGetCap(card->fd, DRM_CAP_DUMB_BUFFER, &has_dumb) < 0 || !has_dumb)
		return 0;
	set_memory_class(&desc, card);
	set_bytes(&desc);
	if (desc.placement != CEN_PLACEMENT_DEVICE)
		desc.address_max = read_ram_top();
	return host->add_source(call, &desc);
}

/* The stride of the first plane in an object. A buffer is made as wide as that, as some drivers bound the width. */
static uint64_t find_stride(const struct cen_image_desc *wish, uint32_t object)
{
	for (uint32_t p = 0; p < wish->plane_count && p < CEN_MAX_PLANES; p++) {
		if (wish->planes[p].object == object && wish->planes[p].stride)
			return wish->planes[p].stride;
	}
	return page_bytes();
}

/* Width and height in pixels of 32 bits, so that the buffer has at least bytes. Returns 0 or -1. */
static int find_dumb_size(uint64_t stride, uint64_t bytes, uint32_t *width, uint32_t *height)
{
	uint64_t pixels = stride / 4 + (stride % 4 != 0), rows;

	if (bytes == 0 || pixels == 0 || pixels > UINT32_MAX / 4)
		return -1;
	rows = bytes / (pixels * 4) + (bytes % (pixels * 4) != 0);
	if (rows > UINT32_MAX)
		return -1;
	*width = (uint32_t)pixels;
	*height = (uint32_t)rows;
	return 0;
}

static int export_dumb(const struct dumb_maker *maker, struct cen_call *call, const struct drm_mode_create_dumb *dumb,
		       int *fd)
{
	struct drm_prime_handle prime = {.handle = dumb->handle, .flags = DRM_CLOEXEC | DRM_RDWR, .fd = -1};
	int ret = retry_ioctl(maker->card->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

	if (ret < 0)
		return fail(maker->host, call, "DRM_IOCTL_PRIME_HANDLE_TO_FD", -ret,
			    "%s: a dumb buffer cannot be exported: %s", maker->path, strerror(-ret));
	*fd = prime.fd;
	return 0;
}

static int make_object(void *data, struct cen_call *call, const struct cen_image_desc *wish, uint32_t n, int *fd,
		       uint64_t *size)
{
	struct dumb_maker *maker = data;
	struct drm_mode_create_dumb dumb;
	uint32_t width, height;
	int ret;

	if (find_dumb_size(find_stride(wish, n), *size, &width, &height) < 0)
		return fail(maker->host, call, NULL, EINVAL, "%s: no dumb buffer has %" PRIu64 " bytes", maker->path,
			    *size);
	ret = create_dumb(maker->card->fd, width, height, &dumb);
	if (ret < 0)
		return fail(maker->host, call, "DRM_IOCTL_MODE_CREATE_DUMB", -ret,
			    "%s: %ux%u at 32 bit for %" PRIu64 " bytes: %s", maker->path, width, height, *size,
			    strerror(-ret));
	if (dumb.size < *size)
		ret = fail(maker->host, call, "DRM_IOCTL_MODE_CREATE_DUMB", EIO,
			   "%s: wanted %" PRIu64 " bytes, the driver gave %" PRIu64, maker->path, *size,
			   (uint64_t)dumb.size);
	else
		ret = export_dumb(maker, call, &dumb, fd);
	/* The dma-buf keeps the memory. */
	destroy_dumb(maker->card->fd, dumb.handle);
	if (ret == 0)
		*size = dumb.size;
	return ret;
}

int _cen_kms_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
		      const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	const struct cen_host *host = ((struct kms_state *)state)->host;
	_cleanup_card_ struct kms_card card = {.fd = -1};
	uint64_t wanted = count_bytes(wish, count), held = read_meminfo("MemAvailable");
	int ret;

	*made = 0;
	if (source->placement == CEN_PLACEMENT_SYSTEM && held && wanted > held)
		return fail(host, call, NULL, ENOMEM,
			    "%s: wanted %" PRIu64 " bytes, the machine has %" PRIu64 " available", source->path, wanted,
			    held);
	ret = _cen_kms_card_open(source->path, source->exporter, &card);
	if (ret < 0)
		return fail(host, call, "open", -ret, "%s: %s", source->path, strerror(-ret));
	return allocate_objects(host, call, wish, count, out, made, make_object,
				&(struct dumb_maker){.host = host, .card = &card, .path = source->path});
}
