/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Machine files: what is read, and what is refused, with which line and path. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "cleanup.h"
#include "error.h"
#include "fault.h"
#include "machine-file.h"
#include "util.h"

/* Every key of the form, once at least. */
static const char whole[] =
	"{\"cenalloc-machine\": 1, \"name\": \"board\", \"title\": \"a board\", \"kernel\": \"7.3.4\",\n"
	"\"page-bytes\": 16384, \"cpu-coherent\": \"mixed\", \"notes\": [\"of nobody\"],\n"
	"\"pools\": [{\"name\": \"system\", \"kind\": \"system\", \"from\": \"a heap\"},\n"
	" {\"name\": \"cma\", \"kind\": \"cma\", \"bytes\": 67108864, \"free-bytes\": 1048576,\n"
	"  \"address-max\": \"0x3fffffff\", \"from\": \"the device tree\"},\n"
	" {\"name\": \"vault\", \"kind\": \"protected\"}],\n"
	"\"sources\": [{\"name\": \"system\", \"backend\": \"heap\", \"pool\": \"system\", \"bytes\": true},\n"
	" {\"name\": \"own\", \"backend\": \"v4l2\", \"pool\": \"cma\", \"device\": \"cam\", \"path\": "
	"\"/dev/video0\",\n"
	"  \"layouts-of\": \"cam\", \"cost\": 7, \"fd-mode\": \"read-only\", \"exporters\": \"other\"},\n"
	" {\"name\": \"vault\", \"pool\": \"vault\", \"segments\": 1, \"mappable\": true, \"cached\": false,\n"
	"  \"segment-bytes\": 65536, \"max-bytes\": 1000, \"free-bytes\": 900, \"address-max\": 4096,\n"
	"  \"formats\": [{\"formats\": [\"NV12\"], \"modifiers\": [\"LINEAR\", \"0x0b00000000000001\"]}],\n"
	"  \"access\": \"EACCES\", \"access-help\": \"ask\", \"provenance\": \"assumed\", \"from\": \"a guess\"}],\n"
	"\"devices\": [{\"name\": \"cam\", \"path\": \"/dev/video0\", \"driver\": \"drv\", \"id\": \"of:a,b\",\n"
	"  \"backend\": \"v4l2\", \"title\": \"a camera\", \"hardware\": \"isp\", \"usages\": [\"capture\", "
	"\"output\"],\n"
	"  \"access\": \"EPERM\", \"access-help\": \"ask\", \"notes\": [\"one\", \"two\"],\n"
	"  \"provenance\": \"queried\", \"from\": \"drv.c\",\n"
	"  \"memory\": {\"class\": \"iova\", \"address-bits\": 40, \"address-max\": \"0xdfffffff\", \"import\": "
	"false,\n"
	"   \"provenance\": \"probed\", \"from\": \"dma mask\"},\n"
	"  \"constraints\": {\"width-max\": 4096},\n"
	"  \"alternatives\": [{\"usages\": [\"capture\"], \"formats\": [\"NV12\", \"pBAA\"],\n"
	"    \"modifiers\": [{\"modifier\": \"0x0700000000000004\", \"column-rows\": 16}, \"0x0b00000000000001\"],\n"
	"    \"size\": \"1920x1080\", \"provenance\": \"derived\", \"from\": \"the table\",\n"
	"    \"constraints\": {\"stride-align.1\": 64, \"objects\": \"one|per-plane\",\n"
	"     \"stride-exact\": {\"row\": 16, \"align\": 256, \"more\": 8, \"provenance\": \"assumed\", \"from\": "
	"\"x\"},\n"
	"     \"size-min\": {\"image\": 16, \"width\": 128}, \"heap\": \"system\",\n"
	"     \"height-align\": {\"value\": \"0x10\"}}}]},\n"
	" {\"name\": \"out\", \"hardware\": \"isp\", \"usages\": [\"scanout\"]},\n"
	" {\"name\": \"gpu\", \"usages\": [\"texture\"], \"memory\": {\"class\": \"physical\", \"address-bits\": "
	"32}}],\n"
	"\"quirks\": []}\n";

static struct machine_file *read_text(const char *text)
{
	_cleanup_error_ struct cen_error *error = NULL;
	struct machine_file *file;

	if (_cen_machine_file_read("board.json", text, strlen(text), &file, &error) < 0)
		fail_msg("%s", cen_error_get_message(error));
	return file;
}

static const struct cen_constraint *find(const struct file_rules *rules, uint32_t kind)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (rules->items[i].constraint.kind == kind)
			return &rules->items[i].constraint;
	}
	fail_msg("no constraint of kind %u", kind);
	return NULL;
}

