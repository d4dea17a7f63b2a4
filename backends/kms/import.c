/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Trial import: the dma-bufs become handles, the handles a framebuffer that is never shown, and all of it goes. */
#include <drm.h>
#include <drm_mode.h>

#include "kms.h"

struct trial {
	const struct cen_host *host;
	struct cen_call *call;
	const struct kms_card *card;
	const char *path;
	uint32_t handles[CEN_MAX_PLANES]; /* per object; two objects that are one dma-buf have one handle */
	uint32_t handle_count;
};

static const char *explain_prime(const struct trial *trial, int errnum)
{
	bool is_contiguous = trial->card->driver->memory == KMS_MEMORY_CONTIGUOUS ||
			     trial->card->driver->memory == KMS_MEMORY_UNLESS_IOMMU;

	switch (errnum) {
	case EINVAL:
		return is_contiguous ? "the memory is not contiguous for this device"
				     : "the driver does not take this dma-buf";
	case EIO:
	case ENOMEM:
		return "the memory cannot be mapped for this device (out of its reach?)";
	case ENODEV:
		return "the driver takes no foreign buffers";
	case EBUSY:
		return "the exporter cannot move the buffer to where this device needs it";
	default:
		return strerror(errnum);
	}
}

static const char *explain_addfb(int errnum)
{
	switch (errnum) {
	case EINVAL:
		return "size, format, modifier, stride or offset is not to the driver's liking";
	case ENOENT:
		return "a plane has no object";
	case ERANGE:
		return "a plane ends beyond 4 GiB";
	default:
		return strerror(errnum);
	}
}

/* Handles are not counted: each distinct one is closed once. */
static void close_handles(struct trial *trial)
{
	for (uint32_t i = 0; i < trial->handle_count; i++) {
		struct drm_gem_close close_args = {.handle = trial->handles[i]};
		bool is_closed = false;

		for (uint32_t j = 0; j < i; j++)
			is_closed = is_closed || trial->handles[j] == trial->handles[i];
		if (!is_closed)
			retry_ioctl(trial->card->fd, DRM_IOCTL_GEM_CLOSE, &close_args);
	}
	trial->handle_count = 0;
}

static int import_objects(struct trial *trial, const struct cen_image_desc *image)
{
	for (uint32_t i = 0; i < image->object_count; i++) {
		struct drm_prime_handle prime = {.fd = image->objects[i].fd};
		int ret = retry_ioctl(trial->card->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

		if (ret < 0)
			return fail(trial->host, trial->call, "DRM_IOCTL_PRIME_FD_TO_HANDLE", -ret,
				    "%s refuses object %u of %" PRIu64 " bytes: %s", trial->path, i,
				    image->objects[i].size, explain_prime(trial, -ret));
		trial->handles[trial->handle_count++] = prime.handle;
	}
	return 0;
}

static int fill_planes(const struct trial *trial, const struct cen_image_desc *image, struct drm_mode_fb_cmd2 *fb)
{
	for (uint32_t i = 0; i < image->plane_count; i++) {
		const struct cen_image_plane *plane = &image->planes[i];

		if (plane->object >= trial->handle_count || plane->stride > UINT32_MAX || plane->offset > UINT32_MAX)
			return fail(trial->host, trial->call, NULL, EINVAL,
				    "plane %u: object %u of %u, offset %" PRIu64 ", stride %" PRIu64
				    ": KMS has 32 bits for each",
				    i, plane->object, trial->handle_count, plane->offset, plane->stride);
		fb->handles[i] = trial->handles[plane->object];
		fb->pitches[i] = (uint32_t)plane->stride;
		fb->offsets[i] = (uint32_t)plane->offset;
		if (fb->flags & DRM_MODE_FB_MODIFIERS)
			fb->modifier[i] = image->modifier;
	}
	return 0;
}

static int add_framebuffer(struct trial *trial, const struct cen_image_desc *image)
{
	struct drm_mode_fb_cmd2 fb = {
		.width = image->width,
		.height = image->height,
		.pixel_format = image->fourcc,
		.flags = trial->card->has_modifiers ? DRM_MODE_FB_MODIFIERS : 0,
	};
	int ret;

	if (!trial->card->has_modifiers && image->modifier != CEN_MODIFIER_LINEAR)
		return fail(trial->host, trial->call, NULL, EINVAL,
			    "%s takes linear buffers only, not modifier 0x%" PRIx64, trial->path, image->modifier);
	ret = fill_planes(trial, image, &fb);
	if (ret < 0)
		return ret;
	ret = retry_ioctl(trial->card->fd, DRM_IOCTL_MODE_ADDFB2, &fb);
	if (ret < 0)
		return fail(trial->host, trial->call, "DRM_IOCTL_MODE_ADDFB2", -ret,
			    "%s refuses %ux%u, stride %u: %s; sizes are %ux%u to %ux%u", trial->path, image->width,
			    image->height, fb.pitches[0], explain_addfb(-ret), trial->card->resources->min_width,
			    trial->card->resources->min_height, trial->card->resources->max_width,
			    trial->card->resources->max_height);
	retry_ioctl(trial->card->fd, DRM_IOCTL_MODE_RMFB, &fb.fb_id);
	return 0;
}

int _cen_kms_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			const struct cen_image_desc *image)
{
	const struct cen_host *host = ((struct kms_state *)state)->host;
	_cleanup_card_ struct kms_card card = {.fd = -1};
	struct trial trial = {.host = host, .call = call, .card = &card, .path = device->path};
	int ret;

	if (!_cen_kms_is_usage(usage))
		return fail(host, call, NULL, EOPNOTSUPP, "%s: a display has no usage %u", device->path, usage);
	if (image->object_count > CEN_MAX_PLANES || image->plane_count > CEN_MAX_PLANES)
		return fail(host, call, NULL, EINVAL, "%u planes in %u objects; KMS has %d", image->plane_count,
			    image->object_count, CEN_MAX_PLANES);
	ret = _cen_kms_card_open(device->path, device->devnum, &card);
	if (ret < 0)
		return fail(host, call, "open", -ret, "%s: %s", device->path, strerror(-ret));
	ret = import_objects(&trial, image);
	if (ret == 0)
		ret = add_framebuffer(&trial, image);
	close_handles(&trial);
	return ret;
}
