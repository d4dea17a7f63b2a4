/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The table of display drivers, from the import and dumb-buffer hooks of Linux 7.3. Sorted by name in bytes. */
#include <stdlib.h>
#include <string.h>

#include "backend-util.h"
#include "drivers.h"

static const struct kms_driver drivers[] = {
	{"adp", KMS_MEMORY_CONTIGUOUS, 0},
	{"amdgpu", KMS_MEMORY_ANY_PAGES, KMS_DRIVER_ONE_OBJECT | KMS_DRIVER_OWN_MEMORY},
	{"appletbdrm", KMS_MEMORY_COPIES, 0},
	{"arcpgu", KMS_MEMORY_CONTIGUOUS, 0},
	{"armada-drm", KMS_MEMORY_CONTIGUOUS, 0},
	{"aspeed-gfx-drm", KMS_MEMORY_CONTIGUOUS, 0},
	{"ast", KMS_MEMORY_COPIES, 0},
	{"atmel-hlcdc", KMS_MEMORY_CONTIGUOUS, 0},
	{"bochs-drm", KMS_MEMORY_COPIES, 0},
	{"cirrus", KMS_MEMORY_COPIES, 0},
	{"cirrus-qemu", KMS_MEMORY_COPIES, 0},
	{"corebootdrm", KMS_MEMORY_COPIES, 0},
	{"efidrm", KMS_MEMORY_COPIES, 0},
	{"exynos", KMS_MEMORY_UNLESS_IOMMU, 0},
	{"fsl-dcu-drm", KMS_MEMORY_CONTIGUOUS, 0},
	{"gm12u320", KMS_MEMORY_COPIES, 0},
	{"gma500", KMS_MEMORY_NO_IMPORT, KMS_DRIVER_OWN_MEMORY},
	{"gud", KMS_MEMORY_COPIES, 0},
	{"hdlcd", KMS_MEMORY_CONTIGUOUS, 0},
	{"hibmc", KMS_MEMORY_ANY_PAGES, KMS_DRIVER_OWN_MEMORY},
	{"hx8357d", KMS_MEMORY_CONTIGUOUS, 0},
	{"hyperv_drm", KMS_MEMORY_COPIES, 0},
	{"i915", KMS_MEMORY_ANY_PAGES, KMS_DRIVER_ONE_OBJECT},
	{"ili9163", KMS_MEMORY_CONTIGUOUS, 0},
	{"ili9225", KMS_MEMORY_CONTIGUOUS, 0},
	{"ili9341", KMS_MEMORY_CONTIGUOUS, 0},
	{"ili9486", KMS_MEMORY_CONTIGUOUS, 0},
	{"imx-dcss", KMS_MEMORY_CONTIGUOUS, 0},
	{"imx-drm", KMS_MEMORY_CONTIGUOUS, 0},
	{"imx-lcdc", KMS_MEMORY_CONTIGUOUS, 0},
	{"imx-lcdif", KMS_MEMORY_CONTIGUOUS, 0},
	{"imx8-dc", KMS_MEMORY_CONTIGUOUS, 0},
	{"ingenic-drm", KMS_MEMORY_CONTIGUOUS, 0},
	{"kirin", KMS_MEMORY_CONTIGUOUS, 0},
	{"kmb-drm", KMS_MEMORY_CONTIGUOUS, 0},
	{"komeda", KMS_MEMORY_CONTIGUOUS, 0},
	{"logicvc-drm", KMS_MEMORY_CONTIGUOUS, 0},
	{"loongson", KMS_MEMORY_ANY_PAGES, KMS_DRIVER_OWN_MEMORY},
	{"mali-dp", KMS_MEMORY_CONTIGUOUS, 0},
	{"mcde", KMS_MEMORY_CONTIGUOUS, 0},
	{"mediatek", KMS_MEMORY_CONTIGUOUS, 0},
	{"meson", KMS_MEMORY_CONTIGUOUS, 0},
	{"mgag200", KMS_MEMORY_COPIES, 0},
	{"mi0283qt", KMS_MEMORY_CONTIGUOUS, 0},
	{"msm", KMS_MEMORY_ANY_PAGES, 0},
	{"msm-kms", KMS_MEMORY_ANY_PAGES, 0},
	{"mxsfb-drm", KMS_MEMORY_CONTIGUOUS, 0},
	{"nouveau", KMS_MEMORY_ANY_PAGES, KMS_DRIVER_OWN_MEMORY},
	{"ofdrm", KMS_MEMORY_COPIES, 0},
	{"omapdrm", KMS_MEMORY_UNLESS_IOMMU, 0},
	{"panel-mipi-dbi", KMS_MEMORY_CONTIGUOUS, 0},
	{"pixpaper", KMS_MEMORY_COPIES, 0},
	{"pl111", KMS_MEMORY_CONTIGUOUS, 0},
	{"qxl", KMS_MEMORY_ANY_PAGES, KMS_DRIVER_OWN_MEMORY},
	{"radeon", KMS_MEMORY_ANY_PAGES, KMS_DRIVER_OWN_MEMORY},
	{"rcar-du", KMS_MEMORY_UNLESS_IOMMU, 0},
	{"repaper", KMS_MEMORY_CONTIGUOUS, 0},
	{"rockchip", KMS_MEMORY_UNLESS_IOMMU, 0},
	{"rzg2l-du", KMS_MEMORY_CONTIGUOUS, 0},
	{"sharp_memory_display", KMS_MEMORY_CONTIGUOUS, 0},
	{"shmob-drm", KMS_MEMORY_CONTIGUOUS, 0},
	{"simpledrm", KMS_MEMORY_COPIES, 0},
	{"sitronix_st7920", KMS_MEMORY_COPIES, 0},
	{"sprd", KMS_MEMORY_CONTIGUOUS, 0},
	{"ssd130x", KMS_MEMORY_COPIES, 0},
	{"st7571", KMS_MEMORY_COPIES, 0},
	{"st7586", KMS_MEMORY_CONTIGUOUS, 0},
	{"st7735r", KMS_MEMORY_CONTIGUOUS, 0},
	{"sti", KMS_MEMORY_CONTIGUOUS, 0},
	{"stm", KMS_MEMORY_CONTIGUOUS, 0},
	{"sun4i-drm", KMS_MEMORY_CONTIGUOUS, 0},
	{"tegra", KMS_MEMORY_UNLESS_IOMMU, 0},
	{"tidss", KMS_MEMORY_CONTIGUOUS, 0},
	{"tilcdc", KMS_MEMORY_CONTIGUOUS, 0},
	{"tve200", KMS_MEMORY_CONTIGUOUS, 0},
	{"udl", KMS_MEMORY_COPIES, 0},
	{"vboxvideo", KMS_MEMORY_NO_IMPORT, KMS_DRIVER_OWN_MEMORY},
	{"vc4", KMS_MEMORY_CONTIGUOUS, 0},
	{"verisilicon", KMS_MEMORY_CONTIGUOUS, 0},
	{"vesadrm", KMS_MEMORY_COPIES, 0},
	{"vgem", KMS_MEMORY_COPIES, 0},
	{"virtio_gpu", KMS_MEMORY_ANY_PAGES, 0},
	{"vkms", KMS_MEMORY_COPIES, 0},
	{"vmwgfx", KMS_MEMORY_ANY_PAGES, KMS_DRIVER_OWN_MEMORY},
	{"xe", KMS_MEMORY_ANY_PAGES, KMS_DRIVER_ONE_OBJECT | KMS_DRIVER_OWN_MEMORY},
	{"xendrm-du", KMS_MEMORY_ANY_PAGES, 0},
	{"zynqmp-dpsub", KMS_MEMORY_CONTIGUOUS, 0},
};

static const struct kms_driver unknown_driver = {"", KMS_MEMORY_UNKNOWN, 0};

static int compare_driver(const void *key, const void *item)
{
	const struct kms_driver *driver = item;

	return strcmp(key, driver->name);
}

const struct kms_driver *_cen_kms_driver_find(const char *name)
{
	const struct kms_driver *found =
		bsearch(name, drivers, ARRAY_LENGTH(drivers), sizeof(drivers[0]), compare_driver);

	return found ? found : &unknown_driver;
}