static void test_pools_and_sources(void **state)
{
	struct machine_file *file = read_text(whole);
	const struct cen_source_desc *own = &file->sources[1].desc, *vault = &file->sources[2].desc;

	(void)state;
	assert_string_equal(file->name, "board");
	assert_string_equal(file->kernel, "7.3.4");
	assert_int_equal(file->page_bytes, 16384);
	assert_int_equal(file->pool_count, 3);
	assert_int_equal(file->pools[1].placement, CEN_PLACEMENT_CMA);
	assert_int_equal(file->pools[1].bytes, 67108864);
	assert_int_equal(file->pools[1].free_bytes, 1048576);
	assert_int_equal(file->source_count, 3);
	assert_int_equal(file->sources[0].desc.flags, CEN_SOURCE_BYTES | CEN_SOURCE_HEAP);
	assert_int_equal(file->sources[0].desc.segment_bytes, 16384);
	assert_int_equal(file->sources[0].desc.provenance, CEN_PROVENANCE_DECLARED);
	assert_string_equal(file->sources[0].desc.note, "a heap");
	/* What the source does not say is the pool's. */
	assert_int_equal(own->segments, 1);
	assert_int_equal(own->placement, CEN_PLACEMENT_CMA);
	assert_int_equal(own->address_max, 0x3fffffff);
	assert_int_equal(own->max_bytes, 67108864);
	assert_int_equal(own->free_bytes, 1048576);
	assert_int_equal(own->cost, 7);
	assert_int_equal(own->fd_mode, CEN_FD_READ_ONLY);
	assert_int_equal(own->flags, 0);
	assert_true(own->exporter == file->devices[0].desc.devnum);
	assert_string_equal(own->path, "/dev/video0");
	assert_int_equal(own->format_count, 4);
	/* And what it says is not. */
	assert_int_equal(vault->placement, CEN_PLACEMENT_PROTECTED);
	assert_int_equal(vault->segments, 1);
	assert_int_equal(vault->is_mappable, 1);
	assert_int_equal(vault->is_cached, 0);
	assert_int_equal(vault->segment_bytes, 65536);
	assert_int_equal(vault->max_bytes, 1000);
	assert_int_equal(vault->free_bytes, 900);
	assert_int_equal(vault->address_max, 4096);
	assert_int_equal(vault->access, -EACCES);
	assert_string_equal(vault->access_help, "ask");
	assert_int_equal(vault->provenance, CEN_PROVENANCE_ASSUMED);
	assert_string_equal(vault->note, "a guess");
	/* Linear is not listed: every source makes it. */
	assert_int_equal(vault->format_count, 1);
	assert_true(vault->formats[0].modifier == 0x0b00000000000001ull);
	_cen_machine_file_free(file);
}

static void test_devices(void **state)
{
	struct machine_file *file = read_text(whole);
	const struct file_device *cam = &file->devices[0];

	(void)state;
	assert_int_equal(file->device_count, 3);
	assert_string_equal(cam->desc.name, "cam");
	assert_string_equal(cam->desc.path, "/dev/video0");
	assert_string_equal(cam->desc.driver, "drv");
	assert_string_equal(cam->desc.id, "of:a,b");
	assert_string_equal(cam->backend, "v4l2");
	assert_int_equal(cam->desc.usages, CEN_USAGE_BIT(CEN_USAGE_CAPTURE) | CEN_USAGE_BIT(CEN_USAGE_OUTPUT));
	assert_int_equal(cam->desc.access, -EPERM);
	assert_int_equal(cam->note_count, 2);
	assert_string_equal(cam->notes[1].text, "two");
	/* Memory becomes constraints; the smaller of two bounds counts behind an IOMMU. */
	assert_int_equal(find(&cam->rules, CEN_CONSTRAINT_IOVA_SEGMENTS)->value, 1);
	assert_int_equal(find(&cam->rules, CEN_CONSTRAINT_IOVA_MAX)->value, 0xdfffffff);
	assert_true(find(&cam->rules, CEN_CONSTRAINT_EXPORTER)->value == cam->desc.devnum);
	assert_int_equal(find(&cam->rules, CEN_CONSTRAINT_EXPORTER)->provenance, CEN_PROVENANCE_PROBED);
	assert_string_equal(find(&cam->rules, CEN_CONSTRAINT_EXPORTER)->note, "dma mask");
	assert_int_equal(find(&cam->rules, CEN_CONSTRAINT_WIDTH_MAX)->provenance, CEN_PROVENANCE_QUERIED);
	assert_string_equal(find(&cam->rules, CEN_CONSTRAINT_WIDTH_MAX)->note, "drv.c");
	/* One piece of hardware has one number, another has another. */
	assert_true(file->devices[1].desc.devnum == cam->desc.devnum);
	assert_true(file->devices[2].desc.devnum != cam->desc.devnum);
	assert_string_equal(file->devices[1].desc.path, "out");
	assert_int_equal(find(&file->devices[2].rules, CEN_CONSTRAINT_SEGMENTS)->value, 1);
	assert_int_equal(find(&file->devices[2].rules, CEN_CONSTRAINT_ADDRESS_BITS)->value, 32);
	_cen_machine_file_free(file);
}

