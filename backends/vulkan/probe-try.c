/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Trial import. That a driver takes an image does not mean that it sees the pixels that are there: what the CPU wrote
 * is copied by the GPU into a buffer of its own, or what is in such a buffer is copied into the image, and the bytes
 * are compared. Copies know no colours, so every format is compared in the same way.
 */
#include <linux/dma-buf.h>
#include <sys/mman.h>

#include "probe-vulkan.h"

/* A buffer of the driver's own, with the planes packed one behind the other. */
struct staging {
	VkBuffer buffer;
	uint8_t *bytes;
	uint64_t size;
};

struct trial {
	struct vulkan_session *session;
	const struct cen_image_desc *desc;
	const struct vulkan_format *format;
	bool is_render;
	VkImage image;
	struct staging staging;
	uint8_t *maps[CEN_MAX_PLANES]; /* per object; NULL: not the CPU's to see */
	uint64_t sizes[CEN_MAX_PLANES];
};

struct extent {
	uint32_t width, height; /* samples */
	uint64_t row; /* bytes, packed */
};

static struct extent get_extent(const struct trial *trial, uint32_t plane)
{
	uint32_t hsub = plane ? trial->format->hsub : 1, vsub = plane ? trial->format->vsub : 1;
	struct extent extent = {
		.width = (trial->desc->width + hsub - 1) / hsub,
		.height = (trial->desc->height + vsub - 1) / vsub,
	};

	extent.row = (uint64_t)extent.width * trial->format->bytes[plane];
	return extent;
}

/* Four bytes at a time, as buffers are copied from and to such offsets. */
static uint64_t get_offset(const struct trial *trial, uint32_t plane)
{
	uint64_t offset = 0;

	for (uint32_t p = 0; p < plane; p++)
		offset += (get_extent(trial, p).row * get_extent(trial, p).height + 15) / 16 * 16;
	return offset;
}

/* A byte that depends on where it is; finite as part of any number. */
static uint8_t pattern(uint32_t plane, uint64_t x, uint32_t y)
{
	return (uint8_t)((x * 7 + (uint64_t)y * 13 + plane * 29) & 0x3f);
}

/* Map the objects. An object that cannot be mapped is compared with nothing. */
static int map_objects(struct trial *trial)
{
	const struct cen_image_desc *desc = trial->desc;

	for (uint32_t o = 0; o < desc->object_count; o++) {
		off_t bytes = lseek(desc->objects[o].fd, 0, SEEK_END);
		void *map;

		if (bytes <= 0)
			return _cen_probe_fail(trial->session->call, "lseek", EINVAL, "object %u has no size", o);
		map = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, desc->objects[o].fd, 0);
		trial->sizes[o] = (uint64_t)bytes;
		trial->maps[o] = map == MAP_FAILED ? NULL : map;
	}
	for (uint32_t p = 0; p < desc->plane_count; p++) {
		const struct cen_image_plane *plane = &desc->planes[p];
		struct extent extent = get_extent(trial, p);
		uint64_t end;

		if (__builtin_mul_overflow(plane->stride, (uint64_t)extent.height - 1, &end) ||
		    __builtin_add_overflow(end, plane->offset, &end) || __builtin_add_overflow(end, extent.row, &end) ||
		    end > trial->sizes[plane->object])
			return _cen_probe_fail(trial->session->call, NULL, EINVAL,
					       "plane %u ends behind its object of %" PRIu64 " bytes", p,
					       trial->sizes[plane->object]);
	}
	return 0;
}

static bool is_mapped(const struct trial *trial)
{
	for (uint32_t o = 0; o < trial->desc->object_count; o++) {
		if (!trial->maps[o])
			return false;
	}
	return true;
}

static void sync_objects(const struct trial *trial, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = flags};

	for (uint32_t o = 0; o < trial->desc->object_count; o++)
		retry_ioctl(trial->desc->objects[o].fd, DMA_BUF_IOCTL_SYNC, &sync);
}

static uint8_t *get_row(const struct trial *trial, uint32_t plane, uint32_t y)
{
	const struct cen_image_plane *at = &trial->desc->planes[plane];

	return trial->maps[at->object] + at->offset + at->stride * y;
}

static uint8_t *get_packed_row(const struct trial *trial, uint32_t plane, uint32_t y)
{
	return trial->staging.bytes + get_offset(trial, plane) + get_extent(trial, plane).row * y;
}

