/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Checks what a probe program says before anybody reads it. */
#include "answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int _cen_probe_answer_fail(struct probe_answer *answer, int errnum, const char *call, const char *format, ...)
{
	va_list args;

	answer->end.error = -errnum;
	snprintf(answer->end.call, sizeof(answer->end.call), "%s", call ? call : "");
	va_start(args, format);
	vsnprintf(answer->end.message, sizeof(answer->end.message), format, args);
	va_end(args);
	return -errnum;
}

void _cen_probe_answer_clear(struct probe_answer *answer)
{
	for (size_t i = 0; i < answer->image_count; i++) {
		for (uint32_t o = 0; o < CEN_MAX_PLANES; o++) {
			if (answer->images[i].objects[o].fd >= 0)
				close(answer->images[i].objects[o].fd);
		}
	}
	free(answer->images);
	free(answer->pairs);
	*answer = (struct probe_answer){0};
}

/* Text of a driver ends up on terminals. */
static bool take_text(char *text, size_t size)
{
	if (!_cen_probe_is_text(text, size))
		return false;
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
	return true;
}

/* Room for so many items. Returns them, or NULL when there is no memory: the old ones stay then. */
static void *grow(void *items, size_t *capacity, size_t needed, size_t item_size)
{
	size_t wanted = *capacity ? *capacity : 16;

	while (wanted < needed)
		wanted *= 2;
	if (items && wanted == *capacity)
		return items;
	items = reallocarray(items, wanted, item_size);
	if (items)
		*capacity = wanted;
	return items;
}

static int add_info(struct probe_answer *answer, const void *message)
{
	struct probe_info info;

	memcpy(&info, message, sizeof(info));
	if (answer->has_info)
		return _cen_probe_answer_fail(answer, EPROTO, NULL, "the probe program described itself twice");
	if (!take_text(info.driver, sizeof(info.driver)) || !take_text(info.device, sizeof(info.device)) ||
	    !take_text(info.version, sizeof(info.version)))
		return _cen_probe_answer_fail(answer, EPROTO, NULL, "a text of the probe program has no end");
	answer->info = info;
	answer->has_info = true;
	return 0;
}

static int add_pairs(struct probe_answer *answer, const void *message, uint32_t count)
{
	size_t total = answer->pair_count + count;
	struct probe_pair *pairs;

	if (total > PROBE_MAX_PAIRS)
		return _cen_probe_answer_fail(answer, EPROTO, NULL,
					      "the probe program told more than %u formats and modifiers",
					      PROBE_MAX_PAIRS);
	pairs = grow(answer->pairs, &answer->pair_capacity, total, sizeof(*pairs));
	if (!pairs)
		return -ENOMEM;
	answer->pairs = pairs;
	memcpy(&answer->pairs[answer->pair_count], (const char *)message + offsetof(struct probe_pairs, pairs),
	       count * sizeof(*answer->pairs));
	answer->pair_count = total;
	return 0;
}

static int add_image(struct probe_answer *answer, const void *message, const int *fds, uint32_t fd_count)
{
	struct cen_image_desc image, *images;

	memcpy(&image, (const char *)message + offsetof(struct probe_image, image), sizeof(image));
	if (image.size != sizeof(image) || image.plane_count > CEN_MAX_PLANES || image.object_count > CEN_MAX_PLANES ||
	    image.object_count != fd_count)
		return _cen_probe_answer_fail(answer, EPROTO, NULL,
					      "an image of the probe program has %u planes, %u objects and %u files",
					      image.plane_count, image.object_count, fd_count);
	if (answer->image_count == PROBE_MAX_IMAGES)
		return _cen_probe_answer_fail(answer, EPROTO, NULL, "the probe program made more than %u images",
					      PROBE_MAX_IMAGES);
	images = grow(answer->images, &answer->image_capacity, answer->image_count + 1, sizeof(*images));
	if (!images)
		return -ENOMEM;
	answer->images = images;
	for (uint32_t o = 0; o < CEN_MAX_PLANES; o++)
		image.objects[o].fd = o < fd_count ? fds[o] : -1;
	answer->images[answer->image_count++] = image;
	return 0;
}

static int add_end(struct probe_answer *answer, const void *message)
{
	struct probe_end end;

	memcpy(&end, message, sizeof(end));
	if (end.error > 0 || end.error < -4095 || end.signal > 127)
		return _cen_probe_answer_fail(answer, EPROTO, NULL, "the probe program ended with error %d, signal %u",
					      end.error, end.signal);
	if (!take_text(end.call, sizeof(end.call)) || !take_text(end.message, sizeof(end.message)))
		return _cen_probe_answer_fail(answer, EPROTO, NULL, "a text of the probe program has no end");
	answer->end = end;
	answer->is_complete = true;
	return 0;
}

/* The one size that a message of this kind has; 0: no such answer. */
static size_t expected_size(const struct probe_header *header)
{
	switch (header->kind) {
	case PROBE_INFO:
		return sizeof(struct probe_info);
	case PROBE_PAIRS:
		if (header->count > PROBE_MESSAGE_PAIRS)
			return 0;
		return offsetof(struct probe_pairs, pairs) + header->count * sizeof(struct probe_pair);
	case PROBE_IMAGE:
		return sizeof(struct probe_image);
	case PROBE_END:
		return sizeof(struct probe_end);
	default:
		return 0;
	}
}

int _cen_probe_answer_add(struct probe_answer *answer, const void *message, size_t size, const int *fds,
			  uint32_t fd_count)
{
	struct probe_header header;

	if (size < sizeof(header))
		return _cen_probe_answer_fail(answer, EPROTO, NULL, "a message of %zu bytes from the probe program",
					      size);
	memcpy(&header, message, sizeof(header));
	if (header.version != PROBE_VERSION)
		return _cen_probe_answer_fail(answer, EPROTO, NULL, "the probe program speaks version %u, not %u",
					      header.version, PROBE_VERSION);
	if (answer->is_complete || header.size != size || expected_size(&header) != size)
		return _cen_probe_answer_fail(answer, EPROTO, NULL,
					      "the probe program sent %zu bytes of kind %u, %u items, that say %u",
					      size, header.kind, header.count, header.size);
	if (fd_count && header.kind != PROBE_IMAGE)
		return _cen_probe_answer_fail(answer, EPROTO, NULL, "the probe program sent a file without an image");
	switch (header.kind) {
	case PROBE_INFO:
		return add_info(answer, message);
	case PROBE_PAIRS:
		return add_pairs(answer, message, header.count);
	case PROBE_IMAGE:
		return add_image(answer, message, fds, fd_count);
	default:
		return add_end(answer, message);
	}
}

static uint32_t get_class(const struct probe_pair *pair)
{
	if (pair->modifier == CEN_MODIFIER_INVALID)
		return 2;
	return pair->modifier == CEN_MODIFIER_LINEAR;
}

/* The program is not trusted with the time that this takes: at most so many neighbours to either side. */
#define NEIGHBOURS 1000

uint32_t _cen_probe_pair_place(const struct probe_pair *pairs, size_t count, size_t index)
{
	uint32_t own = get_class(&pairs[index]), place = 0;

	for (size_t i = index; i > 0 && index - i < NEIGHBOURS && pairs[i - 1].fourcc == pairs[index].fourcc; i--)
		place += get_class(&pairs[i - 1]) <= own;
	for (size_t i = index + 1; i < count && i - index <= NEIGHBOURS && pairs[i].fourcc == pairs[index].fourcc; i++)
		place += get_class(&pairs[i]) < own;
	return place;
}
