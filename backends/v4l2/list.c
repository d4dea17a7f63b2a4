/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The video nodes there are. Only calls without a side effect: the memory class of a device's own allocator is thus
 * known here only when an earlier describe() learned it.
 */
#include "v4l2.h"

#include <libudev.h>

#include "device-id.h"

static void udev_cleanup(struct udev **udev)
{
	udev_unref(*udev);
}

static void enumerate_cleanup(struct udev_enumerate **enumerate)
{
	udev_enumerate_unref(*enumerate);
}

#define ACCESS_ADVICE "membership of that group, or a udev rule giving group video mode 0660, would help"

/* What udev's own helper found out, for a node that this process may not open. */
static uint32_t usages_by_udev(struct udev_device *device)
{
	const char *caps = udev_device_get_property_value(device, "ID_V4L_CAPABILITIES");

	if (!caps)
		return 0;
	return (strstr(caps, ":capture:") ? CEN_USAGE_BIT(CEN_USAGE_CAPTURE) : 0) |
	       (strstr(caps, ":video_output:") ? CEN_USAGE_BIT(CEN_USAGE_OUTPUT) : 0);
}

static int add_without_access(const struct state *state, struct cen_call *call, struct udev_device *device,
			      const char *path, int err)
{
	const char *name = udev_device_get_sysattr_value(device, "name");
	char help[256], id[DEVICE_ID_SIZE];

	check_access(path, ACCESS_ADVICE, help, sizeof(help));
	if (!help[0])
		snprintf(help, sizeof(help), "%s: %s", path, strerror(-err));
	return state->host->add_device(call, &(struct cen_device_desc){
						     .size = sizeof(struct cen_device_desc),
						     .devnum = udev_device_get_devnum(device),
						     .path = path,
						     .name = name ? name : path,
						     .access_help = help,
						     .usages = usages_by_udev(device),
						     .access = err,
						     .id = _cen_device_id_read(udev_device_get_devnum(device), id),
					     });
}

/* An index that no queue has: a driver with EXPBUF answers EINVAL, or EBUSY while another process owns the queue. */
static bool can_export(const struct session *session)
{
	struct v4l2_exportbuffer request = {.type = session->type, .index = UINT32_MAX, .flags = O_CLOEXEC};

	return call_ioctl(session->fd, VIDIOC_EXPBUF, &request) != -ENOTTY;
}

static void describe_source(const struct queue_memory *memory, struct cen_source_desc *desc)
{
	desc->placement = CEN_PLACEMENT_DEVICE;
	desc->provenance = CEN_PROVENANCE_ASSUMED;
	desc->note = "memory class is learned when the device is described";
	if (!memory || memory->class == MEMORY_UNKNOWN)
		return;
	desc->provenance = CEN_PROVENANCE_PROBED;
	desc->note = memory->exp_name;
	desc->segments = memory->class == MEMORY_CONTIGUOUS;
	desc->placement = memory->class == MEMORY_CONTIGUOUS ? CEN_PLACEMENT_CMA : CEN_PLACEMENT_SYSTEM;
	desc->is_cached = memory->class == MEMORY_MAPPED;
}

static int add_source(const struct session *session, uint32_t usages)
{
	struct buffer_caps caps = _cen_v4l2_buffer_caps(session, true);
	struct cen_source_desc desc = {
		.size = sizeof(desc),
		.cookie = usages,
		.flags = CEN_SOURCE_V4L2,
		.exporter = session->devnum,
		.name = session->path,
		.path = session->path,
		.is_mappable = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = 60,
	};

	if ((caps.is_known && !(caps.flags & V4L2_BUF_CAP_SUPPORTS_MMAP)) || !can_export(session))
		return 0;
	describe_source(_cen_v4l2_memory_recall(session->state, session->devnum, session->type,
						(const char *)session->capability.bus_info),
			&desc);
	return session->state->host->add_source(session->call, &desc);
}