static void test_alternatives(void **state)
{
	struct machine_file *file = read_text(whole);
	const struct file_alternative *alternative = &file->devices[0].alternatives[0];
	const struct cen_constraint *exact = find(&alternative->rules, CEN_CONSTRAINT_STRIDE_EXACT);
	const struct cen_constraint *align = find(&alternative->rules, CEN_CONSTRAINT_STRIDE_ALIGN);

	(void)state;
	assert_int_equal(alternative->usages, CEN_USAGE_BIT(CEN_USAGE_CAPTURE));
	assert_int_equal(alternative->sizes.items[0].width, 1920);
	assert_int_equal(alternative->sizes.items[0].height, 1080);
	assert_int_equal(alternative->fourcc_count, 2);
	assert_int_equal(alternative->fourccs[1], fourcc_code('p', 'B', 'A', 'A'));
	assert_int_equal(alternative->modifier_count, 2);
	assert_int_equal(alternative->modifiers[0].column_rows, 16);
	assert_int_equal(alternative->modifiers[1].column_rows, 0);
	assert_int_equal(align->plane, 1);
	assert_int_equal(align->value, 64);
	assert_int_equal(align->provenance, CEN_PROVENANCE_DERIVED);
	assert_string_equal(align->note, "the table");
	assert_int_equal(exact->provenance, CEN_PROVENANCE_ASSUMED);
	assert_string_equal(exact->note, "x");
	assert_int_equal(find(&alternative->rules, CEN_CONSTRAINT_OBJECTS)->value,
			 CEN_OBJECTS_ONE | CEN_OBJECTS_PER_PLANE);
	assert_int_equal(find(&alternative->rules, CEN_CONSTRAINT_HEIGHT_ALIGN)->value, 16);
	assert_true(find(&alternative->rules, CEN_CONSTRAINT_HEAP)->value == cen_heap_hash("system"));
	_cen_machine_file_free(file);
}

