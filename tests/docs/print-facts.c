/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What the library knows, for check-docs.py: one line per fact, fields separated by tabs. With arguments, each is read
 * as a constraint instead: the exit status is 1 when one does not parse or does not come back as it was.
 */
#include <cenalloc/cenalloc.h>
#include <stdio.h>
#include <string.h>

static void print_kinds(void)
{
	const struct cen_constraint_info *info;

	for (uint32_t kind = 1; (info = cen_constraint_kind_get_info(kind)); kind++)
		printf("kind\t%s\t%s\t%s\t%s\n", info->name, info->unit, info->per_plane ? "per plane" : "",
		       info->merge);
}

static void print_names(void)
{
	for (uint32_t n = 0; cen_usage_get_name(n); n++)
		printf("usage\t%s\n", cen_usage_get_name(n));
	for (uint32_t n = CEN_PROVENANCE_QUERIED; n <= CEN_PROVENANCE_ASSUMED; n++)
		printf("provenance\t%s\n", cen_provenance_get_name(n));
	for (uint32_t n = CEN_DIMENSION_FORMAT; n <= CEN_DIMENSION_MAP; n++)
		printf("dimension\t%s\n", cen_dimension_get_name(n));
}

static int read_constraint(const char *text)
{
	struct cen_constraint constraint;
	struct cen_error *err = NULL;
	char back[128];

	if (cen_constraint_from_string(text, &constraint, &err) < 0) {
		printf("%s: %s\n", text, cen_error_get_message(err));
		cen_error_destroy(err);
		return 1;
	}
	/* A heap's note is the rest of the text, which is all that this program needs. */
	cen_constraint_to_string(&constraint, back, sizeof(back));
	if (strcmp(back, text) == 0)
		return 0;
	printf("%s: written back as %s\n", text, back);
	return 1;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= read_constraint(argv[i]);
	if (argc > 1)
		return failed;
	print_kinds();
	print_names();
	return 0;
}
