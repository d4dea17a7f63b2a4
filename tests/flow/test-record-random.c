/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Random machines, recorded and read again. The seed is fixed; CENALLOC_TEST_SEED gives another one. */
#include <inttypes.h>

#include "flow.h"
#include "machine-words.h"

#define MACHINES 300
#define SIZES 4

static uint64_t seed = 1;

/* xorshift64*: 0 to bound - 1. */
static uint32_t pick(uint32_t bound)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % bound;
}

#define ONE_OF(list) (list)[pick(sizeof(list) / sizeof((list)[0]))]

static const char *const provenances[] = {"queried", "derived", "probed", "quirk", "policy", "declared", "assumed"};
static const char *const formats[] = {"NV12", "XR24", "YU12", "RG16", "NV16", "R8", "RG24"};
static const char *const modifiers[] = {"LINEAR", "INVALID", "0x0100000000000001", "0x0800000000000051"};
static const char *const usages[] = {"capture", "output", "scanout", "texture"};
static const char *const notes[] = {"first", "second", "third, \\\"quoted\\\"", "vierte \xc3\xa4"};
static const struct cen_record_size all_sizes[] = {{640, 480},   {648, 486},   {1280, 720}, {1366, 768},
						   {1920, 1080}, {3840, 2160}, {64, 64},    {1, 1}};

/* How it is known, or nothing. */
static void put_origin(FILE *out)
{
	if (pick(2))
		fprintf(out, ", \"provenance\": \"%s\"", ONE_OF(provenances));
	if (pick(3) == 0)
		fprintf(out, ", \"from\": \"%s\"", ONE_OF(notes));
}

static void put_rule(FILE *out, const char *kind, const char *form)
{
	fprintf(out, "\"%s\": {\"%s\": %u", kind, form, 1u << pick(9));
	if (pick(2))
		fprintf(out, ", \"align\": %u", 1u << pick(13));
	if (pick(6) == 0)
		fprintf(out, ", \"more\": %u", pick(4096));
	if (pick(2) && strcmp(form, "image") == 0)
		fprintf(out, ", \"width\": %u", 1u << pick(9));
	put_origin(out);
	fputc('}', out);
}

static void put_value(FILE *out, const char *kind, const char *value)
{
	fprintf(out, "\"%s\": {\"value\": %s", kind, value);
	put_origin(out);
	fputc('}', out);
}

static void put_number(FILE *out, const char *kind, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	put_value(out, kind, text);
}

static void put_constraint(FILE *out, uint32_t which, uint32_t device_count)
{
	char text[32];

	switch (which) {
	case 0:
		put_rule(out, "stride-exact", "row");
		break;
	case 1:
		put_rule(out, pick(2) ? "stride-min" : "stride-min.1", "row");
		break;
	case 2:
		put_rule(out, pick(2) ? "stride-align" : "stride-max", "pixels");
		break;
	case 3:
		put_rule(out, "chroma-rows", "height");
		break;
	case 4:
		put_rule(out, "size-min", "image");
		break;
	case 5:
		put_number(out, "stride-align.1", 16u << pick(5));
		break;
	case 6:
		put_value(out, "objects", pick(2) ? "\"one\"" : "\"one|per-plane\"");
		break;
	case 7:
		put_number(out, pick(2) ? "segments" : "iova-segments", 1 + pick(2));
		break;
	case 8:
		put_number(out, "count-min", 1 + pick(4));
		break;
	case 9:
		snprintf(text, sizeof(text), "\"/dev/d%u\"", pick(device_count));
		put_value(out, "exporter", text);
		break;
	case 10:
		put_value(out, "heap", pick(2) ? "\"source0\"" : "\"elsewhere\"");
		break;
	case 11:
		put_value(out, "sync", pick(2) ? "\"implicit|explicit\"" : "\"none\"");
		break;
	default:
		put_value(out, "address-max", "\"0x3fffffff\"");
	}
}