/* Returns 0 also for a node that is none of ours, or is gone again. */
static int add_node(struct state *state, struct cen_call *call, struct udev_device *device)
{
	const char *path = udev_device_get_devnode(device);
	uint64_t devnum = udev_device_get_devnum(device);
	_cleanup_session_ struct session session = {.state = state, .call = call, .path = path, .fd = -1};
	char id[DEVICE_ID_SIZE];
	uint32_t usages;
	int ret;

	/* vbi*, radio*, swradio*, v4l-touch* and v4l-subdev* are of the subsystem too. */
	if (!path || strncmp(path, "/dev/video", 10) != 0)
		return 0;
	session.devnum = devnum;
	ret = _cen_v4l2_open_node(path, devnum, &session.fd);
	if (ret == -ENOENT || ret == -ENODEV || ret == -ENXIO)
		return 0;
	if (ret < 0)
		return add_without_access(state, call, device, path, ret);
	ret = call_ioctl(session.fd, VIDIOC_QUERYCAP, &session.capability);
	if (ret < 0 && ret != -ENODEV && ret != -ENOTTY)
		warn(state->host, call, "%s: left out: VIDIOC_QUERYCAP: %s", path, strerror(-ret));
	if (ret < 0)
		return 0;
	session.device_caps = session.capability.capabilities & V4L2_CAP_DEVICE_CAPS ? session.capability.device_caps
										     : session.capability.capabilities;
	usages = _cen_v4l2_usages(session.fd, session.device_caps);
	if (!usages)
		return 0;
	session.is_output = !(usages & (CEN_USAGE_BIT(CEN_USAGE_CAPTURE) | CEN_USAGE_BIT(CEN_USAGE_DECODE)));
	session.type = _cen_v4l2_queue_type(session.device_caps, session.is_output);
	ret = state->host->add_device(call, &(struct cen_device_desc){
						    .size = sizeof(struct cen_device_desc),
						    .devnum = devnum,
						    .path = path,
						    .name = (const char *)session.capability.card,
						    .driver = (const char *)session.capability.driver,
						    .usages = usages,
						    .id = _cen_device_id_read(devnum, id),
					    });
	return ret < 0 ? ret : add_source(&session, usages);
}

/* A device of a scan. */
struct node {
	struct udev_device *device;
	unsigned long number;
};

/* video2 before video10. */
static int compare_nodes(const void *a, const void *b)
{
	const struct node *left = a, *right = b;

	return (left->number > right->number) - (left->number < right->number);
}

/* The devices of a scan, in the order of their numbers. Those that are gone again are left out. */
static int collect(struct udev *udev, struct udev_enumerate *enumerate, struct node **out, size_t *count)
{
	struct udev_list_entry *entry;
	struct node *nodes = NULL;

	*count = 0;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(enumerate))
	{
		struct node *grown = reallocarray(nodes, *count + 1, sizeof(*nodes));
		const char *number;

		if (!grown)
			break;
		nodes = grown;
		nodes[*count].device = udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));
		if (!nodes[*count].device)
			continue;
		number = udev_device_get_sysnum(nodes[*count].device);
		nodes[*count].number = number ? strtoul(number, NULL, 10) : 0;
		(*count)++;
	}
	*out = nodes;
	if (entry)
		return -ENOMEM;
	if (*count)
		qsort(nodes, *count, sizeof(*nodes), compare_nodes);
	return 0;
}

int _cen_v4l2_list(void *data, struct cen_call *call)
{
	__attribute__((cleanup(udev_cleanup))) struct udev *udev = udev_new();
	__attribute__((cleanup(enumerate_cleanup))) struct udev_enumerate *enumerate = NULL;
	_cleanup_free_ struct node *nodes = NULL;
	struct state *state = data;
	size_t count;
	int ret;

	if (udev)
		enumerate = udev_enumerate_new(udev);
	if (!enumerate || udev_enumerate_add_match_subsystem(enumerate, "video4linux") < 0)
		return fail(state->host, call, "udev_enumerate_new", ENOMEM, "no memory to enumerate video4linux");
	/* A system without the subsystem has no list to scan. */
	if (udev_enumerate_scan_devices(enumerate) < 0)
		return 0;
	ret = collect(udev, enumerate, &nodes, &count);
	for (size_t i = 0; i < count; i++) {
		int added = ret < 0 ? 0 : add_node(state, call, nodes[i].device);

		/* One node that the host does not take hides no other. */
		if (added == -ENOMEM)
			ret = added;
		udev_device_unref(nodes[i].device);
	}
	return ret;
}