/* A rule, the format and size that it is for, and what comes out. */
static void test_rules(void **state)
{
	static const struct {
		const char *rule;
		uint32_t fourcc, width, height;
		bool is_value;
		uint64_t value;
	} cases[] = {
		{"\"stride-exact\": {\"row\": 1}", DRM_FORMAT_XRGB8888, 1366, 768, true, 5464},
		{"\"stride-exact\": {\"row\": 16}", DRM_FORMAT_XRGB8888, 1366, 768, true, 5504},
		{"\"stride-min\": {\"row\": 64}", DRM_FORMAT_NV15, 3840, 2160, true, 4800},
		{"\"stride-min.1\": {\"row\": 16}", DRM_FORMAT_NV12, 1366, 768, true, 1376},
		{"\"stride-min.2\": {\"row\": 16}", DRM_FORMAT_NV12, 1366, 768, false, 0},
		{"\"stride-exact\": {\"row\": 1, \"align\": 256}", DRM_FORMAT_XRGB8888, 1366, 768, true, 5632},
		{"\"stride-exact\": {\"row\": 1, \"more\": 1, \"align\": 256}", DRM_FORMAT_R8, 256, 1, true, 512},
		{"\"stride-exact\": {\"row\": 1}", DRM_FORMAT_XRGB8888, 0, 0, false, 0},
		{"\"size-tail\": {\"row\": 1}", DRM_FORMAT_YUYV, 640, 480, true, 1280},
		{"\"stride-align\": {\"pixels\": 16}", DRM_FORMAT_BGR888, 0, 0, true, 48},
		{"\"stride-max\": {\"pixels\": 4096}", DRM_FORMAT_XRGB8888, 64, 64, true, 16384},
		{"\"chroma-rows\": {\"height\": 16}", DRM_FORMAT_NV12, 1920, 1080, true, 1088},
		{"\"chroma-rows\": {\"height\": 16}", DRM_FORMAT_NV12, 0, 0, false, 0},
		{"\"size-min\": {\"image\": 16}", DRM_FORMAT_NV12, 1920, 1080, true, 3133440},
		{"\"size-min\": {\"image\": 1, \"width\": 96}", DRM_FORMAT_P030, 3801, 2160, true, 16588800},
		{"\"size-min\": {\"image\": 1, \"more\": 64, \"align\": 4096}", DRM_FORMAT_XRGB8888, 1280, 720, true,
		 3690496},
		{"\"size-min\": {\"image\": 1, \"more\": 4294967295, \"align\": 4294967295}", DRM_FORMAT_XRGB8888,
		 65536, 65536, true, 25769803770},
		{"\"stride-min\": {\"value\": 100, \"align\": 64}", DRM_FORMAT_NV12, 0, 0, true, 128},
		{"\"stride-min\": {\"value\": 18446744073709551615, \"more\": 1}", DRM_FORMAT_NV12, 0, 0, false, 0},
		{"\"stride-min\": {\"value\": 18446744073709551615, \"align\": 64}", DRM_FORMAT_NV12, 0, 0, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct cen_constraint constraint;
		struct machine_file *file;
		char text[512];
		bool is_value;

		snprintf(text, sizeof(text),
			 "{\"cenalloc-machine\": 1, \"name\": \"x\", \"devices\": [{\"name\": \"d\", \"usages\": "
			 "[\"capture\"], \"constraints\": {%s}}]}",
			 cases[i].rule);
		file = read_text(text);
		is_value =
			_cen_file_rule_evaluate(&file->devices[0].rules.items[0], cen_format_get_info(cases[i].fourcc),
						cases[i].width, cases[i].height, &constraint);
		if (is_value != cases[i].is_value || (is_value && constraint.value != cases[i].value))
			fail_msg("%s: %d, %llu", cases[i].rule, is_value, (unsigned long long)constraint.value);
		_cen_machine_file_free(file);
	}
}

static void test_columns(void **state)
{
	const struct file_modifier columns = {.modifier = DRM_FORMAT_MOD_BROADCOM_SAND128, .column_rows = 16};
	const struct file_modifier plain = {.modifier = DRM_FORMAT_MOD_BROADCOM_SAND128};
	uint64_t modifier;

	(void)state;
	assert_true(_cen_file_modifier_evaluate(&columns, 1080, &modifier));
	assert_true(modifier == DRM_FORMAT_MOD_BROADCOM_SAND128_COL_HEIGHT(1632));
	assert_true(_cen_file_modifier_evaluate(&columns, 2160, &modifier));
	assert_true(modifier == DRM_FORMAT_MOD_BROADCOM_SAND128_COL_HEIGHT(3240));
	assert_false(_cen_file_modifier_evaluate(&columns, 0, &modifier));
	assert_true(_cen_file_modifier_evaluate(&plain, 0, &modifier));
	assert_true(modifier == DRM_FORMAT_MOD_BROADCOM_SAND128);
}

#define HEAD "{\"cenalloc-machine\": 1, \"name\": \"x\",\n"
#define TOP(text) HEAD text "}"
#define POOL(text) HEAD "\"pools\": [{\"name\": \"p\"" text "}]}"
#define SOURCE(text) HEAD "\"pools\": [{\"name\": \"p\"}],\n\"sources\": [{\"name\": \"s\"" text "}]}"
#define DEVICE(text) HEAD "\"devices\": [\n{\"name\": \"d\", \"usages\": [\"capture\"]" text "}]}"
#define ALTERNATIVE(text) DEVICE(", \"alternatives\": [{\"formats\": [\"NV12\"]" text "}]")
#define CONSTRAINT(text) ALTERNATIVE(", \"constraints\": {" text "}")
#define AT_DEVICE "3: devices[0]."
#define AT_ALTERNATIVE AT_DEVICE "alternatives[0]."
#define AT_CONSTRAINT AT_ALTERNATIVE "constraints."

/* The text, and how the message goes on behind "board.json:". */
static const struct wrong {
	const char *text, *message;
} wrongs[] = {
	{"[]", "1: "},
	{"{", "1: "},
	{"{}", "1: cenalloc-machine: this is missing"},
	{"{\"name\": \"x\"}", "1: cenalloc-machine: this is missing: 1 for this form"},
	{"{\"cenalloc-machine\": 2, \"name\": \"x\"}",
	 "1: cenalloc-machine: version 2 of machine files; this library reads"},
	{"{\"cenalloc-machine\": 1}", "1: name: this is missing"},
	{TOP("\"colour\": 1"), "2: colour: this key is not known"},
	{TOP("\"title\": \"a\", \"title\": \"b\""), "1: a key is there twice"},
	{TOP("\"title\": 7"), "2: title: a string is wanted"},
	{TOP("\"title\": \"\""), "2: title: a string of 0 bytes"},
	{TOP("\"title\": \"a\\u0007\""), "2: title: a string with the control character 0x07"},
	{TOP("\"kernel\": []"), "2: kernel: a string is wanted"},
	{TOP("\"page-bytes\": 1"), "2: page-bytes: 1 is not within 4096 and 1073741824"},
	{TOP("\"page-bytes\": 4096.5"), "2: page-bytes: a whole number is wanted"},
	{TOP("\"cpu-coherent\": \"maybe\""), "2: cpu-coherent: \"maybe\" is none of the words"},
	{TOP("\"notes\": \"a\""), "2: notes: an array is wanted"},
	{TOP("\"notes\": [1]"), "2: notes[0]: a string is wanted"},
	{TOP("\"pools\": {}"), "2: pools: an array is wanted"},
	{TOP("\"pools\": [1]"), "2: pools[0]: an object is wanted"},
	{TOP("\"pools\": [{}]"), "2: pools[0].name: this is missing"},
	{POOL(", \"kind\": \"big\""), "2: pools[0].kind: \"big\" is none of the words"},
	{POOL(", \"bytes\": 0"), "2: pools[0].bytes: 0 is not within 1 and 18446744073709551615"},
	{POOL(", \"bytes\": -1"), "2: pools[0].bytes: a whole number is wanted"},
	{POOL(", \"bytes\": \"64M\""), "2: pools[0].bytes: a whole number is wanted"},
	{POOL(", \"bytes\": \"0x10000000000000000\""), "2: pools[0].bytes: a whole number is wanted"},
	{POOL(", \"free-bytes\": []"), "2: pools[0].free-bytes: a whole number is wanted"},
	{POOL(", \"address-max\": 0"), "2: pools[0].address-max: 0 is not within"},
	{POOL(", \"from\": 1"), "2: pools[0].from: a string is wanted"},
	{POOL(", \"size\": 1"), "2: pools[0].size: this key is not known"},
	{SOURCE(""), "3: sources[0].pool: this is missing"},
	{SOURCE(", \"pool\": \"q\""), "3: sources[0].pool: there is no pool \"q\""},
	{SOURCE(", \"pool\": \"p\", \"device\": \"d\""), "3: sources[0].device: there is no device \"d\""},
	{SOURCE(", \"pool\": \"p\", \"layouts-of\": \"d\""), "3: sources[0].layouts-of: there is no device \"d\""},
	{SOURCE(", \"pool\": \"p\", \"segments\": 2"), "3: sources[0].segments: 2 is not within 0 and 1"},
	{SOURCE(", \"pool\": \"p\", \"cost\": 0"), "3: sources[0].cost: 0 is not within 1 and 254"},
	{SOURCE(", \"pool\": \"p\", \"cost\": 255"), "3: sources[0].cost: 255 is not within 1 and 254"},
	{SOURCE(", \"pool\": \"p\", \"mappable\": 1"), "3: sources[0].mappable: true or false is wanted"},
	{SOURCE(", \"pool\": \"p\", \"cached\": \"yes\""), "3: sources[0].cached: true or false is wanted"},
	{SOURCE(", \"pool\": \"p\", \"bytes\": 4096"), "3: sources[0].bytes: true or false is wanted"},
	{SOURCE(", \"pool\": \"p\", \"fd-mode\": \"rw\""), "3: sources[0].fd-mode: \"rw\" is none of the words"},
	{SOURCE(", \"pool\": \"p\", \"exporters\": \"me\""), "3: sources[0].exporters: \"me\" is none of the words"},
	{SOURCE(", \"pool\": \"p\", \"max-bytes\": 0"), "3: sources[0].max-bytes: 0 is not within"},
	{SOURCE(", \"pool\": \"p\", \"access\": \"13\""), "3: sources[0].access: \"13\" is none of the words"},
	{SOURCE(", \"pool\": \"p\", \"provenance\": \"unknown\""),
	 "3: sources[0].provenance: \"unknown\" is no provenance"},
	{SOURCE(", \"pool\": \"p\", \"formats\": [{}]"), "3: sources[0].formats[0].formats: at least one format"},
	{SOURCE(", \"pool\": \"p\", \"formats\": [{\"formats\": [\"XXXX\"]}]"),
	 "3: sources[0].formats[0].formats[0]: \"XXXX\" is no format"},
	{SOURCE(", \"pool\": \"p\"}, {\"name\": \"s\", \"pool\": \"p\""),
	 "3: sources[1].name: sources[0] has this name, too"},
	{HEAD "\"devices\": [{}]}", "2: devices[0].name: this is missing"},
	{HEAD "\"devices\": [{\"name\": \"d\"}]}", "2: devices[0].usages: at least one usage is wanted"},
	{DEVICE("}, {\"name\": \"d\", \"usages\": [\"capture\"]"), "3: devices[1].name: devices[0] has the path \"d\""},
	{DEVICE("}, {\"name\": \"cpu\", \"usages\": [\"output\"]"), "3: devices[1].name: \"cpu\" is there by itself"},
	{HEAD "\"devices\": [{\"name\": \"d\", \"usages\": [\"see\"]}]}",
	 "2: devices[0].usages[0]: \"see\" is no usage"},
	{DEVICE(", \"access\": \"EVIL\""), AT_DEVICE "access: \"EVIL\" is none"},
	{DEVICE(", \"notes\": [\"a\", 1]"), AT_DEVICE "notes[1]: a string is wanted"},
	{DEVICE(", \"memory\": 1"), AT_DEVICE "memory: an object is wanted"},
	{DEVICE(", \"memory\": {\"class\": \"big\"}"), AT_DEVICE "memory.class: \"big\" is none"},
	{DEVICE(", \"memory\": {\"address-bits\": 65}"), AT_DEVICE "memory.address-bits: 65 is not within 1 and 64"},
	{DEVICE(", \"memory\": {\"address-max\": 0}"), AT_DEVICE "memory.address-max: 0 is not within 1"},
	{DEVICE(", \"memory\": {\"import\": 0}"), AT_DEVICE "memory.import: true or false is wanted"},
	{DEVICE(", \"memory\": {\"iommu\": 0}"), AT_DEVICE "memory.iommu: true or false is wanted"},
	{DEVICE(", \"memory\": {\"cls\": 0}"), AT_DEVICE "memory.cls: this key is not known"},
	{DEVICE(", \"constraints\": []"), AT_DEVICE "constraints: an object is wanted"},
	{DEVICE(", \"alternatives\": [{}]"), AT_ALTERNATIVE "formats: at least one format is wanted"},
	{ALTERNATIVE(", \"usages\": [\"scanout\"]"), AT_ALTERNATIVE "usages: a usage that the device does not have"},
	{ALTERNATIVE(", \"usages\": []"), AT_ALTERNATIVE "usages: at least one usage is wanted"},
	{ALTERNATIVE(", \"modifiers\": [\"linear\"]"), AT_ALTERNATIVE "modifiers[0]: \"linear\" is no modifier"},
	{ALTERNATIVE(", \"modifiers\": [7]"), AT_ALTERNATIVE "modifiers[0]: a string is wanted"},
	{ALTERNATIVE(", \"modifiers\": [{\"modifier\": \"0x0700000000000004\"}]"),
	 AT_ALTERNATIVE "modifiers[0]: \"column-rows\" is missing"},
	{ALTERNATIVE(", \"modifiers\": [{\"modifier\": \"0x0700000000000104\", \"column-rows\": 1}]"),
	 AT_ALTERNATIVE "modifiers[0].modifier: columns are Broadcom's, and their height is 0 here"},
	{ALTERNATIVE(", \"modifiers\": [{\"modifier\": \"0x0100000000000001\", \"column-rows\": 1}]"),
	 AT_ALTERNATIVE "modifiers[0].modifier: columns are Broadcom's"},
	{ALTERNATIVE(", \"modifiers\": [{\"modifier\": \"0x0700000000000004\", \"column-rows\": 0}]"),
	 AT_ALTERNATIVE "modifiers[0].column-rows: 0 is not within 1 and 65536"},
	{ALTERNATIVE(", \"size\": \"1920\""), AT_ALTERNATIVE "size: \"1920\" is no size such as 1920x1080"},
	{ALTERNATIVE(", \"size\": \"0x1080\""), AT_ALTERNATIVE "size: \"0x1080\" is no size"},
	{ALTERNATIVE(", \"size\": \"65537x1\""), AT_ALTERNATIVE "size: \"65537x1\" is no size"},
	{ALTERNATIVE(", \"size\": \"64x64x\""), AT_ALTERNATIVE "size: \"64x64x\" is no size"},
	{CONSTRAINT("\"stride\": 1"), AT_CONSTRAINT "stride: no constraint has this name"},
	{CONSTRAINT("\"stride-align.0\": 1"), AT_CONSTRAINT "stride-align.0: planes are .1, .2 and .3"},
	{CONSTRAINT("\"stride-align.10\": 1"), AT_CONSTRAINT "stride-align.10: planes are .1, .2 and .3"},
	{CONSTRAINT("\"objects.1\": \"one\""), AT_CONSTRAINT "objects.1: objects is not said of a plane"},
	{CONSTRAINT("\"stride-align\": 0"), AT_CONSTRAINT "stride-align: "},
	{CONSTRAINT("\"stride-align\": null"), AT_CONSTRAINT "stride-align: a value is missing"},
	{CONSTRAINT("\"stride-align\": {}"), AT_CONSTRAINT "stride-align.value: a value is missing"},
	{CONSTRAINT("\"stride-align\": 1.5"), AT_CONSTRAINT "stride-align: "},
	{CONSTRAINT("\"stride-align\": true"), AT_CONSTRAINT "stride-align: a string is wanted"},
	{CONSTRAINT("\"objects\": \"three\""), AT_CONSTRAINT "objects: "},
	{CONSTRAINT("\"stride-align\": {\"row\": 1}"), AT_CONSTRAINT "stride-align.row: no rule for this constraint"},
	{CONSTRAINT("\"stride-min\": {\"pixels\": 1}"), AT_CONSTRAINT "stride-min.pixels: no rule for this constraint"},
	{CONSTRAINT("\"stride-min\": {\"row\": 0}"), AT_CONSTRAINT "stride-min.row: 0 is not within 1 and 65536"},
	{CONSTRAINT("\"stride-min\": {\"row\": 65537}"), AT_CONSTRAINT "stride-min.row: 65537 is not within"},
	{CONSTRAINT("\"size-min\": {\"image\": 1, \"row\": 1}"), AT_CONSTRAINT "size-min.row: no rule"},
	{CONSTRAINT("\"size-min\": {\"image\": 1, \"width\": 0}"), AT_CONSTRAINT "size-min.width: 0 is not within"},
	{CONSTRAINT("\"stride-min\": {\"row\": 1, \"width\": 2}"),
	 AT_CONSTRAINT "stride-min.width: a width goes with \"image\" only"},
	{CONSTRAINT("\"stride-min\": {\"row\": 1, \"align\": 0}"), AT_CONSTRAINT "stride-min.align: 0 is not within 1"},
	{CONSTRAINT("\"stride-min\": {\"row\": 1, \"more\": 4294967296}"),
	 AT_CONSTRAINT "stride-min.more: 4294967296 is not within"},
	{CONSTRAINT("\"stride-min\": {\"row\": 1, \"less\": 1}"),
	 AT_CONSTRAINT "stride-min.less: this key is not known"},
	{CONSTRAINT("\"stride-min\": {\"row\": 1, \"from\": 1}"), AT_CONSTRAINT "stride-min.from: a string is wanted"},
	{CONSTRAINT("\"stride-min\": {\"row\": 1, \"provenance\": \"x\"}"),
	 AT_CONSTRAINT "stride-min.provenance: \"x\""},
};

static void test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(wrongs); i++) {
		_cleanup_error_ struct cen_error *error = NULL;
		struct machine_file *file = (void *)1;
		const char *message;

		assert_int_equal(
			_cen_machine_file_read("board.json", wrongs[i].text, strlen(wrongs[i].text), &file, &error),
			-EINVAL);
		assert_null(file);
		assert_int_equal(cen_error_get_code(error), CEN_ERROR_SYNTAX);
		message = cen_error_get_message(error);
		if (strncmp(message, "board.json:", 11) != 0 ||
		    strncmp(message + 11, wrongs[i].message, strlen(wrongs[i].message)) != 0)
			fail_msg("%s\n  gives \"%s\"\n  not   \"board.json:%s\"", wrongs[i].text, message,
				 wrongs[i].message);
	}
}

