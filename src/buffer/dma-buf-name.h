/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The names that dma-bufs get, so that "cenalloc ps" and the kernel's own lists say what they are. */
#pragma once

#include <cenalloc/backend.h>

/* What the kernel takes, the NUL included. */
#define DMA_BUF_NAME_SIZE 32

/* "cenalloc:NV12 1920x1080"; with object 1 and above " #1" behind it. Returns buf. */
char *_cen_dma_buf_image_name(const struct cen_image_desc *image, uint32_t object, char buf[DMA_BUF_NAME_SIZE]);

/* Name every object of an image, best effort: a memfd or an older kernel takes no name, and nothing depends on it. */
void _cen_dma_buf_name_image(const struct cen_image_desc *image);

/* The same for plain memory: "cenalloc:16384 bytes". */
void _cen_dma_buf_name_bytes(int fd, uint64_t bytes);
