/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a GPU samples and what it draws into. */
#include <drm_fourcc.h>

#include "egl.h"

static void add_sizes(struct bounds *bounds, const struct probe_info *info, uint32_t usage)
{
	uint32_t max = info->texture_max;
	const char *text = "GL_MAX_TEXTURE_SIZE";

	if (usage == CEN_USAGE_RENDER && info->render_max && (max == 0 || info->render_max < max)) {
		max = info->render_max;
		text = "GL_MAX_RENDERBUFFER_SIZE";
	}
	if (max == 0)
		return;
	add_bound(bounds, CEN_CONSTRAINT_WIDTH_MAX, 0, max, CEN_PROVENANCE_QUERIED, text);
	add_bound(bounds, CEN_CONSTRAINT_HEIGHT_MAX, 0, max, CEN_PROVENANCE_QUERIED, text);
}

static void add_memory(struct bounds *bounds, const struct egl_driver *driver, const struct cen_device_desc *device)
{
	switch (driver->memory) {
	case EGL_MEMORY_GPU:
		add_bound(bounds, CEN_CONSTRAINT_SYNC, 0, CEN_SYNC_IMPLICIT, CEN_PROVENANCE_DERIVED,
			  "the driver fences its work");
		return;
	case EGL_MEMORY_MAPPED:
		add_bound(bounds, CEN_CONSTRAINT_FD_MODE, 0, CEN_FD_READ_WRITE, CEN_PROVENANCE_QUIRK,
			  "llvmpipe maps for reading and writing");
		add_bound(bounds, CEN_CONSTRAINT_CPU_MAPPABLE, 0, 1, CEN_PROVENANCE_QUIRK, "llvmpipe maps");
		break;
	case EGL_MEMORY_OWN:
		add_bound(bounds, CEN_CONSTRAINT_EXPORTER, 0, device->devnum, CEN_PROVENANCE_QUIRK,
			  "kms_swrast maps its own dumb buffers only");
		break;
	}
	add_bound(bounds, CEN_CONSTRAINT_SYNC, 0, CEN_SYNC_NONE, CEN_PROVENANCE_DERIVED,
		  "the CPU draws and waits for no fence");
}

/* Of linear layouts: nobody but the driver knows that of its own. */
static void add_rows(struct bounds *bounds, const struct egl_driver *driver, uint32_t usage, uint32_t plane_count)
{
	uint32_t provenance = driver->name ? CEN_PROVENANCE_QUIRK : CEN_PROVENANCE_ASSUMED;

	/* The CPU reads rows of any length. */
	if (driver->memory != EGL_MEMORY_GPU && usage == CEN_USAGE_TEXTURE)
		return;
	for (uint32_t p = 0; p < plane_count; p++)
		add_bound(bounds, CEN_CONSTRAINT_STRIDE_ALIGN, p, driver->stride_align, provenance, driver->note);
	if (driver->memory == EGL_MEMORY_GPU)
		return;
	add_bound(bounds, CEN_CONSTRAINT_OFFSET_ALIGN, 0, driver->stride_align, provenance, driver->note);
	add_bound(bounds, CEN_CONSTRAINT_HEIGHT_ALIGN, 0, EGL_BLOCK_ROWS, provenance, driver->note);
}

static bool is_usable(const struct probe_pair *pair, const struct cen_format_info *info, uint32_t usage)
{
	if (usage == CEN_USAGE_TEXTURE)
		return pair->flags & PROBE_PAIR_TEXTURE;
	/* Some drivers say that they render to YUV, but GLES has no way to. */
	return pair->flags & PROBE_PAIR_RENDER && !(pair->flags & PROBE_PAIR_EXTERNAL) && !info->is_yuv;
}

static int add_pair(const struct egl_state *egl, struct cen_call *call, const struct egl_device *known, size_t index,
		    const struct egl_driver *driver, uint32_t usage, const struct bounds *base)
{
	const struct probe_pair *pair = &known->pairs[index];
	const struct cen_format_info *info = egl->host->get_format_info(pair->fourcc);
	bool is_linear = pair->modifier == DRM_FORMAT_MOD_LINEAR;
	struct bounds bounds = *base;
	struct cen_capability capability = {
		.size = sizeof(capability),
		.fourcc = pair->fourcc,
		.modifier = pair->modifier,
		.preference = _cen_probe_pair_place(known->pairs, known->pair_count, index),
	};

	if (is_linear)
		add_rows(&bounds, driver, usage, info->plane_count);
	add_bound(&bounds, CEN_CONSTRAINT_OBJECTS, 0, CEN_OBJECTS_ONE | (is_linear ? CEN_OBJECTS_PER_PLANE : 0),
		  is_linear ? CEN_PROVENANCE_DERIVED : CEN_PROVENANCE_ASSUMED,
		  is_linear ? "EGL has a file descriptor per plane" : "vendor layouts are one piece");
	capability.constraints = bounds.items;
	capability.constraint_count = bounds.count;
	return egl->host->add_capability(call, &capability);
}

