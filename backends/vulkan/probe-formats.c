/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Formats and modifiers, as the driver tells them. */
#include <drm_fourcc.h>

#include "probe-vulkan.h"

#define MAX_MODIFIERS 256

/* Where DRM has a format with and one without alpha, Vulkan has one. */
static const struct vulkan_format formats[] = {
	{DRM_FORMAT_R8, VK_FORMAT_R8_UNORM, 1, {1}, 1, 1},
	{DRM_FORMAT_GR88, VK_FORMAT_R8G8_UNORM, 1, {2}, 1, 1},
	{DRM_FORMAT_R16, VK_FORMAT_R16_UNORM, 1, {2}, 1, 1},
	{DRM_FORMAT_GR1616, VK_FORMAT_R16G16_UNORM, 1, {4}, 1, 1},
	{DRM_FORMAT_XRGB8888, VK_FORMAT_B8G8R8A8_UNORM, 1, {4}, 1, 1},
	{DRM_FORMAT_ARGB8888, VK_FORMAT_B8G8R8A8_UNORM, 1, {4}, 1, 1},
	{DRM_FORMAT_XBGR8888, VK_FORMAT_R8G8B8A8_UNORM, 1, {4}, 1, 1},
	{DRM_FORMAT_ABGR8888, VK_FORMAT_R8G8B8A8_UNORM, 1, {4}, 1, 1},
	{DRM_FORMAT_RGB888, VK_FORMAT_B8G8R8_UNORM, 1, {3}, 1, 1},
	{DRM_FORMAT_BGR888, VK_FORMAT_R8G8B8_UNORM, 1, {3}, 1, 1},
	{DRM_FORMAT_RGB565, VK_FORMAT_R5G6B5_UNORM_PACK16, 1, {2}, 1, 1},
	{DRM_FORMAT_BGR565, VK_FORMAT_B5G6R5_UNORM_PACK16, 1, {2}, 1, 1},
	{DRM_FORMAT_ARGB1555, VK_FORMAT_A1R5G5B5_UNORM_PACK16, 1, {2}, 1, 1},
	{DRM_FORMAT_XRGB1555, VK_FORMAT_A1R5G5B5_UNORM_PACK16, 1, {2}, 1, 1},
	{DRM_FORMAT_XRGB2101010, VK_FORMAT_A2R10G10B10_UNORM_PACK32, 1, {4}, 1, 1},
	{DRM_FORMAT_ARGB2101010, VK_FORMAT_A2R10G10B10_UNORM_PACK32, 1, {4}, 1, 1},
	{DRM_FORMAT_XBGR2101010, VK_FORMAT_A2B10G10R10_UNORM_PACK32, 1, {4}, 1, 1},
	{DRM_FORMAT_ABGR2101010, VK_FORMAT_A2B10G10R10_UNORM_PACK32, 1, {4}, 1, 1},
	{DRM_FORMAT_XBGR16161616, VK_FORMAT_R16G16B16A16_UNORM, 1, {8}, 1, 1},
	{DRM_FORMAT_ABGR16161616, VK_FORMAT_R16G16B16A16_UNORM, 1, {8}, 1, 1},
	{DRM_FORMAT_XBGR16161616F, VK_FORMAT_R16G16B16A16_SFLOAT, 1, {8}, 1, 1},
	{DRM_FORMAT_ABGR16161616F, VK_FORMAT_R16G16B16A16_SFLOAT, 1, {8}, 1, 1},
	{DRM_FORMAT_YUYV, VK_FORMAT_G8B8G8R8_422_UNORM, 1, {2}, 1, 1},
	{DRM_FORMAT_UYVY, VK_FORMAT_B8G8R8G8_422_UNORM, 1, {2}, 1, 1},
	{DRM_FORMAT_NV12, VK_FORMAT_G8_B8R8_2PLANE_420_UNORM, 2, {1, 2}, 2, 2},
	{DRM_FORMAT_NV16, VK_FORMAT_G8_B8R8_2PLANE_422_UNORM, 2, {1, 2}, 2, 1},
	{DRM_FORMAT_P010, VK_FORMAT_G10X6_B10X6R10X6_2PLANE_420_UNORM_3PACK16, 2, {2, 4}, 2, 2},
	{DRM_FORMAT_P012, VK_FORMAT_G12X4_B12X4R12X4_2PLANE_420_UNORM_3PACK16, 2, {2, 4}, 2, 2},
	{DRM_FORMAT_P016, VK_FORMAT_G16_B16R16_2PLANE_420_UNORM, 2, {2, 4}, 2, 2},
	{DRM_FORMAT_YUV420, VK_FORMAT_G8_B8_R8_3PLANE_420_UNORM, 3, {1, 1, 1}, 2, 2},
	{DRM_FORMAT_YUV422, VK_FORMAT_G8_B8_R8_3PLANE_422_UNORM, 3, {1, 1, 1}, 2, 1},
	{DRM_FORMAT_YUV444, VK_FORMAT_G8_B8_R8_3PLANE_444_UNORM, 3, {1, 1, 1}, 1, 1},
};