/* Some of those above, each at most once. */
static void put_constraints(FILE *out, uint32_t device_count)
{
	const char *comma = "";

	fputs("\"constraints\": {", out);
	for (uint32_t which = 0; which < 13; which++) {
		if (pick(5))
			continue;
		fputs(comma, out);
		put_constraint(out, which, device_count);
		comma = ", ";
	}
	fputc('}', out);
}

static void put_words(FILE *out, const char *key, const char *const *words, uint32_t bound, uint32_t *count)
{
	uint32_t first = pick(bound);

	*count = 1 + pick(bound - first);
	fprintf(out, "\"%s\": [", key);
	for (uint32_t i = 0; i < *count; i++)
		fprintf(out, "%s\"%s\"", i ? ", " : "", words[first + i]);
	fputc(']', out);
}

static void put_alternative(FILE *out, uint32_t device_count)
{
	uint32_t count;

	fputc('{', out);
	put_words(out, "formats", formats, 7, &count);
	fputs(", ", out);
	put_words(out, "modifiers", modifiers, 4, &count);
	if (pick(3) == 0) {
		fputs(", \"preferences\": [", out);
		for (uint32_t i = 0; i < count; i++)
			fprintf(out, "%s%u", i ? ", " : "", pick(5));
		fputc(']', out);
	}
	if (pick(4) == 0) {
		struct cen_record_size size = ONE_OF(all_sizes);

		fprintf(out, ", \"size\": \"%ux%u\"", size.width, size.height);
	}
	if (pick(3) == 0)
		fputs(", \"usages\": [\"scanout\"]", out);
	fputs(", ", out);
	put_constraints(out, device_count);
	put_origin(out);
	fputc('}', out);
}

static void put_notes(FILE *out)
{
	uint32_t count = pick(4);

	fputs("\"notes\": [", out);
	for (uint32_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", out);
		if (pick(2))
			fprintf(out, "\"%s\"", notes[i]);
		else
			fprintf(out, "{\"text\": \"%s\", \"usages\": [\"scanout\"]}", notes[i]);
	}
	fputc(']', out);
}

static void put_device(FILE *out, uint32_t index, uint32_t count)
{
	static const char *const memories[] = {"{}", "{\"class\": \"physical\"}",
					       "{\"class\": \"iova\", \"address-bits\": 32}", "{\"import\": false}",
					       "{\"address-max\": 1073741823, \"address-bits\": 31}"};
	uint32_t alternatives = pick(5);

	fprintf(out, "{\"name\": \"device %u\", \"path\": \"/dev/d%u\", \"usages\": [\"%s\", \"scanout\"],", index,
		index, usages[pick(4) & 1 ? 0 : 3]);
	if (pick(3) == 0)
		fprintf(out, "\"hardware\": \"/dev/d%u\", ", pick(index + 1));
	fprintf(out, "\"memory\": %s, ", ONE_OF(memories));
	put_notes(out);
	fputs(", ", out);
	put_constraints(out, count);
	fputs(", \"alternatives\": [", out);
	for (uint32_t i = 0; i < alternatives; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_alternative(out, count);
	}
	fputs("]}", out);
}

static void put_source(FILE *out, uint32_t index, uint32_t device_count)
{
	uint32_t count;

	fprintf(out, "{\"name\": \"source%u\", \"pool\": \"%s\"", index, pick(2) ? "ram" : "area");
	if (pick(3) == 0)
		fprintf(out, ", \"device\": \"/dev/d%u\"", pick(device_count));
	if (pick(3) == 0)
		fprintf(out, ", \"segments\": %u", pick(2));
	if (pick(3) == 0)
		fprintf(out, ", \"max-bytes\": %u, \"free-bytes\": %u", 1 + pick(1u << 24), 1 + pick(1u << 24));
	if (pick(2))
		fprintf(out, ", \"cost\": %u, \"mappable\": %s", 1 + pick(254), pick(2) ? "true" : "false");
	if (pick(2)) {
		fputs(", \"formats\": [{", out);
		put_words(out, "formats", formats, 7, &count);
		fputs(", ", out);
		put_words(out, "modifiers", modifiers, 4, &count);
		fputs("}]", out);
	}
	put_origin(out);
	fputc('}', out);
}

