/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The states of a buffer against a model of a few lines: random calls, and after each the library's answer, the source of
 * the memory, the generation, the attachments and the count of violations are what the model says.
 */
#include "life-scene.h"

#define SLOTS 6
#define RUNS 300
#define STEPS 60

enum device {
	CAMERA,
	DISPLAY,
	GPU,
	ODD,
	DEVICES,
};

static const struct {
	const char *path;
	uint32_t usage;
} devices[DEVICES] = {
	[CAMERA] = {"/dev/fake-camera", CEN_USAGE_CAPTURE},
	[DISPLAY] = {"/dev/fake-display", CEN_USAGE_SCANOUT},
	[GPU] = {"/dev/fake-gpu", CEN_USAGE_TEXTURE},
	[ODD] = {"/dev/fake-odd", CEN_USAGE_SCANOUT},
};

/* What the model knows: who is attached, what the memory is like. */
struct model {
	bool can_migrate, is_frozen;
	uint32_t expected, generation, violations;
	/* The memory: 0 none. */
	bool has_memory, is_contiguous, is_xr24;
	uint32_t stride;
	struct {
		bool is_used;
		enum device device;
		uint32_t maps;
		uint32_t order;
	} slots[SLOTS];
	uint32_t orders;
};

static uint32_t random_state;

static uint32_t pick(uint32_t bound)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % bound;
}

static uint32_t count_attached(const struct model *model)
{
	uint32_t count = 0;

	for (int n = 0; n < SLOTS; n++)
		count += model->slots[n].is_used;
	return count;
}

static bool is_attached(const struct model *model, enum device device)
{
	for (int n = 0; n < SLOTS; n++) {
		if (model->slots[n].is_used && model->slots[n].device == device)
			return true;
	}
	return false;
}

static bool is_any_mapped(const struct model *model)
{
	for (int n = 0; n < SLOTS; n++) {
		if (model->slots[n].is_used && model->slots[n].maps)
			return true;
	}
	return false;
}

/* The memory that those attached (and one more) get when it is made anew. */
static void make_memory(struct model *model, enum device more)
{
	bool camera = more == CAMERA || is_attached(model, CAMERA), gpu = more == GPU || is_attached(model, GPU);

	model->has_memory = true;
	model->is_contiguous = camera;
	model->is_xr24 = more == ODD || is_attached(model, ODD);
	model->stride = model->is_xr24 ? 2560 : gpu ? 768 : 640;
	model->generation++;
}

static bool shares_format(const struct model *model, enum device device)
{
	for (int n = 0; n < SLOTS; n++) {
		if (model->slots[n].is_used && (model->slots[n].device == ODD) != (device == ODD))
			return false;
	}
	return true;
}

static bool suits(const struct model *model, enum device device)
{
	return (device == ODD) == model->is_xr24 && (device != CAMERA || model->is_contiguous) &&
	       (device != GPU || model->stride % 256 == 0);
}

static int expect_attach(struct model *model, enum device device)
{
	if (model->has_memory || model->is_frozen)
		model->violations++;
	if (!model->has_memory)
		return shares_format(model, device) ? 0 : -EINVAL;
	if (suits(model, device))
		return 0;
	/* Moving keeps the format. */
	if (!shares_format(model, device) || (device == ODD) != model->is_xr24)
		return -EINVAL;
	if (!model->can_migrate || is_any_mapped(model))
		return -EBUSY;
	make_memory(model, device);
	return 0;
}

static int expect_map(struct model *model, int slot)
{
	if (!model->has_memory) {
		if (!model->is_frozen && count_attached(model) < model->expected) {
			model->violations++;
			return -EBUSY;
		}
		make_memory(model, DEVICES);
	}
	model->slots[slot].maps++;
	return 0;
}

static int expect_detach(struct model *model, int slot)
{
	if (model->slots[slot].maps) {
		model->violations++;
		return -EBUSY;
	}
	model->slots[slot].is_used = false;
	return 0;
}

static int expect_unmap(struct model *model, int slot)
{
	if (!model->slots[slot].maps) {
		model->violations++;
		return -EINVAL;
	}
	model->slots[slot].maps--;
	return 0;
}

