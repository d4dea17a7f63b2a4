/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Machine files of strangers: a document. What is taken keeps the bounds, and its rules give values of any size. */

#include <errno.h>

#include <cenalloc/format.h>

#include "constraint.h"
#include "error.h"
#include "fuzz.h"
#include "machine-file.h"
#include "util.h"

static const uint32_t sizes[][2] = {{0, 0}, {1, 1}, {1919, 1079}, {65536, 65536}, {UINT32_MAX, UINT32_MAX}};

static void check_rules(const struct file_rules *rules, const struct cen_format_info *format)
{
	FUZZ_CHECK(rules->count <= FILE_MAX_CONSTRAINTS);
	for (size_t i = 0; i < rules->count; i++) {
		const struct file_rule *rule = &rules->items[i];

		FUZZ_CHECK(cen_constraint_kind_get_info(rule->constraint.kind) && rule->constraint.plane < 4);
		FUZZ_CHECK(rule->align > 0 && rule->width_step > 0);
		for (size_t s = 0; s < ARRAY_LENGTH(sizes); s++) {
			struct cen_constraint constraint;

			if (_cen_file_rule_evaluate(rule, format, sizes[s][0], sizes[s][1], &constraint))
				FUZZ_CHECK(constraint.value % rule->align == 0);
		}
	}
}

static void check_alternative(const struct file_device *device, const struct file_alternative *alternative)
{
	FUZZ_CHECK(alternative->usages && !(alternative->usages & ~device->desc.usages));
	FUZZ_CHECK(alternative->fourcc_count > 0 && alternative->fourcc_count <= FILE_MAX_FORMATS);
	FUZZ_CHECK(alternative->modifier_count > 0 && alternative->modifier_count <= FILE_MAX_MODIFIERS);
	for (size_t i = 0; i < alternative->sizes.count; i++)
		FUZZ_CHECK(alternative->sizes.items[i].width && alternative->sizes.items[i].height);
	for (size_t m = 0; m < alternative->modifier_count; m++) {
		for (size_t s = 0; s < ARRAY_LENGTH(sizes); s++) {
			uint64_t modifier;

			if (_cen_file_modifier_evaluate(&alternative->modifiers[m], sizes[s][1], &modifier))
				FUZZ_CHECK(modifier >> 56 == alternative->modifiers[m].modifier >> 56);
		}
	}
	for (size_t f = 0; f < alternative->fourcc_count; f++) {
		const struct cen_format_info *format = cen_format_get_info(alternative->fourccs[f]);

		FUZZ_CHECK(format != NULL);
		check_rules(&alternative->rules, format);
		check_rules(&device->rules, format);
	}
}

static void check_file(const struct machine_file *file)
{
	FUZZ_CHECK(file->pool_count <= FILE_MAX_POOLS && file->source_count <= FILE_MAX_SOURCES);
	FUZZ_CHECK(file->device_count <= FILE_MAX_DEVICES && file->page_bytes >= 4096);
	for (size_t d = 0; d < file->device_count; d++) {
		const struct file_device *device = &file->devices[d];

		FUZZ_CHECK(device->desc.name && device->desc.path && device->desc.usages && device->desc.devnum);
		FUZZ_CHECK(device->alternative_count <= FILE_MAX_ALTERNATIVES && device->note_count <= FILE_MAX_NOTES);
		for (size_t a = 0; a < device->alternative_count; a++)
			check_alternative(device, &device->alternatives[a]);
	}
	for (size_t s = 0; s < file->source_count; s++) {
		const struct cen_source_desc *desc = &file->sources[s].desc;

		FUZZ_CHECK(desc->name && desc->cost >= 1 && desc->cost <= 254 && desc->segments <= 1);
		for (size_t f = 0; f < desc->format_count; f++)
			FUZZ_CHECK(desc->formats[f].modifier != CEN_MODIFIER_LINEAR);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_dup_text(data, size);
	struct machine_file *file = NULL;
	struct cen_error *err = NULL;
	int ret = _cen_machine_file_read("fuzz", text, size, &file, &err);

	FUZZ_CHECK((ret == 0) == (file != NULL) && (ret == 0) == (err == NULL));
	if (file)
		check_file(file);
	else
		FUZZ_CHECK(strncmp(cen_error_get_message(err), "fuzz", 4) == 0 ||
			   cen_error_get_code(err) == CEN_ERROR_NO_MEMORY);
	_cen_machine_file_free(file);
	cen_error_destroy(err);
	free(text);
	return 0;
}
