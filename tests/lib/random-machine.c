/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Inventing machines. What is rare on a board is frequent here; numbers are small enough to meet, odd enough to clash. */
#include "random-machine.h"

#include <stdlib.h>
#include <string.h>

#include <cenalloc/format.h>

#include "match.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(state, array) ((array)[below(state, LENGTH(array))])

#define VENDOR_ONE UINT64_C(0x0100000000000001)
#define VENDOR_TWO UINT64_C(0x0100000000000002)

static const char *const fourccs[] = {"NV12", "XR24", "YU12", "YUYV", "NV24", "RG24", "P010", "NV15"};
static const char *const source_names[MACHINE_SOURCES] = {"s0", "s1", "s2", "s3"};

/* All that a machine is made from. */
struct dice {
	uint64_t state;
	const struct random_machine *machine;
	uint32_t theme[8]; /* kinds that this machine is about: there they clash more often */
	size_t theme_count;
};

static uint64_t below(struct dice *dice, uint64_t bound)
{
	uint64_t x = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (x ^ x >> 31) % (bound ? bound : 1);
}

static bool one_in(struct dice *dice, uint64_t odds)
{
	return below(dice, odds) == 0;
}

/* Kinds that have to do with each other. */
static const uint32_t themes[][8] = {
	{CEN_CONSTRAINT_STRIDE_ALIGN, CEN_CONSTRAINT_STRIDE_MIN, CEN_CONSTRAINT_STRIDE_MAX,
	 CEN_CONSTRAINT_STRIDE_EXACT},
	{CEN_CONSTRAINT_STRIDE_ALIGN, CEN_CONSTRAINT_STRIDE_MAX, CEN_CONSTRAINT_CHROMA_ROWS,
	 CEN_CONSTRAINT_OFFSET_ALIGN, CEN_CONSTRAINT_OBJECTS, CEN_CONSTRAINT_HEIGHT_ALIGN},
	{CEN_CONSTRAINT_OFFSET_ALIGN, CEN_CONSTRAINT_OFFSET_MAX, CEN_CONSTRAINT_OBJECTS, CEN_CONSTRAINT_HEIGHT_ALIGN,
	 CEN_CONSTRAINT_STRIDE_ALIGN},
	{CEN_CONSTRAINT_CHROMA_ROWS, CEN_CONSTRAINT_HEIGHT_ALIGN, CEN_CONSTRAINT_OBJECTS, CEN_CONSTRAINT_OFFSET_MAX},
	{CEN_CONSTRAINT_SIZE_ALIGN, CEN_CONSTRAINT_SIZE_MIN, CEN_CONSTRAINT_SIZE_TAIL, CEN_CONSTRAINT_OBJECTS,
	 CEN_CONSTRAINT_TAIL_ROWS, CEN_CONSTRAINT_COUNT_MIN, CEN_CONSTRAINT_SEGMENTS, CEN_CONSTRAINT_HEIGHT_ALIGN},
	{CEN_CONSTRAINT_SEGMENTS, CEN_CONSTRAINT_ADDRESS_BITS, CEN_CONSTRAINT_ADDRESS_MAX, CEN_CONSTRAINT_GRANULARITY,
	 CEN_CONSTRAINT_PLACEMENT, CEN_CONSTRAINT_EXPORTER, CEN_CONSTRAINT_HEAP, CEN_CONSTRAINT_EXPORTERS},
	{CEN_CONSTRAINT_FD_MODE, CEN_CONSTRAINT_CPU_MAPPABLE, CEN_CONSTRAINT_CACHE, CEN_CONSTRAINT_PLACEMENT,
	 CEN_CONSTRAINT_EXPORTER, CEN_CONSTRAINT_EXPORTERS},
	{CEN_CONSTRAINT_COUNT_MIN, CEN_CONSTRAINT_COUNT_MAX, CEN_CONSTRAINT_SIZE_MIN, CEN_CONSTRAINT_SEGMENTS},
	{CEN_CONSTRAINT_WIDTH_MIN, CEN_CONSTRAINT_WIDTH_MAX, CEN_CONSTRAINT_WIDTH_STEP, CEN_CONSTRAINT_HEIGHT_MIN,
	 CEN_CONSTRAINT_HEIGHT_MAX, CEN_CONSTRAINT_HEIGHT_STEP},
};

