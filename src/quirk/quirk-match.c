/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Which devices, usages, kernels and alternatives a quirk is about. Pure. */
#include <string.h>

#include <cenalloc/machine.h>

#include "quirk.h"

/* More digits are no version of a kernel. */
#define MAX_DIGITS 6

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool read_number(const char **at, uint32_t *out)
{
	size_t digits = 0;

	*out = 0;
	for (; is_digit(**at); ++*at) {
		if (++digits > MAX_DIGITS)
			return false;
		*out = *out * 10 + (uint32_t)(**at - '0');
	}
	return digits > 0;
}

bool _cen_kernel_version_parse(const char *text, bool is_release, struct kernel_version *out)
{
	const char *at = text;
	size_t count = 0;

	*out = (struct kernel_version){0};
	do {
		if (!read_number(&at, &out->numbers[count++]))
			return false;
	} while (count < 3 && at[0] == '.' && is_digit(at[1]) && at++);
	/* "6" names no kernel. */
	if (count < 2)
		return false;
	if (strncmp(at, "-rc", 3) == 0 && is_digit(at[3])) {
		at += 3;
		if (!read_number(&at, &out->candidate) || !out->candidate)
			return false;
	}
	return is_release || *at == '\0';
}

bool _cen_kernel_version_is_before(const struct kernel_version *release, const struct kernel_version *bound)
{
	for (size_t i = 0; i < 3; i++) {
		if (release->numbers[i] != bound->numbers[i])
			return release->numbers[i] < bound->numbers[i];
	}
	return bound->candidate && release->candidate && release->candidate < bound->candidate;
}

bool _cen_quirk_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			/* The last '*' takes one byte more; what the earlier ones took need not change. */
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool matches_text(const char *pattern, const char *text)
{
	return !pattern || (text && _cen_quirk_glob(pattern, text));
}

/* Of a kernel that nobody knows nothing is said. */
static bool matches_kernel(const struct quirk_match *match, const char *kernel)
{
	struct kernel_version release;

	if (!match->has_from && !match->has_before)
		return true;
	if (!kernel || !_cen_kernel_version_parse(kernel, true, &release))
		return false;
	return !(match->has_from && _cen_kernel_version_is_before(&release, &match->from)) &&
	       !(match->has_before && !_cen_kernel_version_is_before(&release, &match->before));
}

bool _cen_quirk_matches_device(const struct quirk_match *match, const struct quirk_facts *facts)
{
	return matches_text(match->driver, facts->driver) && matches_text(match->id, facts->id) &&
	       matches_text(match->backend, facts->backend) &&
	       (!match->usages || match->usages & CEN_USAGE_BIT(facts->usage)) && matches_kernel(match, facts->kernel);
}

bool _cen_quirk_matches_alternative(const struct quirk_match *match, uint32_t fourcc, uint64_t modifier)
{
	bool has_fourcc = !match->fourcc_count, has_modifier = !match->modifier_count;

	for (size_t i = 0; i < match->fourcc_count && !has_fourcc; i++)
		has_fourcc = match->fourccs[i] == fourcc;
	for (size_t i = 0; i < match->modifier_count && !has_modifier; i++)
		has_modifier = match->modifiers[i] == modifier;
	return has_fourcc && has_modifier;
}
