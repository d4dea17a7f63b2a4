/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* From a plan to buffers: all or none, and nothing that a backend made is taken unchecked. */
#include <errno.h>
#include <stdio.h>

#include "buffer.h"
#include "context.h"
#include "dma-buf-name.h"
#include "error.h"
#include "host.h"
#include "image-check.h"
#include "machine.h"
#include "plan.h"
#include "region.h"
#include "solver.h"
#include "trial.h"
#include "util.h"

#define TOPIC "alloc"

/* One allocation under way. */
struct job {
	struct cen_plan *plan;
	struct cen_machine *machine;
	const struct cen_source *source; /* NULL: a region */
	struct cen_region *region; /* NULL: a source */
	struct region_hold *holds[MAX_BUFFERS]; /* of a region: what gives the chunks of each image back */
	const char *name, *backend; /* of the source or region */
	uint32_t count;
	struct cen_image_desc images[MAX_BUFFERS]; /* fds owned once the backend has returned success */
	struct cen_buffer_object objects[MAX_BUFFERS][CEN_MAX_PLANES];
};

static uint32_t get_object_count(const struct cen_image_desc *image)
{
	return image->object_count < CEN_MAX_PLANES ? image->object_count : CEN_MAX_PLANES;
}

/* Forget an fd wherever else it is named: it is closed once. */
static void forget_fd(struct job *job, int fd)
{
	for (uint32_t n = 0; n < job->count; n++) {
		for (uint32_t object = 0; object < CEN_MAX_PLANES; object++) {
			if (job->images[n].objects[object].fd == fd)
				job->images[n].objects[object].fd = -1;
		}
	}
}

/* The standard streams are spared: a backend that returns zeroed memory as success names fd 0. */
static void close_images(struct job *job)
{
	for (uint32_t n = 0; n < job->count; n++) {
		for (uint32_t object = 0; object < get_object_count(&job->images[n]); object++) {
			int fd = job->images[n].objects[object].fd;

			if (fd <= STDERR_FILENO)
				continue;
			forget_fd(job, fd);
			close(fd);
		}
	}
}

/* The fds first: a chunk that goes back to its region is nobody's. */
static void job_cleanup(struct job **job)
{
	if (*job) {
		close_images(*job);
		for (uint32_t n = 0; n < (*job)->count; n++)
			_cen_region_hold_release((*job)->holds[n]);
	}
	free(*job);
}

static struct job *job_create(struct cen_plan *plan, uint32_t count)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->plan = plan;
	job->machine = plan->shared->machine;
	job->region = _cen_plan_shared_get_region(plan->shared, plan->source);
	job->source = job->region ? NULL : job->machine->sources[plan->source];
	job->name = plan->info.source;
	job->backend = plan->info.backend;
	job->count = count;
	for (uint32_t n = 0; n < MAX_BUFFERS; n++) {
		job->images[n] = plan->wish;
		job->images[n].size = sizeof(job->images[n]);
		for (uint32_t object = 0; object < CEN_MAX_PLANES; object++)
			job->images[n].objects[object].fd = -1;
	}
	return job;
}

static int report_refusal(struct job *job, const struct cen_call *call, int ret, uint32_t made, struct cen_error **err)
{
	struct failure_facts facts = {
		.device = job->source->desc.name,
		.access_help = job->source->desc.access_help,
	};
	uint64_t bytes = job->plan->info.total_bytes;
	char suffix[64];

	if (ret == -ENOMEM) {
		if (made >= job->count)
			made = job->count - 1;
		if (__builtin_mul_overflow(bytes, job->count, &facts.wanted))
			facts.wanted = UINT64_MAX;
		if (__builtin_mul_overflow(bytes, made, &facts.held))
			facts.held = UINT64_MAX;
		snprintf(suffix, sizeof(suffix), "%u of %u buffers fitted", made, job->count);
		facts.fitted = made;
		facts.suffix = suffix;
	}
	return _cen_call_set_error(call, ret, &facts, err);
}

/* The fds in images[] are the job's only after success: a source that fails has closed its own. */
static void disown_images(struct job *job)
{
	for (uint32_t n = 0; n < job->count; n++)
		job->images[n].object_count = 0;
}

static int ask_region(struct job *job, struct cen_error **err)
{
	int ret = _cen_region_allocate_images(job->region, job->plan, job->count, job->images, job->holds, err);

	if (ret < 0)
		disown_images(job);
	return ret;
}

