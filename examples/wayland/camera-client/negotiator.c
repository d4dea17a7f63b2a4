/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Building the requests, and telling the negotiation what the compositor says. */
#include "negotiator.h"

#include <err.h>

#include "setup.h"
#include "stats.h"
#include "util.h"

static struct cen_request *add_request(struct negotiator *negotiator, const char *wish)
{
	struct cen_request *request = NULL;

	if (cen_request_create(negotiator->usages.machine, &request) < 0)
		return NULL;
	negotiator->wishes[negotiator->count] = wish;
	negotiator->requests[negotiator->count++] = request;
	return request;
}

/* Buffers that the compositor reads itself. main: NULL where it is not known. */
static int add_sharing(struct negotiator *negotiator, const struct cen_device *camera, const struct cen_device *main,
		       bool is_best, struct cen_error **error)
{
	const struct usages *usages = &negotiator->usages;
	const char *wish = "camera and compositor";
	struct cen_request *request;
	int ret;

	if (is_best)
		wish = usages_is_named(usages) ? "camera, compositor and scanout"
					       : "camera and compositor, whichever GPU it has";
	request = add_request(negotiator, wish);
	if (!request)
		return -ENOMEM;
	ret = usages_fill(usages, request, NULL, NULL, error);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_CAPTURE, camera, error);
	if (ret == 0)
		ret = usages_add_surface(usages, request, is_best, error);
	if (ret == 0 && main)
		ret = cen_request_add_usage(request, CEN_USAGE_TEXTURE, main, error);
	return ret;
}

static bool has_shm_format(const void *data, uint32_t fourcc)
{
	return connection_has_shm_format(data, fourcc);
}

/* Buffers that this program copies out of. Nothing is converted, so the format must be one that wl_shm has. */
static int add_copying(struct negotiator *negotiator, const struct cen_device *camera,
		       const struct connection *connection, struct cen_error **error)
{
	const struct usages *usages = &negotiator->usages;
	uint32_t formats[OPTIONS_FORMATS];
	uint32_t count = options_get_formats(usages->options, formats), possible = 0;
	const struct cen_device *cpu;
	struct cen_request *request;
	int ret;

	for (uint32_t i = 0; i < count; i++)
		possible += connection_has_shm_format(connection, formats[i]);
	/* A request without a format would accept them all. */
	if (possible == 0)
		return 0;
	request = add_request(negotiator, "camera and CPU, then a copy into wl_shm");
	if (!request)
		return -ENOMEM;
	ret = cen_machine_find_device(usages->machine, "cpu", &cpu, error);
	if (ret == 0)
		ret = usages_fill(usages, request, has_shm_format, connection, error);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_CAPTURE, camera, error);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_CPU_READ, cpu, error);
	if (ret == 0)
		ret = cen_request_set_copies(request, 1, "into wl_shm", error);
	return ret;
}

static int add_all(struct negotiator *negotiator, const struct cen_device *camera, const struct connection *connection,
		   struct cen_error **error)
{
	const struct usages *usages = &negotiator->usages;
	const struct cen_device *main = NULL;
	int ret = -EOPNOTSUPP;

	if (usages->feedback && !usages->options->is_shm_forced)
		ret = usages_find_main(usages, &main);
	if (ret < 0 && ret != -EOPNOTSUPP)
		return ret;
	if (ret == 0)
		ret = add_sharing(negotiator, camera, main, true, error);
	if (ret == 0)
		ret = add_sharing(negotiator, camera, main, false, error);
	negotiator->first_copying = negotiator->count;
	if (ret == 0 || ret == -EOPNOTSUPP)
		ret = add_copying(negotiator, camera, connection, error);
	for (uint32_t i = 0; i < negotiator->count && ret == 0; i++)
		ret = cen_negotiation_add_request(negotiator->negotiation, negotiator->requests[i], error);
	return ret;
}

int negotiator_create(struct negotiator *negotiator, const struct cen_device *camera,
		      const struct connection *connection, const struct listener *listener)
{
	struct cen_error *error = NULL;
	int ret;

	negotiator->usages.feedback = listener->feedback;
	ret = cen_negotiation_create(&negotiator->negotiation);
	if (ret == 0)
		ret = add_all(negotiator, camera, connection, &error);
	if (ret == 0 && negotiator->count == 0) {
		warnx("wl_shm has none of the formats, and there is no other way");
		ret = -EOPNOTSUPP;
	}
	return explain(error, ret);
}

void negotiator_destroy(struct negotiator *negotiator)
{
	cen_negotiation_destroy(negotiator->negotiation);
	for (uint32_t i = 0; i < negotiator->count; i++)
		cen_request_destroy(negotiator->requests[i]);
	*negotiator = (struct negotiator){0};
}

int negotiator_set_feedback(struct negotiator *negotiator)
{
	const struct cen_device *main;
	struct cen_error *error = NULL;
	int ret;

	if (negotiator->first_copying == 0)
		return 0;
	ret = usages_find_main(&negotiator->usages, &main);
	if (ret < 0 && ret != -EOPNOTSUPP)
		return ret;
	ret = usages_update(&negotiator->usages, negotiator->negotiation, ret < 0, &error);
	if (ret == 0)
		ret = usages_add_scanouts(&negotiator->usages, negotiator->requests[0], &error);
	return explain(error, ret);
}

int negotiator_update(struct negotiator *negotiator, uint32_t *change)
{
	struct cen_error *error = NULL;
	int ret;

	ret = cen_negotiation_update(negotiator->negotiation, stats_get_time(), change, &error);
	return explain(error, ret);
}

struct cen_plan *negotiator_get_plan(const struct negotiator *negotiator, bool *is_copying, const char **wish)
{
	size_t request = 0;
	struct cen_plan *plan = cen_negotiation_get_plan(negotiator->negotiation, &request);

	*is_copying = request >= negotiator->first_copying;
	*wish = plan ? negotiator->wishes[request] : NULL;
	return plan;
}