static char *create_text(void)
{
	uint32_t devices = 1 + pick(3), sources = 1 + pick(3);
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	fputs("{\"cenalloc-machine\": 1, \"name\": \"random\",\n\"pools\": [{\"name\": \"ram\", \"kind\": \"system\"},"
	      "{\"name\": \"area\", \"kind\": \"cma\", \"bytes\": 16777216, \"from\": \"a guess\"}],\n\"sources\": [",
	      out);
	for (uint32_t i = 0; i < sources; i++) {
		fputs(i ? ",\n" : "", out);
		put_source(out, i, devices);
	}
	fputs("],\n\"devices\": [", out);
	for (uint32_t i = 0; i < devices; i++) {
		fputs(i ? ",\n" : "", out);
		put_device(out, i, devices);
	}
	fputs("]}", out);
	fclose(out);
	return text;
}

static struct cen_machine *read_machine(struct cen_context *ctx, const char *text)
{
	struct cen_machine *machine;
	struct cen_error *err = NULL;

	if (cen_machine_create_text(ctx, "random", text, strlen(text), 0, &machine, &err) < 0)
		fail_msg("%s in\n%s", cen_error_get_message(err), text);
	return machine;
}

/* Both say the same at the recorded sizes. What goes on the way through is counted, so that the test is not empty. */
static void check_machine(struct cen_context *ctx, const struct cen_record_options *options, size_t *rules,
			  size_t *plans)
{
	static const uint32_t fourccs[] = {NV12, XR24};
	char *text = create_text(), *json, *again, *a, *b;
	struct cen_machine *machine = read_machine(ctx, text), *copy;

	assert_int_equal(cen_machine_record(machine, options, &json, NULL), 0);
	copy = read_machine(ctx, json);
	assert_int_equal(cen_machine_record(copy, options, &again, NULL), 0);
	assert_string_equal(json, again);
	a = machine_words(machine, options->sizes, options->size_count);
	b = machine_words(copy, options->sizes, options->size_count);
	assert_same_words(a, b);
	free(a);
	free(b);
	a = solution_words(machine, options->sizes[0], fourccs, 2);
	b = solution_words(copy, options->sizes[0], fourccs, 2);
	assert_same_words(a, b);
	*rules += strstr(json, "\"row\": ") != NULL;
	*plans += strstr(a, "  plan ") != NULL;
	free(a);
	free(b);
	free(again);
	free(json);
	free(text);
	cen_machine_destroy(copy);
	cen_machine_destroy(machine);
}

static void test_random(void **state)
{
	struct cen_record_size sizes[SIZES];
	struct cen_record_options options = {.size = sizeof(options), .sizes = sizes};
	const char *text = getenv("CENALLOC_TEST_SEED");
	size_t rules = 0, plans = 0;
	struct flow flow;

	(void)state;
	seed = text ? strtoull(text, NULL, 0) | 1 : 1;
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	for (uint32_t i = 0; i < MACHINES; i++) {
		uint32_t first = pick(8);

		options.size_count = 1 + pick(SIZES);
		for (uint32_t s = 0; s < options.size_count; s++)
			sizes[s] = all_sizes[(first + s) % 8];
		check_machine(flow.ctx, &options, &rules, &plans);
	}
	flow_stop(&flow);
	print_message("# %d machines: %zu with rules, %zu with plans\n", MACHINES, rules, plans);
	assert_in_range(rules, MACHINES / 10, MACHINES);
	assert_in_range(plans, MACHINES / 10, MACHINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
