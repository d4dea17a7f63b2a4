/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "dma-buf.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

_Static_assert(DMA_BUF_ACCESS_READ == DMA_BUF_SYNC_READ && DMA_BUF_ACCESS_WRITE == DMA_BUF_SYNC_WRITE,
	       "the bits of access are the kernel's");

/* Exporters that wait for a device answer EAGAIN, too, as the header of the kernel says. */
static int retry(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : 0;
}

int _cen_dma_buf_begin(int fd, uint32_t access)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | access};

	return retry(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

int _cen_dma_buf_end(int fd, uint32_t access)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_END | access};

	return retry(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

int _cen_dma_buf_export_fence(int fd, uint32_t access)
{
	struct dma_buf_export_sync_file wish = {.flags = access, .fd = -1};
	int ret = retry(fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &wish);

	return ret < 0 ? ret : wish.fd;
}

int _cen_dma_buf_import_fence(int fd, uint32_t access, int fence)
{
	struct dma_buf_import_sync_file wish = {.flags = access, .fd = fence};

	return retry(fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &wish);
}

int _cen_dma_buf_set_name(int fd, const char *name)
{
	return retry(fd, DMA_BUF_SET_NAME_B, (void *)(uintptr_t)name);
}

int _cen_sync_file_merge(int a, int b)
{
	struct sync_merge_data merge = {.name = "cenalloc", .fd2 = b, .fence = -1};
	int ret = retry(a, SYNC_IOC_MERGE, &merge);

	return ret < 0 ? ret : merge.fence;
}

int _cen_sync_file_get_status(int fd, int *status)
{
	struct sync_file_info info = {.num_fences = 0};
	int ret = retry(fd, SYNC_IOC_FILE_INFO, &info);

	*status = info.status;
	return ret;
}

void _cen_dma_buf_get_exporter(int fd, char *name, size_t size)
{
	static const char key[] = "exp_name:";
	char path[64], line[256];
	FILE *file;

	snprintf(name, size, "an unknown exporter");
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(name, size, "%s", line + strlen(key) + strspn(line + strlen(key), " \t"));
	}
	if (file)
		fclose(file);
}