/* Every tiny one divides 48: with the halves and quarters of chroma strides a period of 192. */
static uint64_t get_align(struct dice *dice)
{
	static const uint64_t tiny[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 48};
	static const uint64_t board[] = {1, 2, 4, 8, 16, 32, 48, 64, 100, 128, 256, 1024, 4096};

	return dice->machine->sort == MACHINE_TINY ? PICK(dice, tiny) : PICK(dice, board);
}

/* Bytes of a luma row with a byte each, some more or less: where most strides are. */
static uint64_t get_stride(struct dice *dice, uint32_t plane)
{
	uint64_t width = dice->machine->width;
	uint64_t row = width * (1 + below(dice, 5)) / (plane ? 2 : 1);

	if (dice->machine->sort == MACHINE_TINY)
		return 1 + row + below(dice, 3) * below(dice, 8);
	row += one_in(dice, 3) ? 0 : 64 - row % 64;
	return row + (one_in(dice, 4) ? below(dice, 100) : 0);
}

static uint64_t get_bytes(struct dice *dice)
{
	uint64_t pixels = (uint64_t)dice->machine->width * dice->machine->height;

	return pixels + below(dice, pixels * 4 + 16);
}

static uint64_t get_layout_value(struct dice *dice, uint32_t kind, uint32_t plane)
{
	static const uint64_t row_aligns[] = {1, 2, 2, 4, 4, 8, 16, 3, 6};
	uint64_t height = dice->machine->height;

	switch (kind) {
	case CEN_CONSTRAINT_STRIDE_ALIGN:
	case CEN_CONSTRAINT_OFFSET_ALIGN:
	case CEN_CONSTRAINT_SIZE_ALIGN:
		return get_align(dice);
	case CEN_CONSTRAINT_STRIDE_MIN:
	case CEN_CONSTRAINT_STRIDE_EXACT:
		return get_stride(dice, plane);
	case CEN_CONSTRAINT_STRIDE_MAX:
		return get_stride(dice, plane) + get_stride(dice, plane);
	case CEN_CONSTRAINT_OFFSET_MAX:
		return plane && !one_in(dice, 4) ? get_bytes(dice) : 0;
	case CEN_CONSTRAINT_SIZE_MIN:
		return get_bytes(dice);
	case CEN_CONSTRAINT_SIZE_TAIL:
		return below(dice, dice->machine->sort == MACHINE_TINY ? 40 : 5000);
	case CEN_CONSTRAINT_TAIL_ROWS:
		return below(dice, 4);
	case CEN_CONSTRAINT_HEIGHT_ALIGN:
		return PICK(dice, row_aligns);
	case CEN_CONSTRAINT_CHROMA_ROWS:
		return height + below(dice, 3) * (dice->machine->sort == MACHINE_TINY ? 1 : 4);
	case CEN_CONSTRAINT_OBJECTS:
		return 1 + below(dice, 3);
	default:
		return UINT64_MAX;
	}
}

