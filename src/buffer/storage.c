/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "storage.h"

#include <errno.h>
#include <stdio.h>

#include <cenalloc/solution.h>

#include "buffer.h"
#include "cleanup.h"
#include "context.h"
#include "error.h"
#include "fit.h"
#include "machine.h"
#include "plan.h"
#include "trial.h"
#include "util.h"

void _cen_storage_cleanup(struct storage *storage)
{
	cen_buffer_unref(storage->buffer);
	cen_plan_unref(storage->plan);
}

/* A device that attached twice has one set of needs. */
static bool has_usage(const struct cen_request *request, const struct cen_attachment *attachment)
{
	for (size_t n = 0; n < request->usage_count; n++) {
		if (request->usages[n].usage == attachment->usage &&
		    strcmp(request->usages[n].name, attachment->name) == 0)
			return true;
	}
	return false;
}

static int add_usage(struct cen_request *request, const struct cen_attachment *attachment, struct cen_error **err)
{
	if (has_usage(request, attachment))
		return 0;
	if (attachment->device)
		return cen_request_add_usage(request, attachment->usage, attachment->device, err);
	return cen_request_add_described(request, attachment->usage, attachment->name, attachment->caps, err);
}

static int make_request(struct buffer_life *life, const struct cen_attachment *newcomer, uint32_t fourcc,
			struct cen_request **out, struct cen_error **err)
{
	_cleanup_request_ struct cen_request *request = _cen_request_dup_wishes(life->request);
	int ret = 0;

	if (!request)
		return _cen_error_no_memory(err);
	if (fourcc) {
		request->fourcc_count = 0;
		ret = cen_request_add_format(request, fourcc, err);
	}
	for (uint32_t n = 0; ret == 0 && n < life->attachment_count; n++)
		ret = add_usage(request, life->attachments[n], err);
	if (ret == 0 && newcomer)
		ret = add_usage(request, newcomer, err);
	if (ret == 0)
		*out = STEAL(request);
	return ret;
}

/* The lines of a conflict as one sentence. */
static void join_lines(const char *text, char *buf, size_t size)
{
	size_t used = 0;

	for (; *text && used + 3 < size; text++) {
		if (*text != '\n') {
			buf[used++] = *text;
			continue;
		}
		text += strspn(text, "\n ") - 1;
		if (text[1])
			used += (size_t)snprintf(buf + used, size - used, "; ");
	}
	buf[used] = '\0';
}

static int refuse_conflict(struct cen_solution *solution, const struct cen_attachment *newcomer, struct cen_error **err)
{
	struct error_facts facts = {.device = newcomer ? newcomer->name : NULL, .solution = solution};
	char text[1024];

	join_lines(cen_conflict_get_text(cen_solution_get_conflict(solution)), text, sizeof(text));
	return _cen_error_set(err, CEN_ERROR_CONFLICT, EINVAL, &facts, "%s", text);
}

int _cen_storage_solve(struct buffer_life *life, const struct cen_attachment *newcomer, uint32_t fourcc,
		       struct cen_solution **out, struct cen_error **err)
{
	_cleanup_solution_ struct cen_solution *solution = NULL;
	_cleanup_request_ struct cen_request *request = NULL;
	int ret;

	*out = NULL;
	ret = make_request(life, newcomer, fourcc, &request, err);
	if (ret == 0)
		ret = cen_solve(request, 0, &solution, err);
	if (ret < 0)
		return ret;
	if (cen_solution_get_plan_count(solution) == 0)
		return refuse_conflict(solution, newcomer, err);
	*out = STEAL(solution);
	return 0;
}

/* Adds "default_cma_region: ..." to what was tried before. Returns false when there is no memory. */
static bool add_failure(char **tried, const struct cen_plan *plan, const struct cen_error *error)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s (%s)", *tried ? *tried : "", *tried ? "; " : "",
		     error ? cen_error_get_message(error) : "no memory", plan->info.source) < 0)
		return false;
	free(*tried);
	*tried = longer;
	return true;
}

static int refuse_all(const struct cen_plan *plan, int ret, const struct cen_error *last, const char *tried,
		      struct cen_error **err)
{
	struct error_facts facts = {.device = plan->info.source};

	if (!last)
		return _cen_error_no_memory(err);
	facts.call = cen_error_get_call(last);
	facts.wanted = cen_error_get_wanted(last);
	facts.held = cen_error_get_held(last);
	return _cen_error_set(err, cen_error_get_code(last), -ret, &facts, "no source delivered: %s", tried);
}

