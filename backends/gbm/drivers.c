/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The table of GPU drivers. GBM can tell whether a driver has a given modifier, but not which ones it has: these are
 * the ones to ask about. Layouts whose numbers hold parameters of the chip (AMD before GFX12, NVIDIA) are not listed:
 * of those only the one that the driver chooses by itself is found.
 */
#include <drm_fourcc.h>

#include "backend-util.h"
#include "drivers.h"

static const uint64_t intel[] = {
	I915_FORMAT_MOD_4_TILED,
	I915_FORMAT_MOD_Y_TILED,
	I915_FORMAT_MOD_X_TILED,
	I915_FORMAT_MOD_Y_TILED_CCS,
	I915_FORMAT_MOD_Y_TILED_GEN12_RC_CCS,
	I915_FORMAT_MOD_Y_TILED_GEN12_MC_CCS,
	I915_FORMAT_MOD_4_TILED_DG2_RC_CCS,
	I915_FORMAT_MOD_4_TILED_DG2_MC_CCS,
	I915_FORMAT_MOD_4_TILED_MTL_RC_CCS,
	I915_FORMAT_MOD_4_TILED_MTL_MC_CCS,
};

#define AMD(version, tile)                                                                                             \
	(AMD_FMT_MOD | AMD_FMT_MOD_SET(TILE_VERSION, AMD_FMT_MOD_TILE_VER_##version) |                                 \
	 AMD_FMT_MOD_SET(TILE, AMD_FMT_MOD_TILE_##tile))

static const uint64_t amd[] = {
#ifdef AMD_FMT_MOD_TILE_VER_GFX12
	AMD(GFX12, GFX12_256K_2D), AMD(GFX12, GFX12_64K_2D),
#endif
	AMD(GFX11, GFX9_64K_D),    AMD(GFX10_RBPLUS, GFX9_64K_D), AMD(GFX10, GFX9_64K_S),
	AMD(GFX9, GFX9_64K_D),     AMD(GFX9, GFX9_64K_S),
};

static const uint64_t arm[] = {
	DRM_FORMAT_MOD_ARM_AFBC(AFBC_FORMAT_MOD_BLOCK_SIZE_16x16 | AFBC_FORMAT_MOD_TILED | AFBC_FORMAT_MOD_SC |
				AFBC_FORMAT_MOD_SPARSE | AFBC_FORMAT_MOD_YTR),
	DRM_FORMAT_MOD_ARM_AFBC(AFBC_FORMAT_MOD_BLOCK_SIZE_16x16 | AFBC_FORMAT_MOD_TILED | AFBC_FORMAT_MOD_SC |
				AFBC_FORMAT_MOD_SPARSE),
	DRM_FORMAT_MOD_ARM_AFBC(AFBC_FORMAT_MOD_BLOCK_SIZE_16x16 | AFBC_FORMAT_MOD_SPARSE | AFBC_FORMAT_MOD_YTR),
	DRM_FORMAT_MOD_ARM_AFBC(AFBC_FORMAT_MOD_BLOCK_SIZE_16x16 | AFBC_FORMAT_MOD_SPARSE),
	DRM_FORMAT_MOD_ARM_16X16_BLOCK_U_INTERLEAVED,
};

static const uint64_t broadcom[] = {
	DRM_FORMAT_MOD_BROADCOM_VC4_T_TILED,
	DRM_FORMAT_MOD_BROADCOM_UIF,
	DRM_FORMAT_MOD_BROADCOM_SAND128,
};

static const uint64_t qualcomm[] = {
	DRM_FORMAT_MOD_QCOM_COMPRESSED,
	DRM_FORMAT_MOD_QCOM_TILED3,
};

static const uint64_t vivante[] = {
	DRM_FORMAT_MOD_VIVANTE_SPLIT_SUPER_TILED,
	DRM_FORMAT_MOD_VIVANTE_SPLIT_TILED,
	DRM_FORMAT_MOD_VIVANTE_SUPER_TILED,
	DRM_FORMAT_MOD_VIVANTE_TILED,
};

static const uint64_t tegra[] = {
	DRM_FORMAT_MOD_NVIDIA_16BX2_BLOCK_SIXTEEN_GOB, DRM_FORMAT_MOD_NVIDIA_16BX2_BLOCK_EIGHT_GOB,
	DRM_FORMAT_MOD_NVIDIA_16BX2_BLOCK_FOUR_GOB,    DRM_FORMAT_MOD_NVIDIA_16BX2_BLOCK_TWO_GOB,
	DRM_FORMAT_MOD_NVIDIA_16BX2_BLOCK_ONE_GOB,
};

#define LIST(list) (list), ARRAY_LENGTH(list)
#define NONE NULL, 0

/* The names are those of the bus drivers, as a node that is not opened shows no other. */
static const struct gbm_driver drivers[] = {
	{"amdgpu", GBM_DRIVER_OWN_MEMORY, LIST(amd)},
	{"ast", GBM_DRIVER_SOFTWARE, NONE},
	{"bochs-drm", GBM_DRIVER_SOFTWARE, NONE},
	{"cirrus", GBM_DRIVER_SOFTWARE, NONE},
	{"cirrus-qemu", GBM_DRIVER_SOFTWARE, NONE},
	{"efi-framebuffer", GBM_DRIVER_SOFTWARE, NONE},
	{"etnaviv", 0, LIST(vivante)},
	{"gud", GBM_DRIVER_SOFTWARE, NONE},
	{"hibmc-drm", GBM_DRIVER_SOFTWARE, NONE},
	{"hyperv_drm", GBM_DRIVER_SOFTWARE, NONE},
	{"i915", GBM_DRIVER_CARD_MEMORY, LIST(intel)},
	{"lima", 0, LIST(arm)},
	{"mgag200", GBM_DRIVER_SOFTWARE, NONE},
	{"msm", 0, LIST(qualcomm)},
	{"msm_dpu", 0, LIST(qualcomm)},
	{"msm_mdp", 0, LIST(qualcomm)},
	{"nouveau", GBM_DRIVER_OWN_MEMORY, NONE},
	{"panfrost", 0, LIST(arm)},
	{"panthor", 0, LIST(arm)},
	{"qxl", GBM_DRIVER_SOFTWARE, NONE},
	{"radeon", GBM_DRIVER_OWN_MEMORY, NONE},
	{"simple-framebuffer", GBM_DRIVER_SOFTWARE, NONE},
	{"tegra-drm", 0, LIST(tegra)},
	{"v3d", 0, LIST(broadcom)},
	{"vboxvideo", GBM_DRIVER_SOFTWARE, NONE},
	{"vc4-drm", 0, LIST(broadcom)},
	{"vgem", GBM_DRIVER_SOFTWARE, NONE},
	{"virtio_gpu", 0, NONE},
	{"vkms", GBM_DRIVER_SOFTWARE, NONE},
	{"vmwgfx", GBM_DRIVER_OWN_MEMORY, NONE},
	{"xe", GBM_DRIVER_CARD_MEMORY, LIST(intel)},
	{"", GBM_DRIVER_UNKNOWN, NONE},
};

size_t _cen_gbm_driver_find(const char *name)
{
	size_t row = 0;

	while (row + 1 < ARRAY_LENGTH(drivers) && strcmp(drivers[row].name, name) != 0)
		row++;
	return row;
}

const struct gbm_driver *_cen_gbm_driver_get(uint64_t row)
{
	return &drivers[row < ARRAY_LENGTH(drivers) ? row : ARRAY_LENGTH(drivers) - 1];
}
