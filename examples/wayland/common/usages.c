/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* From feedback to usages. */
#include "usages.h"

#include <err.h>
#include <string.h>

#include "util.h"

static void destroy_error(struct cen_error **error)
{
	cen_error_destroy(*error);
}

static void unref_capabilities(struct cen_capabilities **caps)
{
	cen_capabilities_unref(*caps);
}

static int describe(const struct usages *usages, const struct cen_device *device, uint32_t usage,
		    struct cen_error **error)
{
	_cleanup_(unref_capabilities) struct cen_capabilities *caps = NULL;
	uint32_t formats[OPTIONS_FORMATS];
	uint32_t count = options_get_formats(usages->options, formats);

	return cen_machine_describe(usages->machine, device, usage, usages->options->width, usages->options->height,
				    formats, count, &caps, NULL, error);
}

/* Of the backends that know a node the one that draws with it knows most about sampling. */
static const struct cen_device *prefer_egl(const struct usages *usages, const struct cen_device *device)
{
	const struct cen_device *better;
	char name[128];

	snprintf(name, sizeof(name), "egl:%s", cen_device_get_path(device));
	if (cen_machine_find_device(usages->machine, name, &better, NULL) < 0)
		return device;
	return cen_device_get_usages(better) & CEN_USAGE_BIT(CEN_USAGE_TEXTURE) ? better : device;
}

/* Returns 0, with *out NULL where nothing is named or known. */
static int find_renderer(const struct usages *usages, const struct cen_device **out, struct cen_error **error)
{
	uint64_t devnum = usages->feedback ? cen_feedback_get_main_device(usages->feedback) : 0;
	const char *name = usages->options->renderer;
	int ret;

	*out = NULL;
	if (name)
		return cen_machine_find_device(usages->machine, name, out, error);
	if (devnum == 0)
		return 0;
	ret = cen_machine_find_devnum(usages->machine, devnum, CEN_USAGE_TEXTURE, out, error);
	if (ret != -ENODEV)
		return ret;
	warnx("the compositor's main device: %s; going by what the compositor says", cen_error_get_message(*error));
	return 0;
}

int usages_find_main(const struct usages *usages, const struct cen_device **out)
{
	_cleanup_(destroy_error) struct cen_error *error = NULL;
	const struct cen_device *device;
	int ret;

	*out = NULL;
	ret = find_renderer(usages, &device, &error);
	if (ret < 0 && error)
		warnx("%s", cen_error_get_message(error));
	if (ret < 0 || !device)
		return ret;
	device = prefer_egl(usages, device);
	ret = describe(usages, device, CEN_USAGE_TEXTURE, &error);
	if (ret == 0) {
		*out = device;
		return 0;
	}
	if (!error || ret == -ENOMEM)
		return ret;
	if (cen_error_get_code(error) == CEN_ERROR_PERMISSION) {
		warnx("%s; going by what the compositor says", cen_error_get_message(error));
		return 0;
	}
	warnx("no dma-bufs for this compositor: %s", cen_error_get_message(error));
	return -EOPNOTSUPP;
}

static int add_described(const struct usages *usages, struct cen_request *request, uint32_t usage,
			 struct cen_error **error)
{
	_cleanup_(unref_capabilities) struct cen_capabilities *caps = NULL;
	int ret;

	ret = cen_feedback_get_capabilities(usages->feedback, usage, &caps, error);
	return ret < 0 ? ret : cen_request_add_described(request, usage, SURFACE_NAME, caps, error);
}

/* A device that cannot be asked is left out: scanout is a hint, and the compositor's own word is in the request. */
static int add_scanout(const struct usages *usages, struct cen_request *request, uint64_t devnum,
		       struct cen_error **error)
{
	const struct cen_device *device;
	int ret;

	if (cen_machine_find_devnum(usages->machine, devnum, CEN_USAGE_SCANOUT, &device, NULL) < 0 ||
	    describe(usages, device, CEN_USAGE_SCANOUT, NULL) < 0)
		return 0;
	ret = cen_request_add_usage(request, CEN_USAGE_SCANOUT, device, error);
	if (ret != -EEXIST)
		return ret;
	cen_error_destroy(*error);
	*error = NULL;
	return 0;
}