/* Around what the picture has, so that each holds most of the time. */
static uint64_t get_picture_value(struct dice *dice, uint32_t kind)
{
	uint64_t width = dice->machine->width, height = dice->machine->height, spread = 1 + below(dice, 8);
	bool is_bound = !one_in(dice, 4);

	switch (kind) {
	case CEN_CONSTRAINT_WIDTH_MIN:
		return is_bound ? 1 + below(dice, width) : width + spread;
	case CEN_CONSTRAINT_WIDTH_MAX:
		return is_bound || width == 1 ? width + spread - 1 : 1 + below(dice, width - 1);
	case CEN_CONSTRAINT_HEIGHT_MIN:
		return is_bound ? 1 + below(dice, height) : height + spread;
	case CEN_CONSTRAINT_HEIGHT_MAX:
		return is_bound || height == 1 ? height + spread - 1 : 1 + below(dice, height - 1);
	case CEN_CONSTRAINT_WIDTH_STEP:
	case CEN_CONSTRAINT_HEIGHT_STEP:
		return is_bound ? 1 + below(dice, 2) : spread;
	case CEN_CONSTRAINT_COUNT_MIN:
		return one_in(dice, 40) ? 60 + below(dice, 10) : 1 + below(dice, 6);
	case CEN_CONSTRAINT_COUNT_MAX:
		return 1 + below(dice, 8);
	default:
		return UINT64_MAX;
	}
}

static uint64_t get_memory_value(struct dice *dice, uint32_t kind)
{
	static const uint64_t bits[] = {30, 31, 32, 32, 33, 34, 64};
	static const uint64_t highest[] = {0x3fffffff, 0x3ffffffe, 0x7fffffff, 0xffffffff, 0x17fffffff};
	bool is_tiny = dice->machine->sort == MACHINE_TINY;

	switch (kind) {
	case CEN_CONSTRAINT_SEGMENTS:
	case CEN_CONSTRAINT_IOVA_SEGMENTS:
		return one_in(dice, 2) ? 1 : 1 + below(dice, is_tiny ? 8 : 1000);
	case CEN_CONSTRAINT_ADDRESS_BITS:
		return PICK(dice, bits);
	case CEN_CONSTRAINT_ADDRESS_MAX:
	case CEN_CONSTRAINT_IOVA_MAX:
		return PICK(dice, highest);
	case CEN_CONSTRAINT_GRANULARITY:
		return one_in(dice, 8) ? 48 : (is_tiny ? 8u : 2048u) << below(dice, 6);
	case CEN_CONSTRAINT_PLACEMENT:
		return 1 + below(dice, 15);
	case CEN_CONSTRAINT_EXPORTER:
		return 1 + below(dice, dice->machine->device_count);
	case CEN_CONSTRAINT_FD_MODE:
	case CEN_CONSTRAINT_CPU_ACCESS:
		return below(dice, 3);
	case CEN_CONSTRAINT_CPU_MAPPABLE:
	case CEN_CONSTRAINT_CACHE:
		return below(dice, 2);
	case CEN_CONSTRAINT_EXPORTERS:
		return 1 + below(dice, 31);
	case CEN_CONSTRAINT_SYNC:
		return 1 + below(dice, 7);
	default:
		return UINT64_MAX;
	}
}

static void make_constraint(struct dice *dice, struct cen_constraint *out)
{
	uint32_t kind = 0;
	const struct cen_constraint_info *info;

	/* All that there are: the catalogue may have grown. */
	if (dice->theme_count && !one_in(dice, 3))
		kind = dice->theme[below(dice, dice->theme_count)];
	while (!cen_constraint_kind_get_info(kind))
		kind = 1 + (uint32_t)below(dice, 48);
	info = cen_constraint_kind_get_info(kind);
	*out = (struct cen_constraint){.kind = kind, .provenance = CEN_PROVENANCE_DECLARED};
	out->plane = info->per_plane && one_in(dice, 3) ? 1 + (uint32_t)below(dice, 2) : 0;
	if (kind == CEN_CONSTRAINT_HEAP) {
		out->note = source_names[below(dice, MACHINE_SOURCES)];
		out->value = cen_heap_hash(out->note);
		return;
	}
	out->value = get_layout_value(dice, kind, out->plane);
	if (out->value == UINT64_MAX)
		out->value = get_picture_value(dice, kind);
	if (out->value == UINT64_MAX)
		out->value = get_memory_value(dice, kind);
	if (out->value == UINT64_MAX) {
		fprintf(stderr, "random-machine.c knows no values for %s\n", info->name);
		abort();
	}
}