/* The pattern into the side that is read, its opposite into the other. */
static void write_pattern(const struct trial *trial)
{
	sync_objects(trial, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	for (uint32_t p = 0; p < trial->desc->plane_count; p++) {
		struct extent extent = get_extent(trial, p);

		for (uint32_t y = 0; y < extent.height; y++) {
			uint8_t *image = get_row(trial, p, y), *packed = get_packed_row(trial, p, y);
			uint8_t *source = trial->is_render ? packed : image;
			uint8_t *target = trial->is_render ? image : packed;

			for (uint64_t x = 0; x < extent.row; x++) {
				source[x] = pattern(p, x, y);
				target[x] = (uint8_t)~source[x];
			}
		}
	}
	sync_objects(trial, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
}

static int compare(const struct trial *trial)
{
	sync_objects(trial, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	for (uint32_t p = 0; p < trial->desc->plane_count; p++) {
		struct extent extent = get_extent(trial, p);

		for (uint32_t y = 0; y < extent.height; y++) {
			const uint8_t *row = trial->is_render ? get_row(trial, p, y) : get_packed_row(trial, p, y);

			for (uint64_t x = 0; x < extent.row; x++) {
				if (row[x] == pattern(p, x, y))
					continue;
				return _cen_probe_fail(trial->session->call, "vkQueueSubmit", EIO,
						       "the pixels are wrong: plane %u, row %u, byte %" PRIu64
						       " is 0x%02x, not 0x%02x",
						       p, y, x, row[x], pattern(p, x, y));
			}
		}
	}
	sync_objects(trial, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	return 0;
}

static int create_staging(struct trial *trial)
{
	struct vulkan_session *session = trial->session;
	const VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.size = get_offset(trial, trial->desc->plane_count),
		.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
	};
	VkMemoryAllocateInfo memory_info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
	VkMemoryRequirements requirements;
	VkDeviceMemory memory;
	void *bytes = NULL;
	VkResult result = session->api.vkCreateBuffer(session->device, &info, NULL, &trial->staging.buffer);

	if (result < 0)
		return _cen_vulkan_report(session, "vkCreateBuffer", result);
	session->api.vkGetBufferMemoryRequirements(session->device, trial->staging.buffer, &requirements);
	memory_info.allocationSize = requirements.size;
	_cen_vulkan_find_memory_type(session, requirements.memoryTypeBits,
				     VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
				     &memory_info.memoryTypeIndex);
	result = session->api.vkAllocateMemory(session->device, &memory_info, NULL, &memory);
	if (result == VK_SUCCESS)
		result = session->api.vkBindBufferMemory(session->device, trial->staging.buffer, memory, 0);
	if (result == VK_SUCCESS)
		result = session->api.vkMapMemory(session->device, memory, 0, VK_WHOLE_SIZE, 0, &bytes);
	trial->staging.bytes = bytes;
	trial->staging.size = info.size;
	return result < 0 ? _cen_vulkan_report(session, "vkAllocateMemory", result) : 0;
}

/* From whoever had the memory to this queue, or back. */
static void move_image(const struct trial *trial, VkCommandBuffer commands, bool is_ours)
{
	const struct vulkan_session *session = trial->session;
	uint32_t outside = session->has_foreign ? VK_QUEUE_FAMILY_FOREIGN_EXT : VK_QUEUE_FAMILY_EXTERNAL;
	VkImageLayout inside =
		trial->is_render ? VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL : VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
	VkAccessFlags access = trial->is_render ? VK_ACCESS_TRANSFER_WRITE_BIT : VK_ACCESS_TRANSFER_READ_BIT;
	const VkImageMemoryBarrier barrier = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
		.srcAccessMask = is_ours ? 0 : access,
		.dstAccessMask = is_ours ? access : 0,
		.oldLayout = is_ours ? VK_IMAGE_LAYOUT_GENERAL : inside,
		.newLayout = is_ours ? inside : VK_IMAGE_LAYOUT_GENERAL,
		.srcQueueFamilyIndex = is_ours ? outside : session->family,
		.dstQueueFamilyIndex = is_ours ? session->family : outside,
		.image = trial->image,
		.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1},
	};

	session->api.vkCmdPipelineBarrier(
		commands, is_ours ? VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT : VK_PIPELINE_STAGE_TRANSFER_BIT,
		is_ours ? VK_PIPELINE_STAGE_TRANSFER_BIT : VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, 0, 0, NULL, 0, NULL, 1,
		&barrier);
}

static void record_copy(const struct trial *trial, VkCommandBuffer commands)
{
	static const VkImageAspectFlags aspects[] = {VK_IMAGE_ASPECT_PLANE_0_BIT, VK_IMAGE_ASPECT_PLANE_1_BIT,
						     VK_IMAGE_ASPECT_PLANE_2_BIT};
	const struct vulkan_api *api = &trial->session->api;
	VkBufferImageCopy copies[3] = {0};
	uint32_t count = trial->format->plane_count;

	for (uint32_t p = 0; p < count; p++) {
		struct extent extent = get_extent(trial, p);

		copies[p] = (VkBufferImageCopy){
			.bufferOffset = get_offset(trial, p),
			.imageSubresource = {count > 1 ? aspects[p] : VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
			.imageExtent = {extent.width, extent.height, 1},
		};
	}
	move_image(trial, commands, true);
	if (trial->is_render)
		api->vkCmdCopyBufferToImage(commands, trial->staging.buffer, trial->image,
					    VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, count, copies);
	else
		api->vkCmdCopyImageToBuffer(commands, trial->image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
					    trial->staging.buffer, count, copies);
	move_image(trial, commands, false);
}

static VkResult begin_commands(const struct vulkan_session *session, VkCommandBuffer *commands)
{
	const VkCommandPoolCreateInfo pool_info = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
		.queueFamilyIndex = session->family,
	};
	const VkCommandBufferBeginInfo begin = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
		.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
	};
	VkCommandBufferAllocateInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1,
	};
	VkResult result = session->api.vkCreateCommandPool(session->device, &pool_info, NULL, &info.commandPool);

	if (result == VK_SUCCESS)
		result = session->api.vkAllocateCommandBuffers(session->device, &info, commands);
	if (result == VK_SUCCESS)
		result = session->api.vkBeginCommandBuffer(*commands, &begin);
	return result;
}