/* "NV12, YUYV" for the formats that only an external sampler takes: of YUV that holds for GLES as such. */
static void note_external(const struct egl_state *egl, struct cen_call *call, const struct egl_device *known,
			  const struct cen_query *query)
{
	char text[320] = "";
	size_t length = 0;
	uint32_t last = 0;

	for (size_t i = 0; i < known->pair_count && length < sizeof(text) - 8; i++) {
		const struct probe_pair *pair = &known->pairs[i];

		const struct cen_format_info *info = egl->host->get_format_info(pair->fourcc);

		if (!info || (!(pair->flags & PROBE_PAIR_EXTERNAL) && !info->is_yuv) || pair->fourcc == last ||
		    !is_wanted(query, pair->fourcc))
			continue;
		last = pair->fourcc;
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%.4s", length ? ", " : "",
					   (const char *)&pair->fourcc);
	}
	if (length)
		note(egl->host, call, "external only: GL_TEXTURE_EXTERNAL_OES samples %s", text);
}

static void add_notes(const struct egl_state *egl, struct cen_call *call, const struct egl_device *known,
		      const struct egl_driver *driver, const struct cen_query *query)
{
	const struct probe_info *info = &known->info;

	note(egl->host, call, "driver: %s%s%s, %s", info->driver[0] ? info->driver : "without a name",
	     info->device[0] ? ", " : "", info->device, info->version);
	if (query->usage == CEN_USAGE_TEXTURE)
		note_external(egl, call, known, query);
	else
		note(egl->host, call, "formats: GLES does not draw into YUV");
	if (driver->memory == EGL_MEMORY_GPU)
		note(egl->host, call, "stride: EGL has no call that tells its alignment; %u bytes: %s",
		     driver->stride_align, driver->note);
	if (driver->memory != EGL_MEMORY_GPU && query->usage == CEN_USAGE_TEXTURE &&
	    _cen_egl_mesa_version(info->version) < 2502)
		note(egl->host, call,
		     "several planes: before Mesa 25.2 each is imported as an image of its own (R8, GR88), and the "
		     "application converts the colours");
	if (_cen_egl_mesa_version(info->version))
		note(egl->host, call, "odd sizes: Mesa rounds the size of subsampled planes down");
}

static int add_formats(const struct egl_state *egl, struct cen_call *call, const struct egl_device *known,
		       const struct egl_driver *driver, const struct cen_query *query, const struct bounds *base)
{
	size_t unknown = 0, refused = 0;
	int ret = 0;

	for (size_t i = 0; ret != -ENOMEM && i < known->pair_count; i++) {
		const struct probe_pair *pair = &known->pairs[i];
		const struct cen_format_info *info = egl->host->get_format_info(pair->fourcc);

		unknown += !info;
		if (!info || !is_wanted(query, pair->fourcc) || !is_usable(pair, info, query->usage))
			continue;
		ret = add_pair(egl, call, known, i, driver, query->usage, base);
		refused += ret < 0;
	}
	if (unknown)
		note(egl->host, call, "formats: %zu of %zu are not known to cenalloc and left out", unknown,
		     known->pair_count);
	/* One that the host does not take, which it logs, hides no other. */
	if (refused)
		note(egl->host, call, "formats: %zu of %zu have a constraint that is not valid", refused,
		     known->pair_count);
	return ret == -ENOMEM ? ret : 0;
}

int _cen_egl_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
		      const struct cen_query *query)
{
	struct egl_state *egl = state;
	const struct egl_driver *driver;
	const struct egl_device *known;
	struct bounds bounds = {.count = 0};
	int ret;

	if (!_cen_egl_is_usage(query->usage))
		return fail(egl->host, call, NULL, EOPNOTSUPP, "EGL has no usage %u", query->usage);
	if (query->flags & CEN_QUERY_PASSIVE && device->devnum)
		return fail(egl->host, call, NULL, EOPNOTSUPP,
			    "a GPU is described by starting its driver, which was not allowed");
	ret = _cen_egl_ask(egl, call, device, &known);
	if (ret < 0)
		return ret;
	driver = _cen_egl_driver_find(known->info.driver, known->info.version);
	if (driver->memory == EGL_MEMORY_OWN && _cen_egl_is_render_node(device->devnum))
		return fail(egl->host, call, NULL, EOPNOTSUPP,
			    "%s of %s crashes with every buffer but dumb buffers of its card, and a render node makes "
			    "none; Mesa 25.3 and later take any",
			    known->info.driver, known->info.version);
	add_sizes(&bounds, &known->info, query->usage);
	add_memory(&bounds, driver, device);
	add_notes(egl, call, known, driver, query);
	return add_formats(egl, call, known, driver, query, &bounds);
}
