/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Loads Vulkan and finds the device that a node is of. */
#include <dlfcn.h>
#include <sys/sysmacros.h>

#include "probe-vulkan.h"

#define MAX_DEVICES 16
#define MAX_EXTENSIONS 512

static const char *const needed[] = {
	VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
	VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
	VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME,
};

int _cen_vulkan_report(struct vulkan_session *session, const char *function, VkResult result)
{
	static const struct {
		VkResult result;
		int errnum;
		const char *text;
	} results[] = {
		{VK_ERROR_OUT_OF_HOST_MEMORY, ENOMEM, "VK_ERROR_OUT_OF_HOST_MEMORY"},
		{VK_ERROR_OUT_OF_DEVICE_MEMORY, ENOMEM, "VK_ERROR_OUT_OF_DEVICE_MEMORY"},
		{VK_ERROR_DEVICE_LOST, EIO, "VK_ERROR_DEVICE_LOST"},
		{VK_ERROR_FORMAT_NOT_SUPPORTED, EINVAL, "VK_ERROR_FORMAT_NOT_SUPPORTED"},
		{VK_ERROR_INVALID_EXTERNAL_HANDLE, EINVAL, "VK_ERROR_INVALID_EXTERNAL_HANDLE: not memory for it"},
		{VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT, EINVAL,
		 "VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT: stride or offset is not to its liking"},
		{VK_ERROR_TOO_MANY_OBJECTS, EMFILE, "VK_ERROR_TOO_MANY_OBJECTS"},
		{VK_ERROR_INCOMPATIBLE_DRIVER, ENODEV, "VK_ERROR_INCOMPATIBLE_DRIVER"},
		{VK_TIMEOUT, ETIMEDOUT, "VK_TIMEOUT"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(results); i++) {
		if (results[i].result == result)
			return _cen_probe_fail(session->call, function, results[i].errnum, "%s", results[i].text);
	}
	return _cen_probe_fail(session->call, function, EIO, "VkResult %d", (int)result);
}

/*
 * Less to load is less time, and fewer ways to crash: no layers, and of the drivers the one that is wanted. What the
 * user has set himself stays.
 */
static void set_loader_options(const struct probe_request *request)
{
	setenv("VK_LOADER_LAYERS_DISABLE", "~implicit~", 0);
	if (request->flags & PROBE_FLAG_SOFTWARE)
		setenv("VK_LOADER_DRIVERS_SELECT", "lvp*", 0);
}

static int load(struct vulkan_session *session)
{
	void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
	const VkApplicationInfo application = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.pApplicationName = "cenalloc",
		.apiVersion = VK_API_VERSION_1_1,
	};
	const VkInstanceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &application,
	};
	PFN_vkCreateInstance create;
	VkResult result;

	if (!library)
		return _cen_probe_fail(session->call, "dlopen", ENOENT, "libvulkan.so.1 is not installed");
	session->get_proc = (PFN_vkGetInstanceProcAddr)dlsym(library, "vkGetInstanceProcAddr");
	create = session->get_proc ? (PFN_vkCreateInstance)session->get_proc(NULL, "vkCreateInstance") : NULL;
	if (!create)
		return _cen_probe_fail(session->call, "dlsym", ENOENT, "libvulkan.so.1 has no vkCreateInstance");
	result = create(&info, NULL, &session->instance);
	return result == VK_SUCCESS ? 0 : _cen_vulkan_report(session, "vkCreateInstance", result);
}

static int load_instance_functions(struct vulkan_session *session)
{
#define LOAD(name) session->api.name = (PFN_##name)session->get_proc(session->instance, #name);
#define IS_MISSING(name) || !session->api.name
	VULKAN_INSTANCE_FUNCTIONS(LOAD)
	if (false VULKAN_INSTANCE_FUNCTIONS(IS_MISSING))
		return _cen_probe_fail(session->call, "vkGetInstanceProcAddr", ENOSYS,
				       "the Vulkan loader lacks a function of version 1.1");
	return 0;
#undef LOAD
}

static int load_device_functions(struct vulkan_session *session)
{
#define LOAD(name) session->api.name = (PFN_##name)session->api.vkGetDeviceProcAddr(session->device, #name);
	VULKAN_DEVICE_FUNCTIONS(LOAD)
	if (false VULKAN_DEVICE_FUNCTIONS(IS_MISSING))
		return _cen_probe_fail(session->call, "vkGetDeviceProcAddr", ENOSYS,
				       "the driver lacks a function of version 1.1");
	return 0;
#undef LOAD
#undef IS_MISSING
}

static uint32_t list_extensions(const struct vulkan_session *session, VkPhysicalDevice device,
				VkExtensionProperties *extensions)
{
	uint32_t count = MAX_EXTENSIONS;

	if (session->api.vkEnumerateDeviceExtensionProperties(device, NULL, &count, extensions) < 0)
		return 0;
	return count;
}

static bool has_extension(const VkExtensionProperties *extensions, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(extensions[i].extensionName, name) == 0)
			return true;
	}
	return false;
}