const struct vulkan_format *_cen_vulkan_find_format(uint32_t fourcc)
{
	for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
		if (formats[i].fourcc == fourcc)
			return &formats[i];
	}
	return NULL;
}

VkImageUsageFlags _cen_vulkan_image_usage(uint32_t usage)
{
	if (usage == CEN_USAGE_RENDER)
		return VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
	return VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT;
}

/* Whether a dma-buf can become an image of the format and modifier for the usage, and up to which size. */
static bool can_import(const struct vulkan_session *session, const struct vulkan_format *format, uint64_t modifier,
		       uint32_t usage, struct probe_pair *pair)
{
	const VkPhysicalDeviceImageDrmFormatModifierInfoEXT drm = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_DRM_FORMAT_MODIFIER_INFO_EXT,
		.drmFormatModifier = modifier,
		.sharingMode = VK_SHARING_MODE_EXCLUSIVE,
	};
	const VkPhysicalDeviceExternalImageFormatInfo handle = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO,
		.pNext = &drm,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	const VkPhysicalDeviceImageFormatInfo2 info = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
		.pNext = &handle,
		.format = format->format,
		.type = VK_IMAGE_TYPE_2D,
		.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT,
		.usage = _cen_vulkan_image_usage(usage),
	};
	VkExternalImageFormatProperties external = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES};
	VkImageFormatProperties2 properties = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2,
		.pNext = &external,
	};
	VkExternalMemoryFeatureFlags features;

	if (session->api.vkGetPhysicalDeviceImageFormatProperties2(session->physical, &info, &properties) < 0)
		return false;
	features = external.externalMemoryProperties.externalMemoryFeatures;
	if (!(features & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT))
		return false;
	if (features & VK_EXTERNAL_MEMORY_FEATURE_DEDICATED_ONLY_BIT)
		pair->flags |= VULKAN_PAIR_DEDICATED;
	/* One size for both usages: the smaller one. */
	if (pair->width_max == 0 || properties.imageFormatProperties.maxExtent.width < pair->width_max)
		pair->width_max = properties.imageFormatProperties.maxExtent.width;
	if (pair->height_max == 0 || properties.imageFormatProperties.maxExtent.height < pair->height_max)
		pair->height_max = properties.imageFormatProperties.maxExtent.height;
	return true;
}

static void read_pair(const struct vulkan_session *session, const struct vulkan_format *format,
		      const VkDrmFormatModifierPropertiesEXT *properties, struct probe_pair *pair)
{
	VkFormatFeatureFlags features = properties->drmFormatModifierTilingFeatures;

	*pair = (struct probe_pair){
		.fourcc = format->fourcc,
		.modifier = properties->drmFormatModifier,
		.plane_count = properties->drmFormatModifierPlaneCount,
		.flags = features & VK_FORMAT_FEATURE_DISJOINT_BIT ? VULKAN_PAIR_DISJOINT : 0,
	};
	if (features & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT &&
	    can_import(session, format, pair->modifier, CEN_USAGE_TEXTURE, pair))
		pair->flags |= PROBE_PAIR_TEXTURE;
	if (features & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT &&
	    can_import(session, format, pair->modifier, CEN_USAGE_RENDER, pair))
		pair->flags |= PROBE_PAIR_RENDER;
}

