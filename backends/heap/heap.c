/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* dma-heaps: every node of /dev/dma_heap is a source, named after the node. */
#include <dirent.h>
#include <limits.h>
#include <linux/dma-heap.h>
#include <sys/sysinfo.h>

#include "backend-util.h"
#include "names.h"

#define HEAP_DIR "/dev/dma_heap"
#define CMA_DIR "/sys/kernel/mm/cma"

/* A node that was allocated from stays open: opening it anew costs as much as a small allocation. */
struct node {
	struct node *next;
	int fd;
	char path[];
};

struct heap_state {
	const struct cen_host *host;
	struct node *nodes;
};

/* A heap that is being allocated from. */
struct heap {
	const struct cen_host *host;
	const struct cen_source_desc *source;
	int fd;
};

static void closedir_cleanup(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}
#define _cleanup_closedir_ __attribute__((cleanup(closedir_cleanup)))

static int open_state(const struct cen_host *host, struct cen_call *call, void **state)
{
	struct heap_state *heaps = calloc(1, sizeof(*heaps));

	(void)call;
	if (!heaps)
		return -ENOMEM;
	heaps->host = host;
	*state = heaps;
	return 0;
}

static void close_state(void *state)
{
	struct heap_state *heaps = state;

	while (heaps->nodes) {
		struct node *next = heaps->nodes->next;

		close(heaps->nodes->fd);
		free(heaps->nodes);
		heaps->nodes = next;
	}
	free(heaps);
}

