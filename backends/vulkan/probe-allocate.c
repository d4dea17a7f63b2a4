/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Memory of the driver, exported. A vendor layout is the driver's, and is read back. Of a linear image the layout is
 * the host's: where the driver would lay it out the same, the memory is that of an image, otherwise plain memory.
 */
#include "probe-vulkan.h"

static VkResult create_image(const struct vulkan_session *session, const struct cen_image_desc *wish, VkImage *image)
{
	const struct vulkan_format *format = _cen_vulkan_find_format(wish->fourcc);
	const VkImageDrmFormatModifierListCreateInfoEXT drm = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_LIST_CREATE_INFO_EXT,
		.drmFormatModifierCount = 1,
		.pDrmFormatModifiers = &wish->modifier,
	};
	const VkExternalMemoryImageCreateInfo external = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
		.pNext = &drm,
		.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkImageCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
		.pNext = &external,
		.imageType = VK_IMAGE_TYPE_2D,
		.format = format ? format->format : VK_FORMAT_UNDEFINED,
		.extent = {wish->width, wish->height, 1},
		.mipLevels = 1,
		.arrayLayers = 1,
		.samples = VK_SAMPLE_COUNT_1_BIT,
		.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT,
		.usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT,
		.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED,
	};
	VkResult result;

	*image = VK_NULL_HANDLE;
	if (!format)
		return VK_ERROR_FORMAT_NOT_SUPPORTED;
	result = session->api.vkCreateImage(session->device, &info, NULL, image);
	if (result == VK_SUCCESS)
		return result;
	info.usage = VK_IMAGE_USAGE_SAMPLED_BIT;
	return session->api.vkCreateImage(session->device, &info, NULL, image);
}

/* The layout that the driver chose. One object: images here are not disjoint. */
static int read_layout(struct vulkan_session *session, VkImage image, struct cen_image_desc *desc)
{
	static const VkImageAspectFlags aspects[CEN_MAX_PLANES] = {
		VK_IMAGE_ASPECT_MEMORY_PLANE_0_BIT_EXT,
		VK_IMAGE_ASPECT_MEMORY_PLANE_1_BIT_EXT,
		VK_IMAGE_ASPECT_MEMORY_PLANE_2_BIT_EXT,
		VK_IMAGE_ASPECT_MEMORY_PLANE_3_BIT_EXT,
	};

	for (uint32_t p = 0; p < desc->plane_count; p++) {
		const VkImageSubresource subresource = {.aspectMask = aspects[p]};
		VkSubresourceLayout layout;

		session->api.vkGetImageSubresourceLayout(session->device, image, &subresource, &layout);
		desc->planes[p] = (struct cen_image_plane){.offset = layout.offset, .stride = layout.rowPitch};
	}
	return 0;
}

/* How many memory planes the driver has for a format and modifier; 0: it does not have them. */
static uint32_t count_planes(const struct vulkan_session *session, const struct cen_image_desc *wish)
{
	const struct vulkan_format *format = _cen_vulkan_find_format(wish->fourcc);
	VkDrmFormatModifierPropertiesEXT modifiers[256];
	VkDrmFormatModifierPropertiesListEXT list = {
		.sType = VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT,
		.drmFormatModifierCount = ARRAY_LENGTH(modifiers),
		.pDrmFormatModifierProperties = modifiers,
	};
	VkFormatProperties2 properties = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2, .pNext = &list};

	if (!format)
		return 0;
	session->api.vkGetPhysicalDeviceFormatProperties2(session->physical, format->format, &properties);
	for (uint32_t i = 0; i < list.drmFormatModifierCount; i++) {
		if (modifiers[i].drmFormatModifier == wish->modifier)
			return modifiers[i].drmFormatModifierPlaneCount;
	}
	return 0;
}