/* So many elements in a list, between what stands before and behind it. */
static char *write_list(const char *before, const char *element, size_t count, const char *behind)
{
	size_t size = strlen(before) + count * (strlen(element) + 12) + strlen(behind) + 1, used;
	char *text = malloc(size);

	assert_non_null(text);
	used = (size_t)snprintf(text, size, "%s", before);
	for (size_t i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, size - used, "%s", i ? "," : "");
		/* "%zu" is the element's number, so that names differ. */
		for (const char *c = element; *c; c++) {
			if (*c == '#')
				used += (size_t)snprintf(text + used, size - used, "%zu", i);
			else
				text[used++] = *c;
		}
	}
	snprintf(text + used, size - used, "%s", behind);
	return text;
}

/* As many as are allowed are read, one more is refused. */
static void test_bounds(void **state)
{
	static const struct {
		const char *before, *element, *behind;
		size_t bound;
	} cases[] = {
		{HEAD "\"pools\": [", "{\"name\": \"p#\"}", "]}", FILE_MAX_POOLS},
		{HEAD "\"pools\": [{\"name\": \"p\"}], \"sources\": [", "{\"name\": \"s#\", \"pool\": \"p\"}", "]}",
		 FILE_MAX_SOURCES},
		{HEAD "\"devices\": [", "{\"name\": \"d#\", \"usages\": [\"capture\"]}", "]}", FILE_MAX_DEVICES},
		{DEVICE(", \"alternatives\": ["), "{\"formats\": [\"NV12\"]}", "]}]}", FILE_MAX_ALTERNATIVES},
		{DEVICE(", \"alternatives\": [{\"formats\": ["), "\"NV12\"", "]}]}]}", FILE_MAX_FORMATS},
		{DEVICE(", \"alternatives\": [{\"formats\": [\"NV12\"], \"modifiers\": ["), "\"0x1\"", "]}]}]}",
		 FILE_MAX_MODIFIERS},
		{DEVICE(", \"notes\": ["), "\"note\"", "]}]}", FILE_MAX_NOTES},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		for (size_t more = 0; more < 2; more++) {
			/* The macros close what is open here. */
			char *before = strdup(cases[i].before), *text;
			_cleanup_error_ struct cen_error *error = NULL;
			struct machine_file *file;
			int ret;

			assert_non_null(before);
			if (strcmp(before + strlen(before) - 3, "}]}") == 0)
				before[strlen(before) - 3] = '\0';
			text = write_list(before, cases[i].element, cases[i].bound + more, cases[i].behind);
			ret = _cen_machine_file_read("board.json", text, strlen(text), &file, &error);
			if (ret != (more ? -EINVAL : 0))
				fail_msg("%s...: %zu give %d: %s", before, cases[i].bound + more, ret,
					 error ? cen_error_get_message(error) : "");
			_cen_machine_file_free(file);
			free(before);
			free(text);
		}
	}
}