static void check_attachments(struct scene *scene, const struct model *model)
{
	struct cen_attachment_info info = {.size = sizeof(info)};
	uint32_t index = 0, last = 0;

	for (uint32_t n = 0; n < count_attached(model); n++) {
		int next = -1;

		/* In the order of attaching. */
		for (int slot = 0; slot < SLOTS; slot++) {
			if (model->slots[slot].is_used && model->slots[slot].order > last &&
			    (next < 0 || model->slots[slot].order < model->slots[next].order))
				next = slot;
		}
		last = model->slots[next].order;
		assert_int_equal(cen_buffer_get_attachment_info(scene->buffer, index++, &info), 0);
		assert_string_equal(info.name, devices[model->slots[next].device].path);
		assert_int_equal(info.maps, model->slots[next].maps);
	}
	assert_int_equal(cen_buffer_get_attachment_info(scene->buffer, index, &info), -EINVAL);
}

static void check(struct scene *scene, const struct model *model)
{
	struct cen_buffer_plane plane;

	assert_source(scene, !model->has_memory ? "" : model->is_contiguous ? "contiguous" : "scattered");
	assert_int_equal(cen_buffer_get_generation(scene->buffer), model->generation);
	assert_int_equal(cen_buffer_get_violation_count(scene->buffer), model->violations);
	assert_int_equal(cen_buffer_get_plane(scene->buffer, 0, &plane), model->has_memory ? 0 : -EINVAL);
	if (model->has_memory)
		assert_int_equal(plane.stride, model->stride);
	check_attachments(scene, model);
}

static void attach_one(struct scene *scene, struct model *model, struct cen_attachment **attachments)
{
	enum device device = (enum device)pick(DEVICES);
	int slot = 0;

	while (slot < SLOTS && model->slots[slot].is_used)
		slot++;
	if (slot == SLOTS)
		return;
	assert_int_equal(scene_try_attach(scene, devices[device].usage, devices[device].path, &attachments[slot], NULL),
			 expect_attach(model, device));
	if (!attachments[slot])
		return;
	model->slots[slot].is_used = true;
	model->slots[slot].device = device;
	model->slots[slot].maps = 0;
	model->slots[slot].order = ++model->orders;
}

static void step(struct scene *scene, struct model *model, struct cen_attachment **attachments)
{
	int slot = (int)pick(SLOTS);
	uint32_t action = pick(16);

	if (action < 5 || !model->slots[slot].is_used) {
		attach_one(scene, model, attachments);
	} else if (action < 9) {
		assert_int_equal(cen_attachment_try_map(attachments[slot], CEN_DIRECTION_BOTH, NULL),
				 expect_map(model, slot));
	} else if (action < 12) {
		assert_int_equal(cen_attachment_unmap(attachments[slot], NULL), expect_unmap(model, slot));
	} else if (action < 15) {
		assert_int_equal(cen_attachment_detach(attachments[slot], NULL), expect_detach(model, slot));
	} else if (pick(4) == 0) {
		model->is_frozen = true;
		assert_int_equal(cen_buffer_freeze(scene->buffer, NULL), 0);
	} else {
		model->expected = pick(4);
		assert_int_equal(cen_buffer_expect(scene->buffer, model->expected, NULL), 0);
	}
	check(scene, model);
}

static void finish(struct scene *scene, struct model *model, struct cen_attachment **attachments)
{
	for (int slot = 0; slot < SLOTS; slot++) {
		if (!model->slots[slot].is_used)
			continue;
		while (model->slots[slot].maps--)
			scene_unmap(attachments[slot]);
		scene_detach(attachments[slot]);
	}
	scene_stop(scene);
}

static void test_random(void **state)
{
	(void)state;
	for (uint32_t run = 0; run < RUNS; run++) {
		struct cen_attachment *attachments[SLOTS] = {NULL};
		struct model model = {.can_migrate = run % 2};
		struct scene scene;

		random_state = run;
		scene_start(&scene, scene_script, model.can_migrate ? CEN_BUFFER_MIGRATE : 0);
		for (int n = 0; n < STEPS; n++)
			step(&scene, &model, attachments);
		finish(&scene, &model, attachments);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