static int send_format(struct vulkan_session *session, const struct vulkan_format *format)
{
	VkDrmFormatModifierPropertiesEXT modifiers[MAX_MODIFIERS];
	struct probe_pair pairs[MAX_MODIFIERS];
	VkDrmFormatModifierPropertiesListEXT list = {
		.sType = VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT,
		.drmFormatModifierCount = MAX_MODIFIERS,
		.pDrmFormatModifierProperties = modifiers,
	};
	VkFormatProperties2 properties = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2, .pNext = &list};
	size_t count = 0;

	session->api.vkGetPhysicalDeviceFormatProperties2(session->physical, format->format, &properties);
	for (uint32_t i = 0; i < list.drmFormatModifierCount; i++) {
		read_pair(session, format, &modifiers[i], &pairs[count]);
		if (pairs[count].flags & (PROBE_PAIR_TEXTURE | PROBE_PAIR_RENDER))
			count++;
	}
	return _cen_probe_send_pairs(session->call, pairs, count);
}

/*
 * The least alignment of linear strides: odd multiples of ever larger ones, until an image can be made. 0 when none
 * can. Images need no memory for that.
 */
static uint32_t measure_align(const struct vulkan_session *session, uint32_t usage)
{
	const uint32_t width = 34, row = width * 4;
	struct cen_image_desc desc = {
		.size = sizeof(desc),
		.fourcc = DRM_FORMAT_ARGB8888,
		.width = width,
		.height = 16,
		.plane_count = 1,
		.object_count = 1,
	};
	VkImage image;

	for (uint32_t align = 4; align <= 4096; align *= 2) {
		desc.planes[0].stride = (uint64_t)((row + align - 1) / align | 1) * align;
		if (_cen_vulkan_create_explicit(session, &desc, usage, &image) < 0)
			continue;
		session->api.vkDestroyImage(session->device, image, NULL);
		return align > 4 ? align : 1;
	}
	return 0;
}

/*
 * How many rows the driver touches at least: those that the memory of an image of one row has. Rows are as long as
 * the largest page of a GPU, so that rounding to pages does not show. 0 when it is not found out.
 */
static uint32_t measure_rows(const struct vulkan_session *session)
{
	const struct cen_image_desc desc = {
		.size = sizeof(desc),
		.fourcc = DRM_FORMAT_ARGB8888,
		.width = 16384,
		.height = 1,
		.plane_count = 1,
		.object_count = 1,
		.planes = {{.stride = 65536}},
	};
	VkImageMemoryRequirementsInfo2 info = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2};
	VkMemoryRequirements2 requirements = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};

	if (_cen_vulkan_create_explicit(session, &desc, CEN_USAGE_TEXTURE, &info.image) < 0)
		return 0;
	session->api.vkGetImageMemoryRequirements2(session->device, &info, &requirements);
	session->api.vkDestroyImage(session->device, info.image, NULL);
	return (uint32_t)(requirements.memoryRequirements.size / desc.planes[0].stride);
}

int _cen_vulkan_send_formats(struct vulkan_session *session)
{
	struct probe_info info = {
		.flags = session->properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU ? VULKAN_INFO_CPU : 0,
		.texture_max = session->properties.limits.maxImageDimension2D,
		.render_max = session->properties.limits.maxFramebufferWidth,
		.values = {[VULKAN_VALUE_TEXTURE_ALIGN] = measure_align(session, CEN_USAGE_TEXTURE),
			   [VULKAN_VALUE_RENDER_ALIGN] = measure_align(session, CEN_USAGE_RENDER),
			   [VULKAN_VALUE_ROWS] = measure_rows(session),
			   [VULKAN_VALUE_DRIVER] = session->driver.driverID},
	};
	int ret;

	snprintf(info.driver, sizeof(info.driver), "%.63s", session->driver.driverName);
	snprintf(info.device, sizeof(info.device), "%.127s", session->properties.deviceName);
	snprintf(info.version, sizeof(info.version), "%.127s", session->driver.driverInfo);
	ret = _cen_probe_send_info(session->call, &info);
	for (size_t i = 0; ret == 0 && i < ARRAY_LENGTH(formats); i++)
		ret = send_format(session, &formats[i]);
	return ret;
}
