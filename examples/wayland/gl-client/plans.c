/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Two requests that share the GPU: it samples what the camera fills, and draws what the compositor shows. */
#include "plans.h"

#include <err.h>
#include <string.h>

#include <drm_fourcc.h>

#include "setup.h"
#include "util.h"

/* One is shown, one waits to be, one is drawn into. */
#define OUTPUT_BUFFERS 3

/* Forget what was asked with one GPU, to ask with another. */
static void clear(struct plans *plans)
{
	cen_negotiation_destroy(plans->negotiation);
	plans->negotiation = NULL;
	for (uint32_t i = 0; i < OUTPUT_REQUESTS; i++) {
		cen_request_destroy(plans->outputs[i]);
		plans->outputs[i] = NULL;
	}
	cen_solution_unref(plans->solution);
	plans->solution = NULL;
	cen_request_destroy(plans->input);
	plans->input = NULL;
}

static int solve_input(struct plans *plans, const struct cen_device *camera, struct cen_error **error)
{
	int ret;

	ret = cen_request_create(plans->input_usages.machine, &plans->input);
	if (ret == 0)
		ret = usages_fill(&plans->input_usages, plans->input, NULL, NULL, error);
	if (ret == 0)
		ret = cen_request_add_usage(plans->input, CEN_USAGE_CAPTURE, camera, error);
	if (ret == 0)
		ret = cen_request_add_usage(plans->input, CEN_USAGE_TEXTURE, plans->gpu, error);
	return ret < 0 ? ret : cen_solve(plans->input, 0, &plans->solution, error);
}

static int fill_output(struct plans *plans, struct cen_request *request, bool is_best, struct cen_error **error)
{
	const struct usages *usages = &plans->output_usages;
	int ret;

	ret = usages_fill(usages, request, NULL, NULL, error);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_RENDER, plans->gpu, error);
	if (ret == 0)
		ret = usages_add_surface(usages, request, is_best, error);
	if (ret == 0 && plans->main)
		ret = cen_request_add_usage(request, CEN_USAGE_TEXTURE, plans->main, error);
	return ret;
}

static int ask_outputs(struct plans *plans, struct cen_error **error)
{
	int ret;

	ret = cen_negotiation_create(&plans->negotiation);
	for (uint32_t i = 0; i < OUTPUT_REQUESTS && ret == 0; i++) {
		ret = cen_request_create(plans->output_usages.machine, &plans->outputs[i]);
		if (ret == 0)
			ret = fill_output(plans, plans->outputs[i], i == 0, error);
		if (ret == 0)
			ret = cen_negotiation_add_request(plans->negotiation, plans->outputs[i], error);
	}
	return ret;
}

/* Returns 0 where this GPU has plans, -ENOENT where it has none, or what else went wrong. */
static int try_gpu(struct plans *plans, const struct client *client)
{
	struct cen_error *error = NULL;
	uint32_t change;
	int ret;

	clear(plans);
	ret = solve_input(plans, client->camera, &error);
	if (ret == 0)
		ret = ask_outputs(plans, &error);
	if (ret < 0)
		return explain(error, ret);
	if (cen_solution_get_plan_count(plans->solution) == 0)
		return -ENOENT;
	ret = plans_update(plans, &change);
	return ret == 0 && change == CEN_CHANGE_IMPOSSIBLE ? -ENOENT : ret;
}

static bool can_draw(const struct cen_device *device)
{
	uint32_t wanted = CEN_USAGE_BIT(CEN_USAGE_TEXTURE) | CEN_USAGE_BIT(CEN_USAGE_RENDER);

	return strcmp(cen_device_get_backend(device), "egl") == 0 && cen_device_get_access(device) == 0 &&
	       (cen_device_get_usages(device) & wanted) == wanted;
}

static void list_gpus(struct plans *plans, const struct client *client)
{
	const char *wanted = client->options.device;
	const struct cen_device *device;

	if (!wanted && plans->main && can_draw(plans->main))
		plans->gpus[plans->gpu_count++] = plans->main;
	for (size_t i = 0; (device = cen_machine_get_device(client->machine, i)); i++) {
		const char *path = cen_device_get_path(device);

		if (plans->gpu_count < MAX_GPUS && can_draw(device) &&
		    (wanted ? strcmp(path, wanted) == 0 : *path != '/'))
			plans->gpus[plans->gpu_count++] = device;
	}
}

int plans_create(struct plans *plans, const struct client *client)
{
	int ret;

	plans->output_options = client->options;
	plans->output_options.fourcc = DRM_FORMAT_XRGB8888;
	plans->output_options.buffers = OUTPUT_BUFFERS;
	plans->input_usages = (struct usages){
		.machine = client->machine, .feedback = client->listener.feedback, .options = &client->options};
	plans->output_usages = plans->input_usages;
	plans->output_usages.options = &plans->output_options;
	if (!client->listener.feedback) {
		warnx("the compositor takes no dma-bufs");
		return -EOPNOTSUPP;
	}
	ret = usages_find_main(&plans->output_usages, &plans->main);
	if (ret < 0)
		return ret;
	list_gpus(plans, client);
	if (plans->gpu_count > 0)
		return 0;
	if (client->options.device)
		warnx("%s: not a device that EGL draws with", client->options.device);
	else
		warnx("EGL draws with no device here, not even with the CPU");
	return -ENODEV;
}

int plans_choose(struct plans *plans, const struct client *client)
{
	int ret = -ENOENT;

	while (ret < 0 && plans->next_gpu < plans->gpu_count) {
		plans->gpu = plans->gpus[plans->next_gpu++];
		ret = try_gpu(plans, client);
	}
	return ret;
}

void plans_destroy(struct plans *plans)
{
	clear(plans);
	*plans = (struct plans){0};
}

struct cen_plan *plans_get_input(const struct plans *plans, size_t index)
{
	return cen_solution_get_plan(plans->solution, index);
}

int plans_set_feedback(struct plans *plans)
{
	const struct cen_device *main;
	struct cen_error *error = NULL;
	int ret;

	ret = usages_find_main(&plans->output_usages, &main);
	if (ret < 0 && ret != -EOPNOTSUPP)
		return ret;
	ret = usages_update(&plans->output_usages, plans->negotiation, ret < 0, &error);
	if (ret == 0)
		ret = usages_add_scanouts(&plans->output_usages, plans->outputs[0], &error);
	return explain(error, ret);
}

int plans_update(struct plans *plans, uint32_t *change)
{
	struct cen_error *error = NULL;
	int ret;

	ret = cen_negotiation_update(plans->negotiation, stats_get_time(), change, &error);
	return explain(error, ret);
}

struct cen_plan *plans_get_output(const struct plans *plans, const char **wish)
{
	size_t request = 0;
	struct cen_plan *plan = cen_negotiation_get_plan(plans->negotiation, &request);

	*wish = "GPU and compositor";
	if (request == 0)
		*wish = usages_is_named(&plans->output_usages) ? "GPU, compositor and scanout"
							       : "GPU and compositor, whichever GPU it has";
	return plan;
}

const struct cen_conflict *plans_get_conflict(const struct plans *plans)
{
	const struct cen_conflict *conflict = plans->solution ? cen_solution_get_conflict(plans->solution) : NULL;

	if (conflict || !plans->negotiation)
		return conflict;
	return cen_negotiation_get_conflict(plans->negotiation);
}