static int ask_backend(struct job *job, struct cen_error **err)
{
	struct backend_instance *backend = job->source->backend;
	struct cen_call call = {.ctx = backend->ctx, .backend = backend, .operation = OPERATION_ALLOCATE};
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(backend->ctx);
	struct cen_image_desc wish = job->plan->wish;
	uint32_t made = 0;
	int ret;

	wish.size = sizeof(wish);
	ret = _cen_call_finish(&call, backend->table->allocate(backend->state, &call, &job->source->desc, &wish,
							       job->count, job->images, &made));
	if (ret < 0) {
		disown_images(job);
		return report_refusal(job, &call, ret, made, err);
	}
	if (made != job->count)
		return _cen_error_set(err, CEN_ERROR_BACKEND, EPROTO,
				      &(struct error_facts){.device = job->source->desc.name, .call = "allocate"},
				      "%s: backend %s says success and made %u of %u buffers", job->source->desc.name,
				      backend->table->name, made, job->count);
	return 0;
}

/* Whether two objects of a region's are parts of one memory that do not touch. */
static bool are_apart(const struct job *job, uint32_t image, uint32_t object, uint32_t other, uint32_t other_object)
{
	return job->region && _cen_region_hold_are_apart(job->holds[image], object, job->holds[other], other_object);
}

/* Every object of every buffer is memory of its own. */
static bool has_twins(const struct job *job, uint32_t image, char *reason, size_t size)
{
	for (uint32_t object = 0; object < job->images[image].object_count; object++) {
		const struct cen_buffer_object *one = &job->objects[image][object];

		for (uint32_t n = 0; n <= image; n++) {
			uint32_t end = n == image ? object : job->images[n].object_count;

			for (uint32_t m = 0; m < end; m++) {
				const struct cen_buffer_object *other = &job->objects[n][m];

				if (one->fd != other->fd && (one->dev != other->dev || one->ino != other->ino ||
							     are_apart(job, image, object, n, m)))
					continue;
				snprintf(reason, size, "object %u is the same memory as object %u of buffer %u", object,
					 m, n);
				return true;
			}
		}
	}
	return false;
}

static int check_images(struct job *job, struct cen_error **err)
{
	const char *name = job->name;
	char reason[256];

	for (uint32_t n = 0; n < job->count; n++) {
		struct cen_image_desc wish = job->plan->wish;

		_cen_region_hold_move(job->holds[n], &wish);
		if (_cen_image_check(&wish, &job->images[n], job->objects[n], reason, sizeof(reason)) &&
		    !has_twins(job, n, reason, sizeof(reason)))
			continue;
		_cen_log(job->machine->ctx, CEN_LOG_ERROR, TOPIC, "%s: buffer %u: %s", name, n, reason);
		return _cen_error_set(
			err, CEN_ERROR_BACKEND, EPROTO, &(struct error_facts){.device = name, .call = "allocate"},
			"%s: backend %s broke its contract: buffer %u: %s", name, job->backend, n, reason);
	}
	return 0;
}

static int verify_usage(struct job *job, const struct solver_usage *usage, struct cen_error **err)
{
	const struct trial trial = {
		.ctx = job->machine->ctx,
		.device = usage->device,
		.usage = usage->usage,
		.count = job->count,
		.images = job->images,
	};
	const struct trial_names names = {
		.device = usage->name,
		.source = job->name,
		.wanted = job->plan->info.total_bytes,
	};

	return _cen_trial_verify(&trial, &names, err);
}

