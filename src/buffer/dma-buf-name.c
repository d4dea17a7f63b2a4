/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "dma-buf-name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dma-buf.h"

char *_cen_dma_buf_image_name(const struct cen_image_desc *image, uint32_t object, char buf[DMA_BUF_NAME_SIZE])
{
	char format[8], suffix[8] = "";

	cen_format_to_string(image->fourcc, format);
	format[strcspn(format, " ")] = '\0';
	if (object)
		snprintf(suffix, sizeof(suffix), " #%u", object % CEN_MAX_PLANES);
	snprintf(buf, DMA_BUF_NAME_SIZE, "cenalloc:%s %" PRIu32 "x%" PRIu32 "%s", format, image->width, image->height,
		 suffix);
	return buf;
}

/* A name is for people who look: what does not take one is as good. errno stays as it was. */
static void set_name(int fd, const char *name)
{
	int saved = errno;

	(void)_cen_dma_buf_set_name(fd, name);
	errno = saved;
}

void _cen_dma_buf_name_image(const struct cen_image_desc *image)
{
	char name[DMA_BUF_NAME_SIZE];

	for (uint32_t n = 0; n < image->object_count; n++)
		set_name(image->objects[n].fd, _cen_dma_buf_image_name(image, n, name));
}

void _cen_dma_buf_name_bytes(int fd, uint64_t bytes)
{
	char name[DMA_BUF_NAME_SIZE];

	/* A bare number where the word does not fit. */
	if (snprintf(name, sizeof(name), "cenalloc:%" PRIu64 " bytes", bytes) >= (int)sizeof(name))
		snprintf(name, sizeof(name), "cenalloc:%" PRIu64, bytes);
	set_name(fd, name);
}