/* The fd of a heap's node, which the state keeps; or a negative errno. */
static int get_node(struct heap_state *heaps, struct cen_call *call, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct node *node;

	for (node = heaps->nodes; node; node = node->next) {
		if (strcmp(node->path, path) == 0)
			return node->fd;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(heaps->host, call, "open", errno, "%s: %s", path, strerror(errno));
	node = malloc(sizeof(*node) + strlen(path) + 1);
	if (!node)
		return -ENOMEM;
	memcpy(node->path, path, strlen(path) + 1);
	node->fd = steal_fd(&fd);
	node->next = heaps->nodes;
	heaps->nodes = node;
	return node->fd;
}

/* The CMA area behind a heap, as a folder of sysfs. Returns false, and "", when the kernel shows none. */
static bool find_area(const char *name, char *path, size_t size)
{
	const char *const *areas = _cen_heap_default_areas;

	if ((size_t)snprintf(path, size, CMA_DIR "/%s", name) < size && access(path, F_OK) == 0)
		return true;
	for (; strcmp(name, "default_cma_region") == 0 && *areas; areas++) {
		if ((size_t)snprintf(path, size, CMA_DIR "/%s", *areas) < size && access(path, F_OK) == 0)
			return true;
	}
	path[0] = '\0';
	return false;
}

static uint32_t count_areas(void)
{
	_cleanup_closedir_ DIR *dir = opendir(CMA_DIR);
	struct dirent *entry;
	uint32_t count = 0;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	return count;
}

/* One number of an area, in bytes. Older kernels do not have these files: there the sum over all areas has to do. */
static uint64_t read_area(const char *area, const char *file, const char *meminfo)
{
	uint64_t pages, bytes;
	char path[NAME_MAX + 64];

	if (area[0] && (size_t)snprintf(path, sizeof(path), "%s/%s", area, file) < sizeof(path) &&
	    read_number(path, &pages) && !__builtin_mul_overflow(pages, page_bytes(), &bytes))
		return bytes;
	return count_areas() <= 1 ? read_meminfo(meminfo) : 0;
}

/* area: a folder of sysfs, "" where there is none. */
static uint64_t read_free(uint32_t placement, const char *area)
{
	if (placement == CEN_PLACEMENT_CMA)
		return read_area(area, "available_pages", "CmaFree");
	return placement == CEN_PLACEMENT_SYSTEM ? read_meminfo("MemAvailable") : 0;
}

static uint64_t read_total(uint32_t placement, const char *area)
{
	if (placement == CEN_PLACEMENT_CMA)
		return read_area(area, "total_pages", "CmaTotal");
	return placement == CEN_PLACEMENT_SYSTEM ? read_meminfo("MemTotal") : 0;
}

static int add_heap(struct heap_state *heaps, struct cen_call *call, const char *name, bool has_default)
{
	uint64_t ram_top = read_ram_top();
	char path[NAME_MAX + 32], area[NAME_MAX + 32], help[768];
	bool has_area = find_area(name, area, sizeof(area));
	struct heap_class class = _cen_heap_classify(name, has_area, has_default && _cen_heap_is_default_area(name));
	struct cen_source_desc desc = {
		.size = sizeof(desc),
		.name = name,
		.path = path,
		.note = class.note,
		.provenance = class.provenance,
		.segments = class.segments,
		.placement = class.placement,
		.is_mappable = class.is_mappable,
		.is_cached = class.is_cached,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = class.cost,
		.segment_bytes = page_bytes(),
		.flags = CEN_SOURCE_BYTES | CEN_SOURCE_HEAP,
		.address_max = class.is_low && ram_top > UINT32_MAX ? UINT32_MAX : ram_top,
	};
	struct stat st;
	int ret;

	if ((size_t)snprintf(path, sizeof(path), HEAP_DIR "/%s", name) >= sizeof(path))
		return 0;
	if (stat(path, &st) < 0 || !S_ISCHR(st.st_mode))
		return 0;
	/* Reading is enough: the mode of the buffer's fd is independent of the heap's. */
	desc.access = check_access_mode(path, R_OK,
					"a udev rule giving group video mode 0660 would help (systemd has none; an "
					"example is 70-cenalloc-dma-heap.rules)",
					help, sizeof(help));
	if (desc.access < 0)
		desc.access_help = help;
	desc.max_bytes = read_total(desc.placement, area);
	desc.free_bytes = read_free(desc.placement, area);
	ret = heaps->host->add_source(call, &desc);
	return ret == -ENOMEM ? ret : 0;
}

static int list(void *state, struct cen_call *call)
{
	_cleanup_closedir_ DIR *dir = opendir(HEAP_DIR);
	struct dirent *entry;
	bool has_default;
	int ret;

	/* A kernel without heaps has no such folder. */
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return fail(((struct heap_state *)state)->host, call, "opendir", errno, HEAP_DIR ": %s",
			    strerror(errno));
	has_default = access(HEAP_DIR "/default_cma_region", F_OK) == 0;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		ret = add_heap(state, call, entry->d_name, has_default);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int fail_to_make(struct heap *heap, struct cen_call *call, uint64_t wanted, int errnum)
{
	const char *path = heap->source->path;
	char area[NAME_MAX + 32];
	uint64_t held;

	find_area(heap->source->name, area, sizeof(area));
	held = errnum == ENOMEM ? read_free(heap->source->placement, area) : 0;
	if (held && wanted > held)
		return fail(heap->host, call, "DMA_HEAP_IOCTL_ALLOC", errnum,
			    "%s: wanted %" PRIu64 " bytes, %" PRIu64 " are free", path, wanted, held);
	if (held && heap->source->segments == 1)
		return fail(heap->host, call, "DMA_HEAP_IOCTL_ALLOC", errnum,
			    "%s: wanted %" PRIu64 " bytes, %" PRIu64 " are free, but not in one piece", path, wanted,
			    held);
	return fail(heap->host, call, "DMA_HEAP_IOCTL_ALLOC", errnum, "%s: %" PRIu64 " bytes: %s", path, wanted,
		    strerror(errnum));
}

static int make_object(void *data, struct cen_call *call, const struct cen_image_desc *wish, uint32_t n, int *fd,
		       uint64_t *size)
{
	struct heap *heap = data;
	struct dma_heap_allocation_data alloc = {.len = *size, .fd_flags = O_RDWR | O_CLOEXEC};
	int ret;

	(void)wish;
	(void)n;
	/* Now or never: a dma-buf cannot be opened anew. */
	if (heap->source->fd_mode == CEN_FD_READ_ONLY)
		alloc.fd_flags = O_RDONLY | O_CLOEXEC;
	ret = retry_ioctl(heap->fd, DMA_HEAP_IOCTL_ALLOC, &alloc);
	if (ret < 0)
		return fail_to_make(heap, call, *size, -ret);
	*fd = (int)alloc.fd;
	return 0;
}

/* The kernel bounds nothing: a page heap that is asked for too much calls the OOM killer. */
static int check_memory(const struct cen_host *host, struct cen_call *call, const struct cen_source_desc *source,
			uint64_t wanted)
{
	struct sysinfo info;
	uint64_t held;

	if (source->placement != CEN_PLACEMENT_SYSTEM)
		return 0;
	/* MemAvailable is the right figure and slow to come by: not needed when half of what is free will do. */
	if (sysinfo(&info) == 0 && wanted <= (uint64_t)info.freeram / 2 * info.mem_unit)
		return 0;
	held = read_meminfo("MemAvailable");
	if (held == 0 || wanted <= held)
		return 0;
	return fail(host, call, NULL, ENOMEM, "%s: wanted %" PRIu64 " bytes, the machine has %" PRIu64 " available",
		    source->path, wanted, held);
}

static int allocate(void *state, struct cen_call *call, const struct cen_source_desc *source,
		    const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	const struct cen_host *host = ((struct heap_state *)state)->host;
	int fd, ret;

	*made = 0;
	ret = check_memory(host, call, source, count_bytes(wish, count));
	if (ret < 0)
		return ret;
	fd = get_node(state, call, source->path);
	if (fd < 0)
		return fd;
	return allocate_objects(host, call, wish, count, out, made, make_object,
				&(struct heap){.host = host, .source = source, .fd = fd});
}

static const struct cen_backend backend = {
	.size = sizeof(backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 100,
	.name = "heap",
	.description = "dma-heaps: /dev/dma_heap",
	.open = open_state,
	.close = close_state,
	.list = list,
	.allocate = allocate,
};

CEN_BACKEND_ENTRY(heap);

CEN_BACKEND_ENTRY(heap)
{
	(void)host_abi;
	*out = &backend;
	return 0;
}