static int verify(struct job *job, struct cen_error **err)
{
	const struct plan_shared *shared = job->plan->shared;

	for (size_t n = 0; n < shared->usage_count; n++) {
		int ret = verify_usage(job, &shared->usages[n], err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Bytes of a plane: as laid out, or for a vendor's layout up to the next plane of the object or its end. */
static uint64_t get_plane_bytes(const struct job *job, uint32_t image, uint32_t plane)
{
	const struct cen_image_desc *desc = &job->images[image];
	uint64_t offset = desc->planes[plane].offset, end;

	if (job->plan->wish.plane_count)
		return job->plan->layout.planes[plane].size;
	end = job->objects[image][desc->planes[plane].object].size;
	for (uint32_t n = 0; n < desc->plane_count; n++) {
		if (desc->planes[n].object == desc->planes[plane].object && desc->planes[n].offset > offset &&
		    desc->planes[n].offset < end)
			end = desc->planes[n].offset;
	}
	return end - offset;
}

static void describe_memory(const struct cen_source_desc *desc, struct cen_buffer_memory *memory)
{
	*memory = (struct cen_buffer_memory){
		.size = sizeof(*memory),
		.segments = desc->segments,
		.placement = desc->placement,
		.segment_bytes = desc->segment_bytes,
		.address_max = desc->address_max,
		.is_mappable = desc->is_mappable,
		.is_cached = desc->is_cached,
		.provenance = desc->provenance,
	};
	memcpy(memory->source, desc->name, strnlen(desc->name, sizeof(memory->source) - 1));
}

/* Moves the fds of one image into a buffer. */
static struct cen_buffer *make_buffer(struct job *job, uint32_t image)
{
	struct cen_image_desc *desc = &job->images[image];
	struct cen_buffer *buffer = _cen_buffer_create();

	if (!buffer)
		return NULL;
	buffer->info = (struct cen_buffer_info){
		.size = sizeof(buffer->info),
		.fourcc = desc->fourcc,
		.width = desc->width,
		.height = desc->height,
		.plane_count = desc->plane_count,
		.modifier = desc->modifier,
		.object_count = desc->object_count,
	};
	describe_memory(job->plan->shared->sources[job->plan->source].desc, &buffer->memory);
	for (uint32_t n = 0; n < desc->plane_count; n++) {
		buffer->planes[n] = (struct cen_buffer_plane){
			.fd = desc->objects[desc->planes[n].object].fd,
			.object = desc->planes[n].object,
			.offset = desc->planes[n].offset,
			.stride = desc->planes[n].stride,
			.size = get_plane_bytes(job, image, n),
		};
	}
	for (uint32_t n = 0; n < desc->object_count; n++) {
		buffer->objects[n] = job->objects[image][n];
		desc->objects[n].fd = -1;
	}
	if (job->holds[image]) {
		buffer->release = _cen_region_hold_release;
		buffer->release_data = STEAL(job->holds[image]);
	}
	return buffer;
}

static void name_images(const struct job *job)
{
	for (uint32_t n = 0; n < job->count; n++)
		_cen_dma_buf_name_image(&job->images[n]);
}

static int make_buffers(struct job *job, struct cen_buffer **buffers, struct cen_error **err)
{
	for (uint32_t n = 0; n < job->count; n++) {
		buffers[n] = make_buffer(job, n);
		if (buffers[n])
			continue;
		while (n-- > 0) {
			cen_buffer_unref(buffers[n]);
			buffers[n] = NULL;
		}
		return _cen_error_no_memory(err);
	}
	return 0;
}

static int check_arguments(const struct cen_plan *plan, uint32_t count, uint32_t flags, struct cen_error **err)
{
	const uint32_t known = CEN_ALLOCATE_VERIFY | CEN_ALLOCATE_NAME;

	if (flags & ~known)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "allocate flags 0x%x: the bits 0x%x are not known", flags, flags & ~known);
	if (count == 0 || count > MAX_BUFFERS)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "%u buffers: 1 to %u at a time", count,
				      MAX_BUFFERS);
	if (!plan->shared->machine || plan->source >= plan->shared->source_count)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "the plan was made without a machine: nothing can allocate it");
	return 0;
}

int cen_plan_allocate(struct cen_plan *plan, uint32_t count, uint32_t flags, struct cen_buffer **buffers,
		      struct cen_error **err)
{
	_cleanup_(job_cleanup) struct job *job = NULL;
	int ret;

	if (count == 0)
		count = plan->info.count;
	ret = check_arguments(plan, count, flags, err);
	if (ret < 0) {
		for (uint32_t n = 0; n < count && n < MAX_BUFFERS; n++)
			buffers[n] = NULL;
		return ret;
	}
	memset(buffers, 0, count * sizeof(struct cen_buffer *));
	job = job_create(plan, count);
	if (!job)
		return _cen_error_no_memory(err);
	ret = job->region ? ask_region(job, err) : ask_backend(job, err);
	if (ret == 0)
		ret = check_images(job, err);
	if (ret == 0 && flags & CEN_ALLOCATE_VERIFY)
		ret = verify(job, err);
	if (ret == 0 && flags & CEN_ALLOCATE_NAME)
		name_images(job);
	if (ret == 0)
		ret = make_buffers(job, buffers, err);
	return ret;
}
