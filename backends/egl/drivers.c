/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The table of GPU drivers. */
#include "drivers.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/*
 * stride_align is what the driver asks of a linear image that it samples or draws into, from its public sources; 256
 * where it is not known, which is the most that any asks. EGL has no call that tells it.
 */
#define BLOCKS "llvmpipe draws blocks of 4x4 pixels with aligned vectors"

static const struct egl_driver drivers[] = {
	/* Mesa, gallium/drivers/llvmpipe: llvmpipe_import_memory_fd() maps PROT_READ | PROT_WRITE, whatever the use.
	   Measured with 25.0.7 and vectors of 128 bits (tests/vm/guest-tests/egl-pixels.c): it draws into rows that are a
	   multiple of 16 bytes, from an offset that is one, and touches up to 3 rows behind the last; anything else
	   crashes it. Vectors have 512 bits at most. */
	{"swrast", EGL_MEMORY_MAPPED, 64, BLOCKS},
	/* Mesa, gallium/winsys/sw/kms-dri before 25.3 maps every buffer with DRM_IOCTL_MODE_MAP_DUMB. Linux refuses that for
	   memory that was imported (drm_gem_dumb_map_offset()) and on render nodes (no DRM_RENDER_ALLOW); Mesa draws all
	   the same, through NULL. Measured with 25.0.7 on vkms and vgem. */
	{"kms_swrast", EGL_MEMORY_OWN, 64, BLOCKS},
	/* Mesa, intel/isl/isl.c, isl_calc_row_pitch_alignment(): 64 bytes for a linear surface that may be shown. */
	{"iris", EGL_MEMORY_GPU, 64, "linear surfaces that may be shown have rows of 64 bytes"},
	{"crocus", EGL_MEMORY_GPU, 64, "linear surfaces that may be shown have rows of 64 bytes"},
	/* Mesa, amd/addrlib, gfx9addrlib.cpp and later: ADDR_SW_LINEAR has a pitch of 256 bytes. */
	{"radeonsi", EGL_MEMORY_GPU, 256, "linear rows of 256 bytes since gfx9"},
	/* What draws is a GPU of the host. */
	{"virtio_gpu", EGL_MEMORY_GPU, 256, "the host's GPU is not known"},
};

static const struct egl_driver other = {NULL, EGL_MEMORY_GPU, 256, "a driver that is not known"};
static const struct egl_driver kms_swrast = {"kms_swrast", EGL_MEMORY_MAPPED, 64, BLOCKS};

uint32_t _cen_egl_mesa_version(const char *version)
{
	const char *mesa = strstr(version, "Mesa ");
	unsigned int major = 0, minor = 0;

	if (!mesa || sscanf(mesa, "Mesa %3u.%2u", &major, &minor) != 2)
		return 0;
	return major * 100 + minor;
}

const struct egl_driver *_cen_egl_driver_find(const char *name, const char *version)
{
	/* "kms-dri-sw: Implement create_mapped()": it maps the dma-buf itself. */
	if (strcmp(name, kms_swrast.name) == 0 && _cen_egl_mesa_version(version) >= 2503)
		return &kms_swrast;
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (strcmp(name, drivers[i].name) == 0)
			return &drivers[i];
	}
	return &other;
}
