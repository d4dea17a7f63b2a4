/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The screen as a whole: what it is made of, and how frames follow each other. */
#include "output.h"

#include <err.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <drm_fourcc.h>
#include <xf86drm.h>

#include "output-private.h"

int output_explain(struct cen_error *error, int ret)
{
	warnx("%s", error ? cen_error_get_message(error) : strerror(-ret));
	cen_error_destroy(error);
	return ret;
}

static int open_display(struct output *output, const struct cen_device *device, const struct output_options *options)
{
	const struct display_wish wish = {DRM_FORMAT_XRGB8888, options->width, options->height};
	int ret;

	ret = display_open(&output->display, cen_device_get_path(device));
	if (ret == 0)
		ret = display_choose(&output->display, &wish);
	if (ret == 0)
		output->device = device;
	else
		display_close(&output->display);
	return ret;
}

/* Other backends know the same nodes, as GPUs and as allocators. */
static bool is_display(const struct cen_device *device)
{
	return strcmp(cen_device_get_backend(device), "kms") == 0 &&
	       cen_device_get_usages(device) & CEN_USAGE_BIT(CEN_USAGE_SCANOUT);
}

static int find_display(struct output *output, const struct output_options *options)
{
	const struct cen_device *device;
	struct cen_error *error = NULL;
	char name[PATH_MAX + 8];
	int ret = -ENODEV;

	if (options->display) {
		snprintf(name, sizeof(name), "kms:%s", options->display);
		ret = cen_machine_find_device(output->machine, name, &device, &error);
		return ret < 0 ? output_explain(error, ret) : open_display(output, device, options);
	}
	for (size_t i = 0; ret < 0 && (device = cen_machine_get_device(output->machine, i)); i++)
		if (is_display(device))
			ret = open_display(output, device, options);
	if (ret < 0)
		warnx("no display here can be used");
	return ret;
}

static uint32_t get_refresh_ns(const drmModeModeInfo *mode)
{
	uint64_t pixels = (uint64_t)mode->htotal * mode->vtotal;

	return mode->clock && pixels ? (uint32_t)(pixels * 1000000 / mode->clock) : 16666667;
}

static void describe(struct output *output)
{
	drmVersion *version = drmGetVersion(output->display.fd);
	const drmModeModeInfo *mode = &output->display.mode;

	snprintf(output->description, sizeof(output->description), "%s (%s), %ux%u, drawn by %s", output->display.path,
		 version && version->name ? version->name : "?", mode->hdisplay, mode->vdisplay,
		 renderer_get_name(output->renderer));
	drmFreeVersion(version);
}

static int set_up(struct output *output, const struct output_options *options)
{
	struct cen_error *error = NULL;
	struct stat status;
	int ret;

	ret = cen_context_create(0, &output->context, &error);
	if (ret == 0)
		ret = cen_machine_create_live(output->context, 0, &output->machine, &error);
	if (ret < 0)
		return output_explain(error, ret);
	ret = find_display(output, options);
	if (ret < 0)
		return ret;
	if (fstat(output->display.fd, &status) < 0)
		return -errno;
	output->devnum = status.st_rdev;
	output->refresh_ns = get_refresh_ns(&output->display.mode);
	ret = output_planes_read(output);
	if (ret == 0)
		ret = renderer_create(options->renderer, output->devnum, &output->renderer);
	if (ret == 0)
		ret = output_offer_create(output);
	if (ret == 0)
		ret = output_pool_create(output);
	if (ret == 0)
		describe(output);
	return ret;
}

int output_create(const struct output_options *options, const struct output_listener *listener, struct output **out)
{
	struct output *output = calloc(1, sizeof(*output));
	int ret;

	*out = NULL;
	if (!output)
		return -ENOMEM;
	output->listener = *listener;
	output->never_direct = options->never_direct;
	output->display.fd = -1;
	ret = set_up(output, options);
	if (ret < 0) {
		output_destroy(output);
		return ret;
	}
	*out = output;
	return 0;
}

