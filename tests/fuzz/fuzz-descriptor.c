/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What a plug-in hands over: devices, sources and images with any bits in them. Pointers are the one thing that the
 * host has to believe, so they are made good; everything else is the input's.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "descriptor.h"
#include "fuzz.h"
#include "image-check.h"

#define OBJECT_BYTES 460800u

struct input {
	const uint8_t *data;
	size_t left;
};

static void take(struct input *input, void *out, size_t size)
{
	size_t got = input->left < size ? input->left : size;

	memset(out, 0, size);
	if (got)
		memcpy(out, input->data, got);
	input->data += got;
	input->left -= got;
}

static void try_device(struct input *input, const char *text)
{
	struct cen_device_desc desc;
	struct cen_device *device;

	take(input, &desc, sizeof(desc));
	desc.path = desc.path ? text : NULL;
	desc.name = desc.name ? text : NULL;
	desc.driver = desc.driver ? text : NULL;
	desc.access_help = desc.access_help ? text : NULL;
	desc.id = desc.id ? text : NULL;
	/* A size beyond the struct would promise bytes that are not there. */
	desc.size = desc.size > sizeof(desc) ? sizeof(desc) : desc.size;
	if (_cen_device_desc_check(&desc))
		return;
	device = _cen_device_create(&desc);
	FUZZ_CHECK(device);
	_cen_device_destroy(device);
}

static void try_source(struct input *input, const char *text)
{
	struct cen_source_format formats[4];
	struct cen_source_desc desc;
	struct cen_source *source;

	take(input, &desc, sizeof(desc));
	take(input, formats, sizeof(formats));
	desc.name = desc.name ? text : NULL;
	desc.path = desc.path ? text : NULL;
	desc.access_help = desc.access_help ? text : NULL;
	desc.note = desc.note ? text : NULL;
	desc.formats = desc.formats ? formats : NULL;
	desc.format_count = desc.formats && desc.format_count < 5000 ? desc.format_count % 5 : desc.format_count;
	desc.size = desc.size > sizeof(desc) ? sizeof(desc) : desc.size;
	if (_cen_source_desc_check(&desc))
		return;
	FUZZ_CHECK(__builtin_popcount(desc.placement) == 1);
	source = _cen_source_create(&desc);
	FUZZ_CHECK(source);
	_cen_source_destroy(source);
}

/* An image of 640x480 NV12 was asked for; what comes back may be anything. */
static void try_image(struct input *input, int fd)
{
	const struct cen_image_desc wish = {
		.size = sizeof(wish),
		.fourcc = 0x3231564e,
		.width = 640,
		.height = 480,
		.plane_count = 2,
		.object_count = 1,
		.planes = {{.stride = 640}, {.offset = 307200, .stride = 640}},
		.objects = {{.fd = -1, .size = OBJECT_BYTES}},
	};
	struct cen_buffer_object objects[CEN_MAX_PLANES];
	struct cen_image_desc image = wish, noise;
	char reason[256] = "";

	take(input, &noise, sizeof(noise));
	/* Half of the time only one field is noise: otherwise hardly anything gets past the first check. */
	if (noise.reserved & 1)
		image = noise;
	else
		image.planes[noise.reserved >> 1 & 1] = noise.planes[0];
	for (int o = 0; o < CEN_MAX_PLANES; o++)
		image.objects[o].fd = image.objects[o].fd == 0 || !(noise.reserved & 1) ? fd : -1;
	image.objects[0].size = noise.reserved & 4 ? noise.objects[0].size : OBJECT_BYTES;
	if (!_cen_image_check(&wish, &image, objects, reason, sizeof(reason))) {
		FUZZ_CHECK(reason[0] != '\0');
		return;
	}
	for (uint32_t p = 0; p < image.plane_count; p++) {
		FUZZ_CHECK(image.planes[p].object < image.object_count);
		FUZZ_CHECK(image.planes[p].stride >= 640 && image.planes[p].offset < OBJECT_BYTES);
		FUZZ_CHECK(image.planes[p].offset + image.planes[p].stride * (p ? 239 : 479) + 640 <=
			   objects[image.planes[p].object].size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint8_t text_bytes;
	int fd = memfd_create("fuzz-descriptor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char *text;

	FUZZ_CHECK(fd >= 0 && ftruncate(fd, OBJECT_BYTES) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	take(&input, &text_bytes, 1);
	text = fuzz_dup_text(input.data, input.left < text_bytes ? input.left : text_bytes);
	try_image(&input, fd);
	try_device(&input, text);
	try_source(&input, text);
	free(text);
	close(fd);
	return 0;
}
