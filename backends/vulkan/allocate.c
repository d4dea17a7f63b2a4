/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Memory that a Vulkan driver exports: the program makes the images and sends their dma-bufs. */
#include "gpus.h"

/* The program's images become the host's. For a linear wish the layout stays that of the wish. */
static int take_images(const struct vulkan_state *vulkan, struct cen_call *call, const char *name,
		       const struct cen_image_desc *wish, struct probe_answer *answer, uint32_t count,
		       struct cen_image_desc *out)
{
	if (answer->image_count != count)
		return fail(vulkan->host, call, NULL, EPROTO, "%s: wanted %u images, the program made %zu", name, count,
			    answer->image_count);
	for (uint32_t i = 0; i < count; i++) {
		struct cen_image_desc *made = &answer->images[i];

		out[i] = *wish;
		if (!wish->plane_count) {
			out[i].plane_count = made->plane_count;
			memcpy(out[i].planes, made->planes, sizeof(out[i].planes));
		}
		out[i].object_count = made->object_count;
		for (uint32_t o = 0; o < CEN_MAX_PLANES; o++) {
			out[i].objects[o] = made->objects[o];
			made->objects[o].fd = -1;
		}
	}
	return 0;
}

int _cen_vulkan_allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
			 const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	const struct vulkan_state *vulkan = state;
	struct probe_program program = _cen_vulkan_get_program(vulkan, call);
	const struct cen_device_desc device = {
		.size = sizeof(device), .devnum = source->exporter, .path = source->path};
	_cleanup_answer_ struct probe_answer answer = {0};
	struct probe_request request;
	int ret;

	*made = 0;
	if (count > PROBE_MAX_IMAGES)
		return fail(vulkan->host, call, NULL, EINVAL, "%s: %u images; at most %u at a time", source->name,
			    count, PROBE_MAX_IMAGES);
	_cen_vulkan_request_init(&request, PROBE_ALLOCATE, &device, CEN_USAGE_TEXTURE, VULKAN_ALLOCATE_LIMIT_MS);
	request.image = *wish;
	request.count = count;
	ret = _cen_probe_run(&program, &request, &answer);
	if (ret < 0) {
		*made = (uint32_t)answer.image_count;
		return _cen_vulkan_fail(vulkan, call, source->name, &answer);
	}
	ret = take_images(vulkan, call, source->name, wish, &answer, count, out);
	if (ret == 0)
		*made = count;
	return ret;
}
