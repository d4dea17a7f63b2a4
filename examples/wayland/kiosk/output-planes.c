/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The planes of the display, and which of them shows a client's buffer as it is. */
#include <err.h>
#include <math.h>
#include <string.h>

#include <drm_fourcc.h>

#include "output-private.h"

static int add_pair(struct output_plane *plane, uint32_t fourcc, uint64_t modifier)
{
	struct output_pair *pairs = reallocarray(plane->pairs, plane->pair_count + 1, sizeof(*pairs));

	if (!pairs)
		return -ENOMEM;
	plane->pairs = pairs;
	pairs[plane->pair_count++] = (struct output_pair){fourcc, modifier};
	return 0;
}

/* A plane that says nothing of modifiers takes linear buffers, and what its driver knows the layout of. */
static int read_pairs(struct output *output, const drmModePlane *kms, struct output_plane *plane)
{
	drmModeFormatModifierIterator iterator = {0};
	drmModePropertyBlobRes *blob = NULL;
	struct property property;
	int ret = 0;

	plane->id = kms->plane_id;
	if (property_find(output->display.fd, plane->id, "IN_FORMATS", &property) == 0)
		blob = drmModeGetPropertyBlob(output->display.fd, (uint32_t)property.value);
	while (blob && ret == 0 && drmModeFormatModifierBlobIterNext(blob, &iterator))
		ret = add_pair(plane, iterator.fmt, iterator.mod);
	drmModeFreePropertyBlob(blob);
	for (uint32_t i = 0; !blob && ret == 0 && i < kms->count_formats; i++) {
		ret = add_pair(plane, kms->formats[i], DRM_FORMAT_MOD_LINEAR);
		if (ret == 0)
			ret = add_pair(plane, kms->formats[i], DRM_FORMAT_MOD_INVALID);
	}
	return ret;
}

static int read_plane(struct output *output, uint32_t id)
{
	drmModePlane *kms = drmModeGetPlane(output->display.fd, id);
	bool is_primary = id == output->display.plane;
	struct property type;
	int ret = 0;

	if (kms && kms->possible_crtcs & 1u << output->display.crtc_index &&
	    property_find(output->display.fd, id, "type", &type) == 0 &&
	    (is_primary || type.value == DRM_PLANE_TYPE_OVERLAY)) {
		struct output_plane plane = {0};

		ret = read_pairs(output, kms, &plane);
		output->planes[output->plane_count++] = plane;
	}
	drmModeFreePlane(kms);
	return ret;
}

int output_planes_read(struct output *output)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(output->display.fd);
	int ret;

	if (!planes)
		return -errno;
	ret = read_plane(output, output->display.plane);
	for (uint32_t i = 0; i < planes->count_planes && ret == 0 && output->plane_count < OUTPUT_MAX_PLANES; i++)
		if (planes->planes[i] != output->display.plane)
			ret = read_plane(output, planes->planes[i]);
	drmModeFreePlaneResources(planes);
	return ret;
}

void output_planes_free(struct output *output)
{
	for (size_t i = 0; i < output->plane_count; i++)
		free(output->planes[i].pairs);
	output->plane_count = 0;
}

bool output_plane_has(const struct output_plane *plane, uint32_t fourcc, uint64_t modifier)
{
	for (size_t i = 0; i < plane->pair_count; i++)
		if (plane->pairs[i].fourcc == fourcc && plane->pairs[i].modifier == modifier)
			return true;
	return false;
}

bool output_is_opaque(uint32_t fourcc)
{
	const struct cen_format_info *info = cen_format_get_info(fourcc);

	return info && !info->has_alpha;
}

static uint32_t to_fixed(double value)
{
	return (uint32_t)lround(value * 65536);
}

static bool has_place(const struct output_image *image, const struct output_view *view)
{
	return view->width > 0 && view->height > 0 && view->width <= INT32_MAX && view->height <= INT32_MAX &&
	       image->width <= UINT16_MAX && image->height <= UINT16_MAX &&
	       (view->source_width <= 0 || (view->source_x >= 0 && view->source_y >= 0 && view->source_height > 0 &&
					    view->source_x + view->source_width <= image->width &&
					    view->source_y + view->source_height <= image->height));
}

static void set_layer(const struct output *output, const struct output_view *view, struct display_layer *layer)
{
	const struct output_image *image = view->image;
	bool is_whole = view->source_width <= 0;

	display_layer_init(&output->display, image->framebuffer, image->fourcc, layer);
	layer->source_x = is_whole ? 0 : to_fixed(view->source_x);
	layer->source_y = is_whole ? 0 : to_fixed(view->source_y);
	layer->source_width = is_whole ? image->width << 16 : to_fixed(view->source_width);
	layer->source_height = is_whole ? image->height << 16 : to_fixed(view->source_height);
	layer->x = view->x;
	layer->y = view->y;
	layer->width = view->width;
	layer->height = view->height;
}

static bool is_same_view(const struct output_view *a, const struct output_view *b)
{
	return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height &&
	       a->source_x == b->source_x && a->source_y == b->source_y && a->source_width == b->source_width &&
	       a->source_height == b->source_height;
}

/* Around a view that is smaller than the screen is nothing, which is black: so it would be drawn, too. */
static void judge(struct output *output, const struct output_view *view, struct output_verdict *verdict)
{
	const struct output_image *image = view->image;
	struct cen_buffer_info info = {.size = sizeof(info)};

	*verdict = (struct output_verdict){.is_known = true, .view = *view};
	if (!image->framebuffer || !output_is_opaque(image->fourcc) || !has_place(image, view))
		return;
	cen_buffer_get_info(image->buffer, &info);
	set_layer(output, view, &verdict->layer);
	for (size_t i = 0; i < output->plane_count; i++) {
		verdict->layer.plane = output->planes[i].id;
		if (output_plane_has(&output->planes[i], info.fourcc, info.modifier) &&
		    display_test(&output->display, &verdict->layer) == 0)
			return;
	}
	verdict->layer.plane = 0;
}

bool output_find_layer(struct output *output, const struct output_view *view, struct display_layer *layer)
{
	struct output_verdict *verdict = &view->image->verdict;

	if (output->never_direct)
		return false;
	if (!verdict->is_known || !is_same_view(&verdict->view, view))
		judge(output, view, verdict);
	*layer = verdict->layer;
	layer->fence = view->acquire_fence;
	return layer->plane != 0;
}