/* One more, unless there is one of this kind and plane: a device says a thing once. */
static void add_constraint(struct dice *dice, struct machine_alternative *alternative)
{
	struct cen_constraint *next = &alternative->constraints[alternative->constraint_count];

	if (alternative->constraint_count == MACHINE_CONSTRAINTS)
		return;
	make_constraint(dice, next);
	/* Who must have memory of one device or of one name has few friends. */
	if ((next->kind == CEN_CONSTRAINT_EXPORTER || next->kind == CEN_CONSTRAINT_HEAP) && !one_in(dice, 4))
		return;
	for (size_t i = 0; i < alternative->constraint_count; i++) {
		if (alternative->constraints[i].kind == next->kind && alternative->constraints[i].plane == next->plane)
			return;
	}
	alternative->constraint_count++;
}

/* What a device says of all its formats, and what of some. */
static void make_device(struct dice *dice, struct machine_device *device)
{
	struct machine_alternative common = {0};
	uint64_t often = 1 + below(dice, 4), formats = 1 + below(dice, 3);

	for (uint64_t n = below(dice, 4); n > 0; n--)
		add_constraint(dice, &common);
	device->count = 1 + below(dice, MACHINE_ALTERNATIVES);
	for (size_t a = 0; a < device->count; a++) {
		struct machine_alternative *alternative = &device->alternatives[a];

		*alternative = common;
		alternative->fourcc = cen_format_from_string(
			fourccs[one_in(dice, 6) ? below(dice, LENGTH(fourccs)) : below(dice, formats)]);
		alternative->preference = (uint32_t)below(dice, 3);
		if (one_in(dice, 5))
			alternative->modifier = one_in(dice, 2) ? VENDOR_ONE : VENDOR_TWO;
		if (one_in(dice, 60))
			alternative->modifier = CEN_MODIFIER_INVALID;
		for (uint64_t n = below(dice, often); n > 0; n--)
			add_constraint(dice, alternative);
	}
}

/* What sources lay out themselves. */
static struct cen_source_format vendor_formats[LENGTH(fourccs) * 3];

static void fill_vendor_formats(void)
{
	static const uint64_t modifiers[] = {VENDOR_ONE, VENDOR_TWO, CEN_MODIFIER_INVALID};

	for (size_t f = 0; f < LENGTH(vendor_formats); f++) {
		vendor_formats[f].fourcc = cen_format_from_string(fourccs[f / 3]);
		vendor_formats[f].modifier = modifiers[f % 3];
	}
	_cen_match_sort_formats(vendor_formats, LENGTH(vendor_formats));
}

static struct cen_source_desc make_source(struct dice *dice, size_t n)
{
	static const uint64_t highest[] = {0x3fffffff, 0x40000000, 0x7fffffff, 0xffffffff, 0x100000000, 0x1ffffffff, 0};
	static const uint64_t pieces[] = {0, 16, 48, 64, 4096};
	static const uint32_t exporters[] = {0, CEN_SOURCE_HEAP, CEN_SOURCE_UDMABUF, CEN_SOURCE_DRM, CEN_SOURCE_V4L2};
	static const uint64_t board_pieces[] = {0, 4096, 16384, 65536, 65536, 1 << 20};
	const struct random_machine *machine = dice->machine;
	bool is_tiny = machine->sort == MACHINE_TINY;
	uint64_t pixels = (uint64_t)machine->width * machine->height;
	bool makes_vendor = one_in(dice, 2);