/* What is on the screen may go only once the display has its old state again. */
void output_destroy(struct output *output)
{
	if (!output)
		return;
	display_restore(&output->display);
	output_frame_release(output, &output->pending, NULL);
	output_frame_release(output, &output->shown, NULL);
	output_pool_destroy(output);
	cen_offer_unref(output->offer);
	output_planes_free(output);
	renderer_destroy(output->renderer);
	display_close(&output->display);
	cen_machine_destroy(output->machine);
	cen_context_destroy(output->context);
	free(output);
}

void output_get_size(const struct output *output, uint32_t *width, uint32_t *height, uint32_t *refresh_mhz)
{
	*width = output->display.mode.hdisplay;
	*height = output->display.mode.vdisplay;
	*refresh_mhz = (uint32_t)(1000000000000ull / output->refresh_ns);
}

const char *output_get_description(const struct output *output)
{
	return output->description;
}

struct cen_machine *output_get_machine(const struct output *output)
{
	return output->machine;
}

struct cen_offer *output_get_offer(const struct output *output)
{
	return output->offer;
}

bool output_implies_linear(const struct output *output)
{
	return renderer_is_software(output->renderer);
}

int output_get_fd(const struct output *output)
{
	return output->display.fd;
}

/* The display's counter has 32 bits; this one goes on. */
static uint64_t extend_sequence(uint64_t before, uint32_t low)
{
	return before + (uint32_t)(low - (uint32_t)before);
}

/* Some drivers have no time for the flip that switches the display on. */
static uint64_t get_time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int output_dispatch(struct output *output)
{
	struct display_flip kms;
	struct output_flip flip;
	struct output_frame old;
	int ret;

	ret = display_handle_event(&output->display, &kms);
	if (ret <= 0 || !output->is_busy)
		return ret < 0 ? ret : 0;
	output->sequence = extend_sequence(output->sequence, kms.sequence);
	old = output->shown;
	output->shown = output->pending;
	output->pending = (struct output_frame){0};
	output->is_busy = false;
	output->counts.direct += output->shown.is_direct;
	output->counts.drawn += !output->shown.is_direct;
	output->counts.uploaded += output->shown.is_uploaded;
	output_frame_release(output, &old, &output->shown);
	flip = (struct output_flip){
		.time_ns = kms.time_ns ? kms.time_ns : get_time_ns(),
		.sequence = output->sequence,
		.refresh_ns = output->refresh_ns,
		.is_direct = output->shown.is_direct,
	};
	output->listener.flipped(output->listener.data, &flip);
	return 0;
}

bool output_is_busy(const struct output *output)
{
	return output->is_busy;
}

/* A commit that fails although the test passed is not tried with this image again. */
static bool show_directly(struct output *output, const struct output_view *view, struct output_frame *frame)
{
	struct display_layer layer;

	if (!output_find_layer(output, view, &layer))
		return false;
	if (display_show(&output->display, &layer) < 0) {
		view->image->verdict.layer.plane = 0;
		return false;
	}
	frame->is_direct = true;
	return true;
}

static int show_drawn(struct output *output, const struct output_view *views, size_t count, struct output_frame *frame)
{
	struct display_layer layer;
	int ret;

	ret = output_draw(output, views, count, frame, &layer);
	if (ret < 0)
		return ret;
	ret = display_show(&output->display, &layer);
	if (layer.fence >= 0)
		close(layer.fence);
	return ret;
}

int output_present(struct output *output, const struct output_view *views, size_t count)
{
	struct output_frame frame;
	int ret;

	if (output->is_busy)
		return -EBUSY;
	ret = output_frame_init(&frame, views, count);
	if (ret < 0)
		return ret;
	if (count != 1 || !show_directly(output, &views[0], &frame))
		ret = show_drawn(output, views, count, &frame);
	if (ret < 0) {
		output_frame_release(output, &frame, NULL);
		return ret;
	}
	output->pending = frame;
	output->is_busy = true;
	return 0;
}

int output_capture(struct output *output, const char *png)
{
	struct readback *readback;
	int ret;

	ret = readback_create(&output->display, &readback);
	if (ret < 0)
		return ret;
	ret = picture_write_png(png, readback_get_picture(readback));
	readback_destroy(readback);
	return ret;
}

void output_get_counts(const struct output *output, struct output_counts *counts)
{
	*counts = output->counts;
}
