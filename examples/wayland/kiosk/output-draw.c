/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The buffers that GL draws into and the display shows: cenalloc solves for both. */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <drm_fourcc.h>

#include "output-private.h"

/* What GL and the display know one of these buffers by. */
struct target {
	struct output *output;
	uint32_t framebuffer;
	struct renderer_target *renderer;
};

static void target_destroy(void *data)
{
	struct target *target = data;

	framebuffer_remove(&target->output->display, target->framebuffer);
	renderer_target_destroy(target->renderer);
	free(target);
}

static int add_target(struct output *output, struct cen_buffer *buffer)
{
	struct target *target = calloc(1, sizeof(*target));
	int ret;

	if (!target)
		return -ENOMEM;
	target->output = output;
	cen_buffer_set_user_data(buffer, target, target_destroy);
	ret = framebuffer_add(&output->display, buffer, &target->framebuffer);
	return ret == 0 ? renderer_target_create(output->renderer, buffer, &target->renderer) : ret;
}

/* The renderer as a device that cenalloc knows, or NULL: then it is described. */
static const struct cen_device *find_renderer(struct output *output)
{
	const struct cen_device *device = NULL;
	char name[PATH_MAX + 8];

	snprintf(name, sizeof(name), "egl:%s", renderer_get_path(output->renderer));
	if (cen_machine_find_device(output->machine, name, &device, NULL) < 0 || cen_device_get_access(device) < 0 ||
	    !(cen_device_get_usages(device) & CEN_USAGE_BIT(CEN_USAGE_RENDER)))
		return NULL;
	return device;
}

static int add_renderer(struct output *output, struct cen_request *request, struct cen_error **error)
{
	const struct cen_device *device = find_renderer(output);
	struct cen_capabilities *caps;
	int ret;

	if (device)
		return cen_request_add_usage(request, CEN_USAGE_RENDER, device, error);
	ret = renderer_describe(output->renderer, CEN_USAGE_RENDER, &caps);
	if (ret < 0)
		return ret;
	ret = cen_request_add_described(request, CEN_USAGE_RENDER, renderer_get_path(output->renderer), caps, error);
	cen_capabilities_unref(caps);
	return ret;
}

static int solve(struct output *output, struct cen_request *request, struct cen_solution **solution,
		 struct cen_error **error)
{
	const drmModeModeInfo *mode = &output->display.mode;
	int ret;

	ret = cen_request_set_size(request, mode->hdisplay, mode->vdisplay, error);
	if (ret == 0)
		ret = cen_request_set_count(request, OUTPUT_FRAME_COUNT, error);
	if (ret == 0)
		ret = cen_request_add_format(request, DRM_FORMAT_XRGB8888, error);
	if (ret == 0)
		ret = add_renderer(output, request, error);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_SCANOUT, output->device, error);
	return ret == 0 ? cen_solve(request, 0, solution, error) : ret;
}

static int try_plan(struct output *output, struct cen_plan *plan, struct cen_error **error)
{
	int ret;

	ret = cen_pool_create(plan, OUTPUT_FRAME_COUNT, 0, &output->pool, error);
	for (uint32_t i = 0; ret == 0 && i < OUTPUT_FRAME_COUNT; i++)
		ret = add_target(output, cen_pool_get_buffer(output->pool, i));
	if (ret < 0)
		output_pool_destroy(output);
	return ret;
}

/* Some drivers tell only when they are asked that they import nothing: then it is another plan's turn. */
static int allocate(struct output *output, const struct cen_solution *solution, struct cen_error **error)
{
	struct cen_plan *plan;
	int ret = -ENOTSUP;

	if (cen_solution_get_plan_count(solution) == 0) {
		warnx("nothing to draw into: %s", cen_conflict_get_text(cen_solution_get_conflict(solution)));
		return ret;
	}
	for (size_t i = 0; ret < 0 && (plan = cen_solution_get_plan(solution, i)); i++) {
		cen_error_destroy(*error);
		*error = NULL;
		ret = try_plan(output, plan, error);
	}
	if (ret < 0 && !*error)
		warnx("%s shows nothing that %s draws into: %s", output->display.path,
		      renderer_get_path(output->renderer), strerror(-ret));
	return ret;
}

int output_pool_create(struct output *output)
{
	struct cen_request *request = NULL;
	struct cen_solution *solution = NULL;
	struct cen_error *error = NULL;
	int ret;

	ret = cen_request_create(output->machine, &request);
	if (ret == 0)
		ret = solve(output, request, &solution, &error);
	if (ret == 0)
		ret = allocate(output, solution, &error);
	if (error)
		output_explain(error, ret);
	cen_solution_unref(solution);
	cen_request_destroy(request);
	return ret;
}

void output_pool_destroy(struct output *output)
{
	cen_pool_destroy(output->pool);
	output->pool = NULL;
}

static void set_quad(const struct output_view *view, struct renderer_quad *quad)
{
	bool is_whole = view->source_width <= 0;

	*quad = (struct renderer_quad){
		.image = view->image->texture,
		.x = view->x,
		.y = view->y,
		.width = view->width,
		.height = view->height,
		.source_x = is_whole ? 0 : view->source_x,
		.source_y = is_whole ? 0 : view->source_y,
		.source_width = is_whole ? view->image->width : view->source_width,
		.source_height = is_whole ? view->image->height : view->source_height,
		.fence = view->acquire_fence,
	};
}

int output_draw(struct output *output, const struct output_view *views, size_t count, struct output_frame *frame,
		struct display_layer *layer)
{
	_cleanup_free_ struct renderer_quad *quads = calloc(count + 1, sizeof(*quads));
	struct cen_buffer *buffer;
	const struct target *target;
	int ret;

	if (!quads)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		set_quad(&views[i], &quads[i]);
	ret = cen_pool_acquire(output->pool, &buffer);
	if (ret < 0)
		return ret;
	target = cen_buffer_get_user_data(buffer);
	display_layer_init(&output->display, target->framebuffer, DRM_FORMAT_XRGB8888, layer);
	ret = renderer_draw(target->renderer, quads, count, &layer->fence, &frame->is_uploaded);
	if (ret < 0) {
		cen_pool_release(output->pool, buffer);
		return ret;
	}
	frame->drawn = buffer;
	return 0;
}