/* Devices are added and never taken away: a surface that goes to and fro must not change the request each time. */
int usages_add_scanouts(const struct usages *usages, struct cen_request *request, struct cen_error **error)
{
	struct cen_feedback_tranche tranche = {.size = sizeof(tranche)};
	int ret = 0;

	for (size_t i = 0; ret == 0 && cen_feedback_get_tranche(usages->feedback, i, &tranche) == 0; i++)
		if (tranche.flags & CEN_TRANCHE_SCANOUT && tranche.device)
			ret = add_scanout(usages, request, tranche.device, error);
	return ret;
}

bool usages_is_named(const struct usages *usages)
{
	return usages->options->renderer || cen_feedback_get_main_device(usages->feedback) != 0;
}

/*
 * Importing is not using: software drivers of a display crash when they sample what is not its own dumb buffer. The CPU
 * alone, which is not listed by a node, takes what the surface's own constraints allow.
 */
static int add_candidates(const struct usages *usages, struct cen_request *request, struct cen_error **error)
{
	const struct cen_device *device;
	int ret = 0;

	for (size_t i = 0; ret == 0 && (device = cen_machine_get_device(usages->machine, i)); i++)
		if (strcmp(cen_device_get_backend(device), "egl") == 0 && *cen_device_get_path(device) == '/' &&
		    cen_device_get_usages(device) & CEN_USAGE_BIT(CEN_USAGE_TEXTURE) &&
		    describe(usages, device, CEN_USAGE_TEXTURE, NULL) == 0)
			ret = cen_request_add_usage(request, CEN_USAGE_TEXTURE, device, error);
	return ret;
}

int usages_add_surface(const struct usages *usages, struct cen_request *request, bool is_best, struct cen_error **error)
{
	const struct cen_constraint two = {.kind = CEN_CONSTRAINT_COUNT_MIN,
					   .value = 2,
					   .provenance = CEN_PROVENANCE_POLICY,
					   .note = "a compositor keeps a picture until it has the next"};
	int ret;

	ret = cen_request_add_constraint(request, &two, error);
	if (ret == 0)
		ret = add_described(usages, request, CEN_USAGE_TEXTURE, error);
	if (ret < 0 || !is_best)
		return ret;
	if (!usages_is_named(usages))
		return add_candidates(usages, request, error);
	ret = add_described(usages, request, CEN_USAGE_SCANOUT, error);
	return ret < 0 ? ret : usages_add_scanouts(usages, request, error);
}

static int update(const struct usages *usages, struct cen_negotiation *negotiation, uint32_t usage, bool is_refused,
		  struct cen_error **error)
{
	_cleanup_(unref_capabilities) struct cen_capabilities *caps = NULL;
	int ret;

	if (is_refused)
		ret = cen_capabilities_create(&caps);
	else
		ret = cen_feedback_get_capabilities(usages->feedback, usage, &caps, error);
	return ret < 0 ? ret : cen_negotiation_set_capabilities(negotiation, SURFACE_NAME, usage, caps, error);
}

int usages_update(const struct usages *usages, struct cen_negotiation *negotiation, bool is_refused,
		  struct cen_error **error)
{
	int ret;

	ret = update(usages, negotiation, CEN_USAGE_TEXTURE, is_refused, error);
	if (ret < 0)
		return ret;
	ret = update(usages, negotiation, CEN_USAGE_SCANOUT, is_refused, error);
	if (ret != -ENODEV)
		return ret;
	/* A compositor that named no device at first has no request with scanout. */
	cen_error_destroy(*error);
	*error = NULL;
	return 0;
}

int usages_fill(const struct usages *usages, struct cen_request *request,
		bool (*keep)(const void *data, uint32_t fourcc), const void *data, struct cen_error **error)
{
	const struct options *options = usages->options;
	uint32_t formats[OPTIONS_FORMATS];
	uint32_t count = options_get_formats(options, formats);
	int ret;

	ret = cen_request_set_size(request, options->width, options->height, error);
	if (ret == 0)
		ret = cen_request_set_count(request, options->buffers, error);
	for (uint32_t i = 0; i < count && ret == 0; i++)
		if (!keep || keep(data, formats[i]))
			ret = cen_request_add_format(request, formats[i], error);
	return ret;
}