/* One constraint too many: the memory's count, too. */
static void test_constraint_bound(void **state)
{
	_cleanup_error_ struct cen_error *error = NULL;
	char text[8192] = HEAD "\"devices\": [{\"name\": \"d\", \"usages\": [\"capture\"], \"memory\": {\"class\": "
			       "\"physical\"}, \"constraints\": {";
	size_t used = strlen(text), count = 0;
	struct machine_file *file = NULL;

	(void)state;
	for (uint32_t kind = 1; cen_constraint_kind_get_info(kind) && count < FILE_MAX_CONSTRAINTS; kind++) {
		const struct cen_constraint_info *info = cen_constraint_kind_get_info(kind);

		for (uint32_t plane = 0; plane < (info->per_plane ? 4 : 1) && count < FILE_MAX_CONSTRAINTS; plane++) {
			char name[16] = "";

			if (plane)
				snprintf(name, sizeof(name), ".%u", plane);
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\"%s%s\": 1", count ? ", " : "",
						 info->name, name);
			count++;
		}
	}
	/* The catalogue is smaller than the bound: a place has room for all of it. */
	snprintf(text + used, sizeof(text) - used, "}}]}");
	if (count < FILE_MAX_CONSTRAINTS) {
		file = read_text(text);
		assert_int_equal(file->devices[0].rules.count, count + 1);
	} else {
		assert_int_equal(_cen_machine_file_read("board.json", text, strlen(text), &file, &error), -EINVAL);
		assert_non_null(strstr(cen_error_get_message(error), "more than 64 constraints"));
	}
	_cen_machine_file_free(file);
}

/* Memory runs out at each allocation: nothing is lost. json-c 0.16 does not notice all of it; what is read is whole. */
static void test_no_memory(void **state)
{
	unsigned long n;

	(void)state;
	for (n = 1;; n++) {
		_cleanup_error_ struct cen_error *error = NULL;
		struct machine_file *file = NULL;
		size_t alive = fault_alive();
		int ret;

		fault_arm(FAULT_MEMORY, n);
		ret = _cen_machine_file_read("board.json", whole, sizeof(whole) - 1, &file, &error);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			_cen_machine_file_free(file);
			break;
		}
		if (ret < 0) {
			assert_int_equal(ret, -ENOMEM);
			assert_null(file);
		} else {
			assert_int_equal(file->device_count, 3);
			assert_int_equal(file->source_count, 3);
		}
		_cen_machine_file_free(file);
		cen_error_destroy(STEAL(error));
		assert_int_equal(fault_alive(), alive);
	}
	assert_true(n > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pools_and_sources),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_constraint_bound),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