	return (struct cen_source_desc){
		.size = sizeof(struct cen_source_desc),
		.name = source_names[n],
		.segments = (uint32_t)below(dice, 2),
		.placement = 1u << (one_in(dice, 10) ? 3 : below(dice, 3)),
		.is_mappable = !one_in(dice, 4),
		.is_cached = !one_in(dice, 3),
		.fd_mode = one_in(dice, 4) ? (uint32_t)below(dice, 2) : CEN_FD_READ_WRITE,
		.cost = 10 + (uint32_t)below(dice, 3) * 10,
		.exporter = one_in(dice, 5) ? 1 + below(dice, machine->device_count) : 0,
		.address_max = PICK(dice, highest),
		.segment_bytes = is_tiny ? PICK(dice, pieces) : PICK(dice, board_pieces),
		.max_bytes = one_in(dice, 4) ? pixels + below(dice, pixels * 8) : 0,
		.free_bytes = one_in(dice, 3) ? pixels * 2 + below(dice, pixels * 24) : 0,
		.access = one_in(dice, 10) ? -13 : 0,
		.flags = PICK(dice, exporters),
		.formats = makes_vendor ? vendor_formats : NULL,
		.format_count = makes_vendor ? LENGTH(vendor_formats) : 0,
	};
}

static void make_request(struct dice *dice, struct random_machine *machine)
{
	static const uint32_t widths[] = {64, 320, 640, 641, 720, 1280, 1366, 1920, 3840};
	static const uint32_t heights[] = {64, 240, 360, 480, 481, 720, 1080, 2160};
	uint64_t first;

	machine->width = machine->sort == MACHINE_TINY ? 1 + (uint32_t)below(dice, 8) : PICK(dice, widths);
	machine->height = machine->sort == MACHINE_TINY ? 1 + (uint32_t)below(dice, 6) : PICK(dice, heights);
	/* Even, mostly: else it is about sizes only. */
	if (!one_in(dice, 8)) {
		machine->width += machine->width % 2;
		machine->height += machine->height % 2;
	}
	machine->count = one_in(dice, 2) ? 1 : 1 + (uint32_t)below(dice, 6);
	first = below(dice, 3);
	for (size_t n = one_in(dice, 3) ? 1 + below(dice, 3) : 0; n > 0; n--)
		machine->fourccs[machine->fourcc_count++] = cen_format_from_string(fourccs[(first + n) % 4]);
	if (one_in(dice, 8))
		machine->modifiers[machine->modifier_count++] = one_in(dice, 2) ? VENDOR_ONE : CEN_MODIFIER_INVALID;
	if (machine->modifier_count && one_in(dice, 2))
		machine->modifiers[machine->modifier_count++] = CEN_MODIFIER_LINEAR;
}

void random_machine_create(struct random_machine *machine, enum machine_sort sort, uint64_t seed)
{
	struct dice dice = {.state = seed * UINT64_C(0x2545f4914f6cdd1d), .machine = machine};
	struct machine_alternative policy = {0};

	if (!vendor_formats[0].fourcc)
		fill_vendor_formats();
	memset(machine, 0, sizeof(*machine));
	machine->sort = sort;
	machine->device_count = 1 + below(&dice, MACHINE_DEVICES);
	make_request(&dice, machine);
	if (!one_in(&dice, 3)) {
		memcpy(dice.theme, themes[below(&dice, LENGTH(themes))], sizeof(dice.theme));
		while (dice.theme_count < LENGTH(dice.theme) && dice.theme[dice.theme_count])
			dice.theme_count++;
	}
	for (size_t d = 0; d < machine->device_count; d++) {
		machine->devices[d].devnum = one_in(&dice, 6) ? 1 : d + 1;
		make_device(&dice, &machine->devices[d]);
	}
	machine->source_count = 1 + below(&dice, MACHINE_SOURCES);
	for (size_t s = 0; s < machine->source_count; s++)
		machine->sources[s] = make_source(&dice, s);
	if (one_in(&dice, 6))
		add_constraint(&dice, &policy);
	machine->policy_count = policy.constraint_count;
	memcpy(machine->policy, policy.constraints, sizeof(machine->policy));
}
