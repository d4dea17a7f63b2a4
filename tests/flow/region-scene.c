/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The scene of the tests of regions. */
#include "region-scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "page-map.h"

static atomic_int begun, ended;

int scene_get_begun(void)
{
	return begun;
}

int scene_get_ended(void)
{
	return ended;
}

static int begin(uint64_t bytes, uint64_t granularity, void **state)
{
	begun++;
	return bytes == SCENE_BAD_BYTES ? -EDOM : page_map_init(bytes, granularity, state);
}

static void end(void *state)
{
	ended++;
	page_map_cleanup(state);
}

/* clang-format off */
#define ALGORITHM(word) { \
	.size = sizeof(struct cen_region_algorithm), .name = word, .description = "first fit", .init = begin, \
	.cleanup = end, .alloc = page_map_alloc, .free = page_map_free, .get_largest_free = page_map_get_largest_free, \
}
/* clang-format on */

const struct cen_region_algorithm scene_algorithm = ALGORITHM("first-fit");
const struct cen_region_algorithm scene_other_algorithm = ALGORITHM("other-fit");
static const struct cen_region_algorithm second = ALGORITHM("first-fit");
static const struct cen_region_algorithm nameless = ALGORITHM("");

static int list_nothing(void *state, struct cen_call *call)
{
	(void)state;
	(void)call;
	return 0;
}

static const struct cen_region_algorithm *const algorithms[] = {&scene_algorithm, &second, &nameless};

const struct cen_backend scene_backend = {
	.size = sizeof(scene_backend),
	.abi = CEN_BACKEND_ABI,
	.priority = 1,
	.name = "scene",
	.description = "algorithms only",
	.list = list_nothing,
	.algorithms = algorithms,
	.algorithm_count = 3,
};

void scene_start(struct flow *flow)
{
	flow_start_context(flow, CEN_CONTEXT_NO_PLUGINS,
			   "device /dev/fake-camera usages=capture\n"
			   "cap /dev/fake-camera capture XR24 LINEAR offset-max=0@derived\n"
			   "cap /dev/fake-camera capture NV12 LINEAR offset-max=0@derived objects=per-plane\n"
			   "device /dev/fake-display usages=scanout\n"
			   "cap /dev/fake-display scanout XR24 LINEAR offset-align=65536\n"
			   "cap /dev/fake-display scanout AR24 LINEAR offset-align=12\n"
			   "cap /dev/fake-display scanout NV12 LINEAR offset-align=8192 objects=per-plane\n"
			   "source scattered cost=10\n"
			   "source plain segments=1 placement=cma cost=100\n"
			   "source small max=16384\n"
			   "source cuttable carved=1\n");
	assert_int_equal(cen_context_add_backend(flow->ctx, &scene_backend, NULL), 0);
	assert_int_equal(cen_machine_create_live(flow->ctx, 0, &flow->machine, NULL), 0);
}

struct cen_region_desc scene_desc(const char *name, const char *source, uint64_t bytes)
{
	struct cen_region_desc desc = CEN_REGION_DESC_INIT;

	desc.name = name;
	desc.source = source;
	desc.bytes = bytes;
	desc.algorithm = "first-fit";
	return desc;
}

struct cen_region *scene_region(struct flow *flow, const char *name, const char *source, uint64_t bytes)
{
	const struct cen_region_desc desc = scene_desc(name, source, bytes);
	struct cen_region *region;
	struct cen_error *err = NULL;

	if (cen_region_create(flow->machine, &desc, &region, &err) < 0)
		fail_msg("%s", cen_error_get_message(err));
	return region;
}

struct cen_region_info scene_info(struct cen_region *region)
{
	struct cen_region_info info = {.size = sizeof(info)};

	assert_int_equal(cen_region_get_info(region, &info), 0);
	return info;
}

int scene_memfd(uint64_t bytes)
{
	int fd = memfd_create("scene", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	return fd;
}
