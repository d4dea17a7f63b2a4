/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Clients' pictures, and which of them a frame holds. */
#include "output-private.h"

void output_image_unref(struct output_image *image)
{
	if (!image || --image->references > 0)
		return;
	framebuffer_remove(&image->output->display, image->framebuffer);
	renderer_image_destroy(image->texture);
	cen_buffer_unref(image->buffer);
	free(image);
}

static struct output_image *make_image(struct output *output)
{
	struct output_image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	image->output = output;
	image->references = 1;
	return image;
}

int output_import_buffer(struct output *output, struct cen_buffer *buffer, struct output_image **out)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct output_image *image = make_image(output);
	int ret;

	*out = NULL;
	if (!image)
		return -ENOMEM;
	cen_buffer_get_info(buffer, &info);
	image->buffer = cen_buffer_ref(buffer);
	image->fourcc = info.fourcc;
	image->width = info.width;
	image->height = info.height;
	/* Every picture may have to be drawn, once another one lies over it. */
	ret = renderer_import_buffer(output->renderer, buffer, &image->texture);
	if (ret < 0) {
		output_image_unref(image);
		return ret;
	}
	if (!output->never_direct)
		framebuffer_add(&output->display, buffer, &image->framebuffer);
	*out = image;
	return 0;
}

int output_import_pixels(struct output *output, const void *pixels, uint32_t width, uint32_t height, uint32_t stride,
			 uint32_t fourcc, struct output_image **out)
{
	struct output_image *image = make_image(output);
	int ret;

	*out = NULL;
	if (!image)
		return -ENOMEM;
	image->fourcc = fourcc;
	image->width = width;
	image->height = height;
	ret = renderer_import_pixels(output->renderer, pixels, width, height, stride, fourcc, &image->texture);
	if (ret < 0) {
		output_image_unref(image);
		return ret;
	}
	*out = image;
	return 0;
}

void output_image_set_changed(struct output_image *image)
{
	renderer_image_set_changed(image->texture);
}

void output_image_destroy(struct output_image *image)
{
	if (!image)
		return;
	image->is_orphan = true;
	output_image_unref(image);
}

static bool holds(const struct output_frame *frame, const struct output_image *image)
{
	for (size_t i = 0; i < frame->count; i++)
		if (frame->images[i] == image)
			return true;
	return false;
}

int output_frame_init(struct output_frame *frame, const struct output_view *views, size_t count)
{
	*frame = (struct output_frame){0};
	if (count == 0)
		return 0;
	frame->images = calloc(count, sizeof(*frame->images));
	if (!frame->images)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (holds(frame, views[i].image))
			continue;
		views[i].image->references++;
		frame->images[frame->count++] = views[i].image;
	}
	return 0;
}

void output_frame_release(struct output *output, struct output_frame *frame, const struct output_frame *next)
{
	struct output_frame old = *frame;

	*frame = (struct output_frame){0};
	if (old.drawn)
		cen_pool_release(output->pool, old.drawn);
	for (size_t i = 0; i < old.count; i++) {
		struct output_image *image = old.images[i];

		if (next && !holds(next, image) && !image->is_orphan)
			output->listener.released(output->listener.data, image);
		output_image_unref(image);
	}
	free(old.images);
}
