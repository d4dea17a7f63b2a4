/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Scripts of the fake backend: whatever is read, all that it points to is there, and all of it is given back. */

#include "fuzz.h"
#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_dup_text(data, size);
	struct script script;
	char reason[320] = "";
	size_t length = 0;
	int ret = script_parse(text, &script, reason, sizeof(reason));

	free(text);
	FUZZ_CHECK((ret == 0) == (reason[0] == '\0'));
	for (size_t n = 0; n < script.device_count; n++)
		length += strlen(script.devices[n].path) + strlen(script.devices[n].name);
	for (size_t n = 0; n < script.capability_count && ret == 0; n++) {
		const struct cen_capability *desc = &script.capabilities[n].desc;

		FUZZ_CHECK(script.capabilities[n].device < script.device_count);
		for (size_t m = 0; m < desc->constraint_count; m++)
			length += desc->constraints[m].note ? strlen(desc->constraints[m].note) : 0;
	}
	for (size_t n = 0; n < script.note_count && ret == 0; n++)
		length += strlen(script.notes[n].text);
	FUZZ_CHECK(length <= 4 * size);
	script_find_failure(&script, SCRIPT_IMPORT, "/dev/x");
	script_clear(&script);
	return 0;
}
