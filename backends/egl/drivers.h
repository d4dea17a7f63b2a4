/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a GPU's driver does with a buffer that it is given: facts that EGL does not tell. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum egl_memory {
	EGL_MEMORY_GPU, /* behind the GPU's own page tables */
	EGL_MEMORY_MAPPED, /* the CPU draws, through mmap() of the dma-buf */
	EGL_MEMORY_OWN, /* the CPU draws, through the card's own dumb buffers only */
};

/* llvmpipe reads and writes blocks of so many rows, also where the image ends in the middle of one. */
#define EGL_BLOCK_ROWS 4

struct egl_driver {
	const char *name; /* as eglGetDisplayDriverName() tells it; NULL: any other */
	enum egl_memory memory;
	uint32_t stride_align; /* bytes, of linear images */
	const char *note; /* where that is from */
};

/* Never NULL. version is that of GL, "OpenGL ES 3.2 Mesa 25.0.7": some drivers changed. */
const struct egl_driver *_cen_egl_driver_find(const char *name, const char *version);

/* The version of Mesa in a version of GL, 25 * 100 + 3 for 25.3; 0: not Mesa. */
uint32_t _cen_egl_mesa_version(const char *version);