int _cen_storage_allocate(struct buffer_life *life, const struct cen_solution *solution, struct storage *out,
			  struct cen_error **err)
{
	uint32_t flags = life->flags & CEN_BUFFER_VERIFY ? CEN_ALLOCATE_VERIFY : 0;
	_cleanup_free_ char *tried = NULL;
	struct cen_plan *plan;
	int ret = -ENOENT;

	*out = (struct storage){0};
	for (size_t n = 0; (plan = cen_solution_get_plan(solution, n)); n++) {
		_cleanup_error_ struct cen_error *error = NULL;

		ret = cen_plan_allocate(plan, 1, flags, &out->buffer, &error);
		if (ret == 0) {
			out->plan = cen_plan_ref(plan);
			return 0;
		}
		_cen_log(life->request->machine->ctx, CEN_LOG_INFO, "alloc", "plan %zu (%s): %s", n + 1,
			 plan->info.source, error ? cen_error_get_message(error) : "no memory");
		if (!add_failure(&tried, plan, error))
			return _cen_error_no_memory(err);
		if (!cen_solution_get_plan(solution, n + 1))
			return refuse_all(plan, ret, error, tried, err);
	}
	return ret;
}

static void describe_image(const struct cen_buffer *buffer, struct cen_image_desc *image)
{
	*image = (struct cen_image_desc){
		.size = sizeof(*image),
		.fourcc = buffer->info.fourcc,
		.width = buffer->info.width,
		.height = buffer->info.height,
		.plane_count = buffer->info.plane_count,
		.modifier = buffer->info.modifier,
		.object_count = buffer->info.object_count,
	};
	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++) {
		const struct cen_buffer_plane *plane = &buffer->planes[n];

		image->planes[n] = (struct cen_image_plane){
			.object = plane->object, .offset = plane->offset, .stride = plane->stride};
		image->objects[n] = (struct cen_image_object){
			.fd = n < image->object_count ? buffer->objects[n].fd : -1, .size = buffer->objects[n].size};
	}
}

static int get_caps(struct buffer_life *life, const struct cen_attachment *newcomer, uint32_t fourcc,
		    struct cen_capabilities **out, struct cen_error **err)
{
	const struct cen_request *wishes = life->request;

	if (newcomer->device)
		return cen_machine_describe(wishes->machine, newcomer->device, newcomer->usage, wishes->width,
					    wishes->height, &fourcc, 1, out, NULL, err);
	*out = cen_capabilities_ref(newcomer->caps);
	return 0;
}

static int try_newcomer(struct buffer_life *life, const struct cen_attachment *newcomer,
			const struct cen_image_desc *image, struct cen_error **err)
{
	_cleanup_error_ struct cen_error *refusal = NULL;
	const struct cen_machine *machine = life->request->machine;
	const struct trial trial = {
		.ctx = machine->ctx,
		.device =
			newcomer->device ? _cen_machine_find_sibling(machine, newcomer->device, newcomer->usage) : NULL,
		.usage = newcomer->usage,
		.count = 1,
		.images = image,
	};
	const struct trial_names names = {
		.device = newcomer->name,
		.source = life->plan->info.source,
		.wanted = life->plan->info.total_bytes,
	};
	struct error_facts facts = {.device = newcomer->name};
	int ret = _cen_trial_verify(&trial, &names, &refusal);

	if (ret == 0)
		return 0;
	if (!refusal)
		return _cen_error_no_memory(err);
	facts.call = cen_error_get_call(refusal);
	return _cen_error_set(err, CEN_ERROR_BUSY, EBUSY, &facts, "there is memory already, and %s",
			      cen_error_get_message(refusal));
}

int _cen_storage_check(struct buffer_life *life, const struct cen_attachment *newcomer, struct cen_error **err)
{
	const struct cen_source_desc *source = life->plan->shared->sources[life->plan->source].desc;
	_cleanup_caps_ struct cen_capabilities *caps = NULL;
	char reason[FIT_REASON_SIZE];
	struct cen_image_desc image;
	const struct fit_storage storage = {
		.image = &image,
		.source = source,
		.is_own = newcomer->device && newcomer->device->desc.devnum &&
			  source->exporter == newcomer->device->desc.devnum,
	};
	int ret;

	describe_image(life->storage, &image);
	ret = get_caps(life, newcomer, image.fourcc, &caps, err);
	if (ret < 0)
		return ret;
	if (_cen_fit_check(caps, &storage, reason))
		return life->flags & CEN_BUFFER_VERIFY ? try_newcomer(life, newcomer, &image, err) : 0;
	return _cen_error_set(err, CEN_ERROR_BUSY, EBUSY, &(struct error_facts){.device = newcomer->name},
			      "there is memory already (from %s), and %s (%s) %s", source->name, newcomer->name,
			      cen_usage_get_name(newcomer->usage), reason);
}