/* Export memory as a dma-buf that can be written, too. The memory is the dma-buf's from then on. */
static int export_memory(struct vulkan_session *session, VkDeviceMemory memory, struct cen_image_object *object)
{
	const VkMemoryGetFdInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
		.memory = memory,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	int fd = -1;
	VkResult result = session->api.vkGetMemoryFdKHR(session->device, &info, &fd);
	off_t bytes;

	session->api.vkFreeMemory(session->device, memory, NULL);
	if (result < 0 || fd < 0)
		return _cen_vulkan_report(session, "vkGetMemoryFdKHR", result < 0 ? result : VK_ERROR_UNKNOWN);
	bytes = lseek(fd, 0, SEEK_END);
	if (bytes <= 0 || (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR) {
		close(fd);
		return _cen_probe_fail(session->call, "vkGetMemoryFdKHR", EIO,
				       "the driver exports for reading only, or no dma-buf");
	}
	*object = (struct cen_image_object){.fd = fd, .size = (uint64_t)bytes};
	return 0;
}

/* Memory for an image, or where it is VK_NULL_HANDLE of so many bytes. */
static int make_object(struct vulkan_session *session, VkImage image, uint64_t bytes, struct cen_image_object *object)
{
	const VkImageMemoryRequirementsInfo2 requirements_info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2, .image = image};
	VkMemoryRequirements2 requirements = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2,
		.memoryRequirements = {.size = bytes, .memoryTypeBits = ~0u},
	};
	const VkMemoryDedicatedAllocateInfo dedicated = {.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
							 .image = image};
	const VkExportMemoryAllocateInfo export = {
		.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
		.pNext = image ? &dedicated : NULL,
		.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &export};
	VkDeviceMemory memory;
	VkResult result;

	if (image)
		session->api.vkGetImageMemoryRequirements2(session->device, &requirements_info, &requirements);
	info.allocationSize =
		requirements.memoryRequirements.size > bytes ? requirements.memoryRequirements.size : bytes;
	/* What is not an image may be read by anybody. */
	if (!_cen_vulkan_find_memory_type(session, requirements.memoryRequirements.memoryTypeBits,
					  image ? VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT
						: VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT,
					  &info.memoryTypeIndex))
		return _cen_probe_fail(session->call, "vkGetImageMemoryRequirements2", EINVAL,
				       "no type of memory suits the image");
	result = session->api.vkAllocateMemory(session->device, &info, NULL, &memory);
	if (result < 0)
		return _cen_vulkan_report(session, "vkAllocateMemory", result);
	return export_memory(session, memory, object);
}

static bool is_same_layout(const struct cen_image_desc *wish, const struct cen_image_desc *made)
{
	if (wish->object_count != 1 || wish->plane_count != made->plane_count)
		return false;
	for (uint32_t p = 0; p < wish->plane_count; p++) {
		if (wish->planes[p].stride != made->planes[p].stride ||
		    wish->planes[p].offset != made->planes[p].offset)
			return false;
	}
	return true;
}

/* An image with the driver's layout, when there is one. */
static int make_image(struct vulkan_session *session, const struct cen_image_desc *wish, struct cen_image_desc *out)
{
	bool is_linear = wish->modifier == CEN_MODIFIER_LINEAR;
	VkImage image = VK_NULL_HANDLE;
	VkResult result;
	int ret;

	out->plane_count = count_planes(session, wish);
	if (out->plane_count == 0 || out->plane_count > CEN_MAX_PLANES)
		return _cen_probe_fail(session->call, "vkGetPhysicalDeviceFormatProperties2", EOPNOTSUPP,
				       "the driver does not have this format with modifier 0x%" PRIx64, wish->modifier);
	result = create_image(session, wish, &image);
	if (result < 0)
		return _cen_vulkan_report(session, "vkCreateImage", result);
	ret = read_layout(session, image, out);
	if (ret == 0 && is_linear && !is_same_layout(wish, out))
		ret = -ERANGE;
	if (ret == 0)
		ret = make_object(session, image, is_linear ? wish->objects[0].size : 0, &out->objects[0]);
	session->api.vkDestroyImage(session->device, image, NULL);
	out->object_count = ret == 0;
	return ret;
}

static int make_memory(struct vulkan_session *session, const struct cen_image_desc *wish, struct cen_image_desc *out)
{
	int ret = 0;

	out->plane_count = wish->plane_count;
	memcpy(out->planes, wish->planes, sizeof(out->planes));
	for (uint32_t o = 0; ret == 0 && o < wish->object_count; o++) {
		ret = make_object(session, VK_NULL_HANDLE, wish->objects[o].size, &out->objects[o]);
		out->object_count += ret == 0;
	}
	return ret;
}

static void close_objects(struct cen_image_desc *desc)
{
	for (uint32_t o = 0; o < desc->object_count; o++)
		close(desc->objects[o].fd);
}

int _cen_vulkan_make(struct vulkan_session *session, const struct probe_request *request)
{
	const struct cen_image_desc *wish = &request->image;

	for (uint32_t i = 0; i < request->count; i++) {
		struct cen_image_desc out = {
			.size = sizeof(out),
			.fourcc = wish->fourcc,
			.width = wish->width,
			.height = wish->height,
			.modifier = wish->modifier,
		};
		int ret = make_image(session, wish, &out);

		if (ret < 0 && wish->modifier == CEN_MODIFIER_LINEAR)
			ret = make_memory(session, wish, &out);
		if (ret == 0)
			ret = _cen_probe_send_image(session->call, &out);
		close_objects(&out);
		if (ret < 0)
			return ret;
	}
	return 0;
}
