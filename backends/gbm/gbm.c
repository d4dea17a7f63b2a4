/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* GPUs as libgbm drives them: the table of the backend, and a GPU opened for one call. */
#include <link.h>
#include <xf86drm.h>

#include "gpu.h"
#include "syncobj.h"

/* Kept free for a driver: about twice what one of Mesa 25.0 opens. */
#define DRIVER_FDS 16

static int open_state(const struct cen_host *host, struct cen_call *call, void **out)
{
	struct gbm_state *state = calloc(1, sizeof(*state));

	if (!state)
		return host->fail(call, NULL, ENOMEM, NULL);
	state->host = host;
	*out = state;
	return 0;
}

static void close_state(void *data)
{
	struct gbm_state *state = data;

	if (!state)
		return;
	free(state->answers);
	free(state);
}

int _cen_gbm_get_errno(void)
{
	return errno > 0 ? errno : EOPNOTSUPP;
}

/* As every node is opened anew, its handles never meet the application's. Nobody here wants to be master. */
static int open_node(const char *path, uint64_t devnum, int *out)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENXIO ? -ENODEV : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || (devnum && st.st_rdev != devnum))
		return -ENODEV;
	if (drmGetNodeTypeFromFd(fd) == DRM_NODE_PRIMARY && drmIsMaster(fd))
		drmDropMaster(fd);
	*out = steal_fd(&fd);
	return 0;
}

/*
 * Whether so many file descriptors are free: Mesa's drivers open several, and where one of them fails, lose the others.
 * Returns 0 or a negative errno.
 */
static int check_room(int fd)
{
	int fds[DRIVER_FDS], count = 0, ret = 0;

	while (ret == 0 && count < DRIVER_FDS) {
		fds[count] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (fds[count] < 0)
			ret = -errno;
		else
			count++;
	}
	while (count > 0)
		close(fds[--count]);
	return ret;
}

int _cen_gbm_gpu_open(const struct cen_host *host, struct cen_call *call, const char *path, uint64_t devnum,
		      uint64_t driver, struct gbm_gpu *gpu)
{
	int ret;

	*gpu = (struct gbm_gpu){.fd = -1, .path = path, .devnum = devnum, .driver = _cen_gbm_driver_get(driver)};
	ret = open_node(path, devnum, &gpu->fd);
	if (ret == -ENODEV)
		return fail(host, call, "open", ENODEV, "%s is gone, or another device now", path);
	if (ret < 0)
		return fail(host, call, "open", -ret, "%s: %s", path, strerror(-ret));
	ret = check_room(gpu->fd);
	if (ret < 0) {
		_cen_gbm_gpu_close(gpu);
		return fail(host, call, "fcntl", -ret, "%s: a driver needs %d file descriptors to be free: %s", path,
			    DRIVER_FDS, strerror(-ret));
	}
	errno = 0;
	gpu->device = gbm_create_device(gpu->fd);
	if (gpu->device)
		return 0;
	ret = _cen_gbm_get_errno();
	_cen_gbm_gpu_close(gpu);
	return fail(host, call, "gbm_create_device", ret, "%s: Mesa has no driver for it: %s", path, strerror(ret));
}

void _cen_gbm_gpu_close(struct gbm_gpu *gpu)
{
	if (gpu->device)
		gbm_device_destroy(gpu->device);
	gpu->device = NULL;
	if (gpu->fd >= 0)
		close(gpu->fd);
	gpu->fd = -1;
}

/* Since 24.3 all of Mesa's drivers are in one library that has the version in its name. */
static int find_version(struct dl_phdr_info *info, size_t size, void *data)
{
	const char *slash = strrchr(info->dlpi_name ? info->dlpi_name : "", '/');
	unsigned int *version = data;

	(void)size;
	return slash && sscanf(slash, "/libgallium-%u.%u", &version[0], &version[1]) == 2;
}

bool _cen_gbm_maps_foreign_buffers(void)
{
	unsigned int version[2] = {0, 0};

	dl_iterate_phdr(find_version, version);
	return version[0] > 25 || (version[0] == 25 && version[1] >= 3);
}

bool _cen_gbm_find_flags(uint32_t usage, uint32_t *flags)
{
	switch (usage) {
	case CEN_USAGE_TEXTURE:
		/* Every buffer of GBM can be sampled: it has no flag for that. */
		*flags = 0;
		return true;
	case CEN_USAGE_RENDER:
		*flags = GBM_BO_USE_RENDERING;
		return true;
	case CEN_USAGE_SCANOUT:
		*flags = GBM_BO_USE_SCANOUT;
		return true;
	case CEN_USAGE_CURSOR:
		*flags = GBM_BO_USE_CURSOR;
		return true;
	default:
		return false;
	}
}

static int sync_timeline(void *state, struct cen_call *call, const struct cen_device_desc *device,
			 struct cen_sync_op *op)
{
	return syncobj_run(((const struct gbm_state *)state)->host, call, device, op);
}

static const struct cen_backend backend = {
	.size = sizeof(backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 120,
	.name = "gbm",
	.description = "GPUs as allocators: what libgbm makes on /dev/dri/*",
	.open = open_state,
	.close = close_state,
	.list = _cen_gbm_list,
	.describe = _cen_gbm_describe,
	.try_import = _cen_gbm_try_import,
	.allocate = _cen_gbm_allocate,
	.sync = sync_timeline,
};

CEN_BACKEND_ENTRY(gbm);

CEN_BACKEND_ENTRY(gbm)
{
	(void)host_abi;
	*out = &backend;
	return 0;
}