static bool is_number(bool has, int64_t number_major, int64_t number_minor, uint64_t devnum)
{
	return has && number_major == major(devnum) && number_minor == minor(devnum);
}

/* Whether a physical device is the one asked for. Devices that draw by CPU have no node. */
static bool is_device(struct vulkan_session *session, VkPhysicalDevice device, const struct probe_request *request,
		      const VkExtensionProperties *extensions, uint32_t extension_count)
{
	VkPhysicalDeviceDrmPropertiesEXT drm = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRM_PROPERTIES_EXT};
	VkPhysicalDeviceProperties2 properties = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
	bool has_drm = has_extension(extensions, extension_count, VK_EXT_PHYSICAL_DEVICE_DRM_EXTENSION_NAME);

	session->driver = (VkPhysicalDeviceDriverProperties){
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES,
		.pNext = has_drm ? &drm : NULL,
	};
	properties.pNext = &session->driver;
	session->api.vkGetPhysicalDeviceProperties2(device, &properties);
	session->properties = properties.properties;
	if (request->flags & PROBE_FLAG_SOFTWARE)
		return properties.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
	return has_drm && (is_number(drm.hasRender, drm.renderMajor, drm.renderMinor, request->devnum) ||
			   is_number(drm.hasPrimary, drm.primaryMajor, drm.primaryMinor, request->devnum));
}

static int check_extensions(struct vulkan_session *session, const VkExtensionProperties *extensions, uint32_t count)
{
	for (size_t i = 0; i < ARRAY_LENGTH(needed); i++) {
		if (!has_extension(extensions, count, needed[i]))
			return _cen_probe_fail(session->call, NULL, EOPNOTSUPP, "%s %s has no %s",
					       session->driver.driverName, session->driver.driverInfo, needed[i]);
	}
	session->has_foreign = has_extension(extensions, count, VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME);
	return 0;
}

int _cen_vulkan_session_open(struct vulkan_session *session, const struct probe_request *request)
{
	_cleanup_free_ VkExtensionProperties *extensions = calloc(MAX_EXTENSIONS, sizeof(*extensions));
	VkPhysicalDevice devices[MAX_DEVICES];
	uint32_t count = MAX_DEVICES, extension_count;
	VkResult result;
	int ret = -ENOMEM;

	set_loader_options(request);
	if (extensions)
		ret = load(session);
	if (ret == 0)
		ret = load_instance_functions(session);
	if (ret < 0)
		return ret;
	result = session->api.vkEnumeratePhysicalDevices(session->instance, &count, devices);
	if (result < 0)
		return _cen_vulkan_report(session, "vkEnumeratePhysicalDevices", result);
	for (uint32_t i = 0; i < count; i++) {
		extension_count = list_extensions(session, devices[i], extensions);
		if (!is_device(session, devices[i], request, extensions, extension_count))
			continue;
		session->physical = devices[i];
		session->api.vkGetPhysicalDeviceMemoryProperties(devices[i], &session->memory);
		return check_extensions(session, extensions, extension_count);
	}
	return _cen_probe_fail(session->call, "vkEnumeratePhysicalDevices", EOPNOTSUPP,
			       "none of %u Vulkan devices is of this node", count);
}

/* Any queue that copies. */
static uint32_t find_family(const struct vulkan_session *session)
{
	VkQueueFamilyProperties families[16];
	uint32_t count = ARRAY_LENGTH(families);

	session->api.vkGetPhysicalDeviceQueueFamilyProperties(session->physical, &count, families);
	for (uint32_t i = 0; i < count; i++) {
		if (families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT)
			return i;
	}
	return 0;
}

int _cen_vulkan_session_start(struct vulkan_session *session)
{
	static const float priority = 1;
	const char *names[ARRAY_LENGTH(needed) + 2];
	uint32_t count = 0;
	VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	const VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.ppEnabledExtensionNames = names,
		.enabledExtensionCount = ARRAY_LENGTH(needed) + session->has_foreign,
	};
	VkResult result;
	int ret;

	for (; count < ARRAY_LENGTH(needed); count++)
		names[count] = needed[count];
	names[count] = VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME;
	session->family = queue.queueFamilyIndex = find_family(session);
	result = session->api.vkCreateDevice(session->physical, &info, NULL, &session->device);
	if (result < 0)
		return _cen_vulkan_report(session, "vkCreateDevice", result);
	ret = load_device_functions(session);
	if (ret == 0)
		session->api.vkGetDeviceQueue(session->device, session->family, 0, &session->queue);
	return ret;
}

bool _cen_vulkan_find_memory_type(const struct vulkan_session *session, uint32_t bits, VkMemoryPropertyFlags flags,
				  uint32_t *type)
{
	for (uint32_t i = 0; i < session->memory.memoryTypeCount; i++) {
		if (bits & 1u << i && (session->memory.memoryTypes[i].propertyFlags & flags) == flags) {
			*type = i;
			return true;
		}
	}
	*type = bits ? (uint32_t)__builtin_ctz(bits) : 0;
	return bits && *type < session->memory.memoryTypeCount;
}
