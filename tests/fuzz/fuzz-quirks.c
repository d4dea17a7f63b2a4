/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Files of quirks: any bytes. What is taken keeps its bounds and leaves valid answers, what is refused leaves nothing. */
#include <cenalloc/format.h>
#include <cenalloc/machine.h>

#include "constraint.h"
#include "fuzz.h"
#include "quirk.h"

#define NV12 0x3231564eu
#define XR24 0x34325258u

static const struct cen_constraint constraints[] = {
	{.kind = CEN_CONSTRAINT_STRIDE_ALIGN, .value = 48, .provenance = CEN_PROVENANCE_QUERIED, .note = "said"},
	{.kind = CEN_CONSTRAINT_STRIDE_EXACT, .plane = 1, .value = 1920, .provenance = CEN_PROVENANCE_PROBED},
	{.kind = CEN_CONSTRAINT_OBJECTS, .value = CEN_OBJECTS_ONE, .provenance = CEN_PROVENANCE_ASSUMED},
};

static struct cen_capabilities *make_caps(void)
{
	struct cen_capability item = {
		.size = sizeof(item), .fourcc = NV12, .constraints = constraints, .constraint_count = 3};
	struct cen_capabilities *caps;

	FUZZ_CHECK(cen_capabilities_create(&caps) == 0);
	FUZZ_CHECK(cen_capabilities_add(caps, &item, NULL) == 0);
	item.fourcc = XR24;
	item.modifier = 0x0300000000000001u;
	item.constraint_count = 0;
	FUZZ_CHECK(cen_capabilities_add(caps, &item, NULL) == 0);
	return caps;
}

static bool is_text(const char *text, size_t max)
{
	return text && text[0] && strlen(text) <= max && !strpbrk(text, "\n\r\t\033\177");
}

static void check_constraints(const struct quirk_constraints *list)
{
	FUZZ_CHECK(list->count <= QUIRK_MAX_ITEMS);
	for (size_t i = 0; i < list->count; i++) {
		FUZZ_CHECK(_cen_constraint_check(&list->items[i], NULL) == 0);
		FUZZ_CHECK(list->items[i].provenance == CEN_PROVENANCE_QUIRK && list->items[i].note);
	}
}

static void check_quirk(const struct quirk *quirk)
{
	const struct quirk_match *match = &quirk->match;

	FUZZ_CHECK(is_text(quirk->name, QUIRK_MAX_NAME) && is_text(quirk->text, QUIRK_MAX_TEXT));
	FUZZ_CHECK(is_text(quirk->source, QUIRK_MAX_SOURCE));
	FUZZ_CHECK(strncmp(quirk->place, "/f:", 3) == 0);
	FUZZ_CHECK(match->driver || match->id || match->backend);
	FUZZ_CHECK(match->fourcc_count <= QUIRK_MAX_ITEMS && match->modifier_count <= QUIRK_MAX_ITEMS);
	FUZZ_CHECK(!match->has_from || !match->has_before ||
		   _cen_kernel_version_is_before(&match->from, &match->before));
	FUZZ_CHECK(quirk->is_refusal != (quirk->add.count || quirk->set.count || quirk->remove));
	check_constraints(&quirk->add);
	check_constraints(&quirk->set);
}

/* Nothing that quirks leave is more than there was, or says what no device can say. */
static void check_changed(const struct cen_capabilities *changed)
{
	struct cen_capability item = {.size = sizeof(item)};

	FUZZ_CHECK(cen_capabilities_get_count(changed) <= 2);
	for (size_t i = 0; cen_capabilities_get(changed, i, &item) == 0; i++) {
		FUZZ_CHECK(item.fourcc == NV12 || item.fourcc == XR24);
		for (size_t c = 0; c < item.constraint_count; c++)
			FUZZ_CHECK(_cen_constraint_check(&item.constraints[c], NULL) == 0);
	}
}

static void apply(const struct quirk_file *file)
{
	static const struct quirk_facts devices[] = {
		{.driver = "d", .id = "pci:10de:2684", .backend = "egl", .kernel = "6.1.0", .usage = CEN_USAGE_TEXTURE},
		{.backend = "v4l2", .kernel = "6.9-rc1", .usage = CEN_USAGE_CAPTURE},
	};
	struct cen_capabilities *caps = make_caps(), *changed;
	const struct quirk *quirks[QUIRK_MAX_COUNT];
	char *report;

	for (size_t i = 0; i < file->count; i++)
		quirks[i] = &file->quirks[i];
	for (size_t i = 0; i < 2; i++) {
		FUZZ_CHECK(_cen_quirks_apply(quirks, file->count, &devices[i], caps, &changed, &report, NULL) == 0);
		if (changed)
			check_changed(changed);
		FUZZ_CHECK(changed || !report);
		FUZZ_CHECK(!report || strncmp(report, "quirk ", 6) == 0);
		cen_capabilities_unref(changed);
		free(report);
	}
	cen_capabilities_unref(caps);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_dup_text(data, size);
	struct cen_error *err = NULL;
	struct quirk_file file;
	int ret = _cen_quirk_file_parse("/f", text, size, &file, &err);

	FUZZ_CHECK((ret == 0) == (err == NULL) && file.count <= QUIRK_MAX_COUNT);
	if (err) {
		FUZZ_CHECK(file.count == 0 && cen_error_get_code(err) == CEN_ERROR_SYNTAX);
		FUZZ_CHECK(strncmp(cen_error_get_message(err), "/f:", 3) == 0);
	}
	for (size_t i = 0; i < file.count; i++)
		check_quirk(&file.quirks[i]);
	apply(&file);
	cen_error_destroy(err);
	_cen_quirk_file_finish(&file);
	free(text);
	return 0;
}
