/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Dma-bufs as the memory of images. */
#include "probe-vulkan.h"

static const VkImageAspectFlagBits memory_planes[CEN_MAX_PLANES] = {
	VK_IMAGE_ASPECT_MEMORY_PLANE_0_BIT_EXT,
	VK_IMAGE_ASPECT_MEMORY_PLANE_1_BIT_EXT,
	VK_IMAGE_ASPECT_MEMORY_PLANE_2_BIT_EXT,
	VK_IMAGE_ASPECT_MEMORY_PLANE_3_BIT_EXT,
};

VkResult _cen_vulkan_create_explicit(const struct vulkan_session *session, const struct cen_image_desc *desc,
				     uint32_t usage, VkImage *image)
{
	const struct vulkan_format *format = _cen_vulkan_find_format(desc->fourcc);
	VkSubresourceLayout layouts[CEN_MAX_PLANES] = {0};
	const VkImageDrmFormatModifierExplicitCreateInfoEXT drm = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT,
		.drmFormatModifier = desc->modifier,
		.drmFormatModifierPlaneCount = desc->plane_count,
		.pPlaneLayouts = layouts,
	};
	const VkExternalMemoryImageCreateInfo external = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
		.pNext = &drm,
		.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	const VkImageCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
		.pNext = &external,
		.flags = desc->object_count > 1 ? VK_IMAGE_CREATE_DISJOINT_BIT : 0,
		.imageType = VK_IMAGE_TYPE_2D,
		.format = format ? format->format : VK_FORMAT_UNDEFINED,
		.extent = {desc->width, desc->height, 1},
		.mipLevels = 1,
		.arrayLayers = 1,
		.samples = VK_SAMPLE_COUNT_1_BIT,
		.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT,
		.usage = _cen_vulkan_image_usage(usage),
		.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED,
	};

	*image = VK_NULL_HANDLE;
	if (!format || desc->plane_count == 0 || desc->plane_count > CEN_MAX_PLANES)
		return VK_ERROR_FORMAT_NOT_SUPPORTED;
	for (uint32_t p = 0; p < desc->plane_count; p++) {
		layouts[p].offset = desc->planes[p].offset;
		layouts[p].rowPitch = desc->planes[p].stride;
	}
	return session->api.vkCreateImage(session->device, &info, NULL, image);
}

static uint64_t get_bytes(int fd)
{
	off_t bytes = lseek(fd, 0, SEEK_END);

	return bytes > 0 ? (uint64_t)bytes : 0;
}

/* How much memory the image needs, or one memory plane of a disjoint one, and of which types. */
static VkMemoryRequirements get_requirements(const struct vulkan_session *session, VkImage image, bool is_disjoint,
					     uint32_t plane)
{
	const VkImagePlaneMemoryRequirementsInfo of_plane = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_PLANE_MEMORY_REQUIREMENTS_INFO,
		.planeAspect = memory_planes[plane],
	};
	const VkImageMemoryRequirementsInfo2 info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2,
		.pNext = is_disjoint ? &of_plane : NULL,
		.image = image,
	};
	VkMemoryRequirements2 requirements = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};

	session->api.vkGetImageMemoryRequirements2(session->device, &info, &requirements);
	return requirements.memoryRequirements;
}

/* The driver takes a duplicate of the fd when this succeeds. */
static int import_memory(struct vulkan_session *session, VkImage image, bool is_disjoint,
			 const VkMemoryRequirements *requirements, int fd, VkDeviceMemory *memory)
{
	VkMemoryFdPropertiesKHR properties = {.sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR};
	const VkMemoryDedicatedAllocateInfo dedicated = {.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
							 .image = image};
	VkImportMemoryFdInfoKHR import = {
		.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
		.pNext = is_disjoint ? NULL : &dedicated,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkMemoryAllocateInfo info = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.pNext = &import,
		.allocationSize = get_bytes(fd),
	};
	VkResult result = session->api.vkGetMemoryFdPropertiesKHR(
		session->device, VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT, fd, &properties);

	if (result < 0)
		return _cen_vulkan_report(session, "vkGetMemoryFdPropertiesKHR", result);
	if (info.allocationSize < requirements->size)
		return _cen_probe_fail(session->call, "vkGetImageMemoryRequirements2", EINVAL,
				       "the driver needs %" PRIu64 " bytes, the object has %" PRIu64,
				       (uint64_t)requirements->size, (uint64_t)info.allocationSize);
	if (!_cen_vulkan_find_memory_type(session, requirements->memoryTypeBits & properties.memoryTypeBits, 0,
					  &info.memoryTypeIndex))
		return _cen_probe_fail(session->call, "vkGetMemoryFdPropertiesKHR", EINVAL,
				       "none of the GPU's types of memory is that of the dma-buf");
	import.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (import.fd < 0)
		return _cen_probe_fail(session->call, "fcntl", errno, "%s", strerror(errno));
	result = session->api.vkAllocateMemory(session->device, &info, NULL, memory);
	if (result == VK_SUCCESS)
		return 0;
	close(import.fd);
	return _cen_vulkan_report(session, "vkAllocateMemory", result);
}

int _cen_vulkan_import(struct vulkan_session *session, const struct cen_image_desc *desc, uint32_t usage,
		       VkImage *image)
{
	bool is_disjoint = desc->object_count > 1;
	uint32_t count = is_disjoint ? desc->plane_count : 1;
	VkBindImagePlaneMemoryInfo planes[CEN_MAX_PLANES];
	VkBindImageMemoryInfo binds[CEN_MAX_PLANES];
	VkResult result = _cen_vulkan_create_explicit(session, desc, usage, image);

	if (result < 0)
		return _cen_vulkan_report(session, "vkCreateImage", result);
	for (uint32_t p = 0; p < count; p++) {
		VkMemoryRequirements requirements = get_requirements(session, *image, is_disjoint, p);
		VkDeviceMemory memory = VK_NULL_HANDLE;
		int ret = import_memory(session, *image, is_disjoint, &requirements,
					desc->objects[desc->planes[p].object].fd, &memory);

		if (ret < 0)
			return ret;
		planes[p] = (VkBindImagePlaneMemoryInfo){.sType = VK_STRUCTURE_TYPE_BIND_IMAGE_PLANE_MEMORY_INFO,
							 .planeAspect = memory_planes[p]};
		binds[p] = (VkBindImageMemoryInfo){
			.sType = VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_INFO,
			.pNext = is_disjoint ? &planes[p] : NULL,
			.image = *image,
			.memory = memory,
		};
	}
	result = session->api.vkBindImageMemory2(session->device, count, binds);
	return result < 0 ? _cen_vulkan_report(session, "vkBindImageMemory2", result) : 0;
}
