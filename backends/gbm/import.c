/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Trial import: the image becomes a buffer object of a GBM device of this process's own, and both go again. */
#include "gpu.h"

static int fill_planes(const struct cen_host *host, struct cen_call *call, const struct cen_image_desc *image,
		       struct gbm_import_fd_modifier_data *data)
{
	if (image->plane_count == 0 || image->plane_count > CEN_MAX_PLANES || image->object_count > CEN_MAX_PLANES)
		return fail(host, call, NULL, EINVAL, "%u planes in %u objects; GBM has 1 to %d", image->plane_count,
			    image->object_count, CEN_MAX_PLANES);
	for (uint32_t i = 0; i < image->plane_count; i++) {
		const struct cen_image_plane *plane = &image->planes[i];

		if (plane->object >= image->object_count || plane->stride > INT32_MAX || plane->offset > INT32_MAX)
			return fail(host, call, NULL, EINVAL,
				    "plane %u: object %u of %u, offset %" PRIu64 ", stride %" PRIu64
				    ": GBM has 31 bits for each",
				    i, plane->object, image->object_count, plane->offset, plane->stride);
		data->fds[i] = image->objects[plane->object].fd;
		data->strides[i] = (int)plane->stride;
		data->offsets[i] = (int)plane->offset;
	}
	data->num_fds = image->plane_count;
	return 0;
}

static int import_image(const struct cen_host *host, struct cen_call *call, const struct gbm_gpu *gpu,
			const struct cen_image_desc *image, uint32_t flags)
{
	struct gbm_import_fd_modifier_data data = {
		.width = image->width,
		.height = image->height,
		.format = image->fourcc,
		.modifier = image->modifier,
	};
	struct gbm_bo *bo;
	int ret = fill_planes(host, call, image, &data);

	if (ret < 0)
		return ret;
	errno = 0;
	bo = gbm_bo_import(gpu->device, GBM_BO_IMPORT_FD_MODIFIER, &data, flags);
	if (!bo) {
		ret = _cen_gbm_get_errno();
		return fail(host, call, "gbm_bo_import", ret, "%s refuses %ux%u, modifier 0x%" PRIx64 ", stride %d: %s",
			    gpu->path, image->width, image->height, image->modifier, data.strides[0], strerror(ret));
	}
	gbm_bo_destroy(bo);
	return 0;
}

int _cen_gbm_try_import(void *state, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			const struct cen_image_desc *image)
{
	const struct cen_host *host = ((struct gbm_state *)state)->host;
	_cleanup_gpu_ struct gbm_gpu gpu = {.fd = -1};
	uint32_t flags;
	int ret;

	if (!_cen_gbm_find_flags(usage, &flags))
		return fail(host, call, NULL, EOPNOTSUPP, "%s: not a usage of this node: %u", device->path, usage);
	ret = _cen_gbm_gpu_open(host, call, device->path, device->devnum, device->cookie, &gpu);
	if (ret < 0)
		return ret;
	return import_image(host, call, &gpu, image, flags);
}