static VkResult run_commands(const struct vulkan_session *session, VkCommandBuffer commands)
{
	const VkFenceCreateInfo fence_info = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
	const VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &commands,
	};
	VkFence fence;
	VkResult result = session->api.vkEndCommandBuffer(commands);

	if (result == VK_SUCCESS)
		result = session->api.vkCreateFence(session->device, &fence_info, NULL, &fence);
	if (result == VK_SUCCESS)
		result = session->api.vkQueueSubmit(session->queue, 1, &submit, fence);
	if (result == VK_SUCCESS)
		result = session->api.vkWaitForFences(session->device, 1, &fence, VK_TRUE, VULKAN_FENCE_LIMIT_NS);
	return result;
}

static int copy(const struct trial *trial)
{
	VkCommandBuffer commands;
	VkResult result = begin_commands(trial->session, &commands);

	if (result == VK_SUCCESS) {
		record_copy(trial, commands);
		result = run_commands(trial->session, commands);
	}
	return result == VK_SUCCESS ? 0 : _cen_vulkan_report(trial->session, "vkQueueSubmit", result);
}

static int check_request(struct trial *trial)
{
	const struct cen_image_desc *desc = trial->desc;
	char fourcc[5];

	memcpy(fourcc, &desc->fourcc, 4);
	fourcc[4] = '\0';
	trial->format = _cen_vulkan_find_format(desc->fourcc);
	if (!trial->format)
		return _cen_probe_fail(trial->session->call, NULL, EOPNOTSUPP, "Vulkan has no format for %s", fourcc);
	if (desc->width == 0 || desc->height == 0 || desc->plane_count == 0 || desc->object_count == 0)
		return _cen_probe_fail(trial->session->call, NULL, EINVAL, "%ux%u pixels, %u planes, %u objects",
				       desc->width, desc->height, desc->plane_count, desc->object_count);
	return 0;
}

int _cen_vulkan_try(struct vulkan_session *session, const struct probe_request *request)
{
	struct trial trial = {
		.session = session,
		.desc = &request->image,
		.is_render = request->usage == CEN_USAGE_RENDER,
	};
	bool is_cpu = session->properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
	int ret = check_request(&trial);

	if (ret == 0)
		ret = _cen_vulkan_import(session, trial.desc, request->usage, &trial.image);
	/* Of a vendor layout the CPU can make nothing: that it was imported is all there is to know. */
	if (ret < 0 || trial.desc->modifier != CEN_MODIFIER_LINEAR)
		return ret;
	ret = map_objects(&trial);
	if (ret < 0)
		return ret;
	if (!is_mapped(&trial))
		return is_cpu ? _cen_probe_fail(session->call, "mmap", EACCES,
						"the memory cannot be mapped for reading and writing")
			      : 0;
	ret = create_staging(&trial);
	if (ret < 0)
		return ret;
	write_pattern(&trial);
	ret = copy(&trial);
	return ret < 0 ? ret : compare(&trial);
}
