/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Private to the probe program, where Vulkan is loaded. */
#pragma once

#include <vulkan/vulkan.h>

#include "backend-util.h"
#include "probe/server.h"
#include "vulkan-info.h"

/* How long the GPU may take for a copy. */
#define VULKAN_FENCE_LIMIT_NS 5000000000ull

#define VULKAN_INSTANCE_FUNCTIONS(X)                                                                                   \
	X(vkEnumeratePhysicalDevices)                                                                                  \
	X(vkEnumerateDeviceExtensionProperties)                                                                        \
	X(vkGetPhysicalDeviceProperties2)                                                                              \
	X(vkGetPhysicalDeviceQueueFamilyProperties)                                                                    \
	X(vkGetPhysicalDeviceMemoryProperties)                                                                         \
	X(vkGetPhysicalDeviceFormatProperties2)                                                                        \
	X(vkGetPhysicalDeviceImageFormatProperties2)                                                                   \
	X(vkCreateDevice)                                                                                              \
	X(vkGetDeviceProcAddr)

#define VULKAN_DEVICE_FUNCTIONS(X)                                                                                     \
	X(vkGetDeviceQueue)                                                                                            \
	X(vkCreateImage)                                                                                               \
	X(vkDestroyImage)                                                                                              \
	X(vkGetImageMemoryRequirements2)                                                                               \
	X(vkGetImageSubresourceLayout)                                                                                 \
	X(vkGetImageDrmFormatModifierPropertiesEXT)                                                                    \
	X(vkBindImageMemory2)                                                                                          \
	X(vkCreateBuffer)                                                                                              \
	X(vkGetBufferMemoryRequirements)                                                                               \
	X(vkBindBufferMemory)                                                                                          \
	X(vkAllocateMemory)                                                                                            \
	X(vkFreeMemory)                                                                                                \
	X(vkMapMemory)                                                                                                 \
	X(vkGetMemoryFdKHR)                                                                                            \
	X(vkGetMemoryFdPropertiesKHR)                                                                                  \
	X(vkCreateCommandPool)                                                                                         \
	X(vkAllocateCommandBuffers)                                                                                    \
	X(vkBeginCommandBuffer)                                                                                        \
	X(vkEndCommandBuffer)                                                                                          \
	X(vkCmdPipelineBarrier)                                                                                        \
	X(vkCmdCopyImageToBuffer)                                                                                      \
	X(vkCmdCopyBufferToImage)                                                                                      \
	X(vkCreateFence)                                                                                               \
	X(vkWaitForFences)                                                                                             \
	X(vkQueueSubmit)

struct vulkan_api {
#define VULKAN_FIELD(name) PFN_##name name;
	VULKAN_INSTANCE_FUNCTIONS(VULKAN_FIELD)
	VULKAN_DEVICE_FUNCTIONS(VULKAN_FIELD)
#undef VULKAN_FIELD
};

/* The driver of one device. The process ends after one request: little of it is ever freed. */
struct vulkan_session {
	struct probe_call *call;
	const char *path; /* of the device, for messages */
	struct vulkan_api api;
	PFN_vkGetInstanceProcAddr get_proc;
	VkInstance instance;
	VkPhysicalDevice physical;
	VkPhysicalDeviceProperties properties;
	VkPhysicalDeviceDriverProperties driver;
	VkPhysicalDeviceMemoryProperties memory;
	bool has_foreign; /* VK_EXT_queue_family_foreign */
	VkDevice device;
	uint32_t family;
	VkQueue queue;
};

/* A format, and how its planes lie in a buffer that it is copied to. */
struct vulkan_format {
	uint32_t fourcc;
	VkFormat format;
	uint8_t plane_count;
	uint8_t bytes[3]; /* per sample of a plane */
	uint8_t hsub, vsub; /* of planes 1 and 2 */
};

/* NULL for a fourcc that Vulkan does not have. */
const struct vulkan_format *_cen_vulkan_find_format(uint32_t fourcc);

/* Load the library and find the request's device. Returns 0 or what _cen_probe_fail() returned, as all that follow do. */
int _cen_vulkan_session_open(struct vulkan_session *session, const struct probe_request *request);
/* A logical device, needed for everything but questions. */
int _cen_vulkan_session_start(struct vulkan_session *session);

/* _cen_probe_fail() of a Vulkan call. */
int _cen_vulkan_report(struct vulkan_session *session, const char *function, VkResult result);

/* The first type of memory among those in bits that has the flags, else any of them. Returns false for no bits. */
bool _cen_vulkan_find_memory_type(const struct vulkan_session *session, uint32_t bits, VkMemoryPropertyFlags flags,
				  uint32_t *type);

/* Tell what the driver takes. */
int _cen_vulkan_send_formats(struct vulkan_session *session);

/* What an image of the usage is used for in Vulkan; copies included, which the trial makes. */
VkImageUsageFlags _cen_vulkan_image_usage(uint32_t usage);

/*
 * An image with the layout of a description, without memory: what a driver refuses here it does not import.
 * Sets *image to VK_NULL_HANDLE on failure.
 */
VkResult _cen_vulkan_create_explicit(const struct vulkan_session *session, const struct cen_image_desc *desc,
				     uint32_t usage, VkImage *image);

/* An image with the memory of the description's objects. */
int _cen_vulkan_import(struct vulkan_session *session, const struct cen_image_desc *desc, uint32_t usage,
		       VkImage *image);

/* Import the request's image, and compare its pixels with those that the CPU sees. */
int _cen_vulkan_try(struct vulkan_session *session, const struct probe_request *request);

/* Make the images of the request and send them. */
int _cen_vulkan_make(struct vulkan_session *session, const struct probe_request *request);
