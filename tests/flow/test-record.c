/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A machine that was recorded answers as the one it was. */
#include <errno.h>

#include "balance.h"
#include "fault.h"
#include "flow.h"
#include "machine-words.h"

#define SWEEP_MAX 20000

static const struct cen_record_size sizes[] = {{640, 480}, {648, 486}, {1280, 720}, {1366, 768}, {1920, 1080}};
static const uint32_t fourccs[] = {NV12, XR24};

/* All that a script can say: exporters, vendor layouts, several alternatives of one format, who may not open what. */
static const char script[] =
	"device /dev/fake0 name=camera driver=fakecam usages=capture,output\n"
	"cap /dev/fake0 capture NV12 LINEAR segments=1@queried stride-exact=1920@queried objects=one@derived\n"
	"cap /dev/fake0 capture NV12 LINEAR segments=1@queried stride-exact=2048@probed objects=one@derived\n"
	"cap /dev/fake0 capture XR24 LINEAR segments=1@queried stride-align=64@probed\n"
	"cap /dev/fake0 output NV12 LINEAR segments=1@queried stride-align.1=32@assumed chroma-rows=1088@quirk\n"
	"cap /dev/fake0 output YU12 LINEAR segments=1@queried heap=pages@policy count-min=3\n"
	"note /dev/fake0 capture the counts are not known\n"
	"note /dev/fake0 output the counts are not known\n"
	"note /dev/fake0 output nor is the rest\n"
	"device /dev/fake1 name=display usages=scanout,cursor\n"
	"cap /dev/fake1 scanout NV12 LINEAR exporter=0xfff02@queried stride-align=256@queried\n"
	"cap /dev/fake1 scanout XR24 0x0300000000000001 pref=0 stride-align=512@queried\n"
	"cap /dev/fake1 scanout XR24 LINEAR pref=2 stride-align=256@queried\n"
	"cap /dev/fake1 scanout AR24 0x0300000000000001 pref=0 stride-align=512@queried\n"
	"cap /dev/fake1 scanout AR24 LINEAR pref=2 stride-align=256@queried\n"
	"cap /dev/fake1 cursor AR24 LINEAR pref=7 width-max=64 height-max=64 sync=implicit|explicit@derived\n"
	"device /dev/fake2 usages=texture access=EACCES help=group-video-may-open-it\n"
	"device /dev/fake3 usages=encode\n"
	"source pages cost=10 path=/dev/dma_heap/pages\n"
	"source area segments=1 placement=cma cost=100 max=67108864 address-max=0x3fffffff segment-bytes=65536\n"
	"source /dev/fake1 segments=1 placement=device cost=40 exporter=/dev/fake1 mappable=0 cached=0\n"
	"source tiles cost=30 format=XR24:0x0300000000000001 format=AR24:0x0300000000000001 "
	"format=XR24:0x0300000000000002\n"
	"source locked access=EPERM help=nobody fd-mode=read-only placement=protected\n";

static char *record(struct cen_machine *machine, const struct cen_record_options *options)
{
	struct cen_error *err = NULL;
	char *json;

	if (cen_machine_record(machine, options, &json, &err) < 0)
		fail_msg("record: %s", cen_error_get_message(err));
	return json;
}

static struct cen_machine *read_back(struct cen_context *ctx, const char *json)
{
	struct cen_machine *machine;
	struct cen_error *err = NULL;

	if (cen_machine_create_text(ctx, "recorded", json, strlen(json), 0, &machine, &err) < 0)
		fail_msg("%s in\n%s", cen_error_get_message(err), json);
	return machine;
}

static void assert_same_machine(struct cen_machine *a, struct cen_machine *b)
{
	char *one = machine_words(a, sizes, 5), *two = machine_words(b, sizes, 5);

	assert_same_words(one, two);
	free(one);
	free(two);
	for (size_t i = 0; i < 5; i++) {
		one = solution_words(a, sizes[i], fourccs, 2);
		two = solution_words(b, sizes[i], fourccs, 2);
		assert_same_words(one, two);
		free(one);
		free(two);
	}
}

/* What it says, and that a second generation is the first. */
static void check_round_trip(struct cen_context *ctx, struct cen_machine *machine)
{
	const struct cen_record_options options = {.size = sizeof(options), .sizes = sizes, .size_count = 5};
	char *json = record(machine, &options), *again;
	struct cen_machine *copy = read_back(ctx, json);

	assert_same_machine(machine, copy);
	again = record(machine, &options);
	assert_string_equal(json, again);
	free(again);
	again = record(copy, &options);
	if (strstr(json, "free-bytes") == strstr(again, "free-bytes"))
		assert_string_equal(json, again);
	free(again);
	free(json);
	cen_machine_destroy(copy);
}

static void test_live(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow, script);
	assert_int_equal(cen_machine_get_device_count(flow.machine), 5);
	assert_int_equal(cen_machine_get_source_count(flow.machine), 5);
	check_round_trip(flow.ctx, flow.machine);
	flow_stop(&flow);
	flow_start(&flow, flow_camera_script);
	check_round_trip(flow.ctx, flow.machine);
	flow_stop(&flow);
}

/* A file that uses every rule, and sizes, preferences and notes of one usage. */
static const char board[] =
	"{\"cenalloc-machine\": 1, \"name\": \"board\", \"kernel\": \"6.1\", \"cpu-coherent\": \"no\",\n"
	"\"page-bytes\": 16384, \"title\": \"A board\",\n"
	"\"pools\": [{\"name\": \"ram\", \"kind\": \"system\"},\n"
	" {\"name\": \"cma\", \"kind\": \"cma\", \"bytes\": 67108864, \"free-bytes\": 1048576, \"from\": \"device "
	"tree\"}],\n"
	"\"sources\": [{\"name\": \"system\", \"backend\": \"heap\", \"pool\": \"ram\", \"cost\": 10},\n"
	" {\"name\": \"cma\", \"backend\": \"heap\", \"pool\": \"cma\", \"free-bytes\": 4096},\n"
	" {\"name\": \"mine\", \"pool\": \"cma\", \"device\": \"vop\", \"exporters\": \"drm\", \"bytes\": true}],\n"
	"\"devices\": [{\"name\": \"isp\", \"path\": \"/dev/video0\", \"backend\": \"v4l2\", \"driver\": \"rkisp1\",\n"
	" \"id\": \"of:rockchip,rk3399-cif-isp\",\n"
	" \"usages\": [\"capture\", \"output\"], \"memory\": {\"class\": \"iova\", \"address-bits\": 32},\n"
	" \"notes\": [\"a\", {\"text\": \"b\", \"usages\": [\"output\"], \"size\": \"640x480\"}],\n"
	" \"alternatives\": [{\"formats\": [\"NV12\", \"NV16\", \"YU12\", \"RG16\", \"XR24\"], \"constraints\": {\n"
	"  \"stride-exact\": {\"row\": 1, \"align\": 64, \"from\": \"rkisp1-capture.c\", \"provenance\": "
	"\"derived\"},\n"
	"  \"stride-min.1\": {\"row\": 32}, \"chroma-rows\": {\"height\": 16},\n"
	"  \"size-min\": {\"image\": 16, \"width\": 64, \"align\": 4096}, \"size-tail\": {\"row\": 8}}},\n"
	" {\"formats\": [\"R8\"], \"constraints\": {\"size-tail\": {\"row\": 8, \"more\": 96}}},\n"
	" {\"formats\": [\"NV12\"], \"size\": \"1920x1080\", \"usages\": [\"output\"],\n"
	"  \"modifiers\": [\"LINEAR\", \"0x0800000000000051\"], \"preferences\": [4, 4],\n"
	"  \"constraints\": {\"stride-align\": {\"pixels\": 16}}}]},\n"
	" {\"name\": \"vop\", \"usages\": [\"scanout\"], \"memory\": {\"import\": false},\n"
	"  \"alternatives\": [{\"formats\": [\"NV12\", \"XR24\"]}]},\n"
	" {\"name\": \"vop-lit\", \"hardware\": \"vop\", \"usages\": [\"scanout\"],\n"
	"  \"alternatives\": [{\"formats\": [\"NV12\"], \"constraints\": {\"exporter\": \"vop\"}},\n"
	"   {\"formats\": [\"XR24\"]}]}]}";

static void test_file(void **state)
{
	struct cen_machine *machine;
	struct flow flow;
	char *json;

	(void)state;
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	machine = read_back(flow.ctx, board);
	check_round_trip(flow.ctx, machine);
	json = record(machine, NULL);
	assert_non_null(strstr(json, "\"name\": \"board\""));
	assert_non_null(strstr(json, "\"title\": \"A board\""));
	assert_non_null(strstr(json, "\"kernel\": \"6.1\""));
	assert_non_null(strstr(json, "\"cpu-coherent\": \"no\""));
	assert_non_null(strstr(json, "\"page-bytes\": 16384"));
	assert_non_null(strstr(json, "\"id\": \"of:rockchip,rk3399-cif-isp\""));
	assert_non_null(
		strstr(json, "{\"name\": \"cma\", \"kind\": \"cma\", \"bytes\": 67108864, \"free-bytes\": 1048576"));
	assert_non_null(strstr(json, "\"memory\": {\"import\": false}"));
	assert_non_null(strstr(json, "\"hardware\": \"vop\""));
	assert_non_null(strstr(json, "\"height\": 16"));
	free(json);
	cen_machine_destroy(machine);
	flow_stop(&flow);
}

/* Forty formats with six modifiers each are a few alternatives. */
static void test_grouping(void **state)
{
	const struct cen_format_info *info;
	size_t count = 0, pieces = 0, bytes = 0;
	char name[8], *text = NULL, *json;
	FILE *out = open_memstream(&text, &bytes);
	struct flow flow;

	(void)state;
	assert_non_null(out);
	fputs("device /dev/gpu usages=texture,render\n", out);
	for (size_t i = 0; count < 40 && (info = cen_format_get_nth(i)); i++) {
		if (info->plane_count != 1 || strlen(cen_format_to_string(info->fourcc, name)) != 4)
			continue;
		for (uint32_t m = 0; m < 12; m++)
			fprintf(out, "cap /dev/gpu %s %s 0x010000000000000%u pref=%u stride-align=64@queried\n",
				m < 6 ? "texture" : "render", name, m % 6, m % 6);
		count++;
	}
	fclose(out);
	assert_int_equal(count, 40);
	flow_start(&flow, text);
	json = record(flow.machine, NULL);
	for (const char *at = json; (at = strstr(at, "\"formats\"")); at++)
		pieces++;
	assert_int_equal(pieces, 1);
	free(json);
	check_round_trip(flow.ctx, flow.machine);
	flow_stop(&flow);
	free(text);
}

/* A device that fails is there with the reason. */
static void test_failure(void **state)
{
	struct cen_machine *copy;
	struct flow flow;
	char *json;

	(void)state;
	flow_start(&flow, "device /dev/fake0 usages=capture\nfail describe EBUSY /dev/fake0\nsource system\n");
	json = record(flow.machine, NULL);
	assert_non_null(strstr(json, "\"path\": \"/dev/fake0\""));
	assert_non_null(strstr(json, "not described: /dev/fake0"));
	assert_null(strstr(json, "alternatives"));
	copy = read_back(flow.ctx, json);
	assert_int_equal(cen_machine_get_device_count(copy), 2);
	cen_machine_destroy(copy);
	free(json);
	flow_stop(&flow);
}

static void count_calls(void *user_data, size_t done, size_t total)
{
	size_t *calls = user_data;

	assert_int_equal(done, *calls);
	assert_int_equal(total, 4 * 2);
	++*calls;
}

static void test_options(void **state)
{
	struct cen_record_options options = {.size = sizeof(options), .sizes = sizes, .size_count = 2, .name = "n\"1"};
	size_t calls = 0;
	struct flow flow;
	char *json;

	(void)state;
	flow_start(&flow, "device /dev/a usages=capture,output\ndevice /dev/b usages=scanout,cursor\n"
			  "source system free=123456\n");
	options.progress = count_calls;
	options.user_data = &calls;
	options.title = "of\xc3\xa4";
	json = record(flow.machine, &options);
	/* One for each question, and the end. */
	assert_int_equal(calls, 9);
	assert_non_null(strstr(json, "\"name\": \"n\\\"1\""));
	assert_non_null(strstr(json, "of\xc3\xa4"));
	assert_null(strstr(json, "free-bytes"));
	free(json);
	options.progress = NULL;
	options.flags = CEN_RECORD_FREE_BYTES | CEN_RECORD_NO_CAPABILITIES;
	json = record(flow.machine, &options);
	assert_non_null(strstr(json, "\"free-bytes\": 123456"));
	assert_null(strstr(json, "recorded at"));
	free(json);
	flow_stop(&flow);
}

static void refuse(struct flow *flow, const struct cen_record_options *options, enum cen_error_code code,
		   const char *says)
{
	struct cen_error *err = NULL;
	char *json = (char *)flow;

	assert_int_equal(cen_machine_record(flow->machine, options, &json, &err), -EINVAL);
	assert_null(json);
	assert_int_equal(cen_error_get_code(err), code);
	assert_error_says(err, says);
}

#define OPTIONS(...) (&(struct cen_record_options){.size = sizeof(struct cen_record_options), __VA_ARGS__})

static void test_refusals(void **state)
{
	static const struct cen_record_size twice[] = {{64, 64}, {32, 32}, {64, 64}}, flat[] = {{64, 0}},
					    wide[] = {{65537, 1}};
	char long_name[1026];
	struct flow flow;

	(void)state;
	memset(long_name, 'x', sizeof(long_name));
	long_name[1025] = '\0';
	flow_start(&flow, flow_camera_script);
	refuse(&flow, &(struct cen_record_options){.size = 8}, CEN_ERROR_ARGUMENT, "8 bytes");
	refuse(&flow, OPTIONS(.flags = 4), CEN_ERROR_UNKNOWN_FLAG, "0x4");
	refuse(&flow, OPTIONS(.reserved = 1), CEN_ERROR_UNKNOWN_FLAG, "reserved 0x1");
	refuse(&flow, OPTIONS(.name = ""), CEN_ERROR_ARGUMENT, "name of 0 bytes");
	refuse(&flow, OPTIONS(.title = long_name), CEN_ERROR_ARGUMENT, "title of 1025 bytes");
	refuse(&flow, OPTIONS(.name = "a\nb"), CEN_ERROR_ARGUMENT, "0x0a");
	refuse(&flow, OPTIONS(.size_count = 1), CEN_ERROR_ARGUMENT, "1 sizes: NULL");
	refuse(&flow, OPTIONS(.sizes = sizes, .size_count = 33), CEN_ERROR_ARGUMENT, "33 sizes");
	refuse(&flow, OPTIONS(.sizes = twice, .size_count = 3), CEN_ERROR_ARGUMENT, "64x64 stands twice");
	refuse(&flow, OPTIONS(.sizes = flat, .size_count = 1), CEN_ERROR_ARGUMENT, "64x0");
	refuse(&flow, OPTIONS(.sizes = wide, .size_count = 1), CEN_ERROR_ARGUMENT, "65537x1");
	flow_stop(&flow);
}

/* With one size nobody can tell what follows from it: it holds for that alone. */
static void test_one_size(void **state)
{
	const struct cen_record_options options = {.size = sizeof(options), .sizes = sizes, .size_count = 1};
	struct flow flow;
	char *json;

	(void)state;
	flow_start(&flow, flow_camera_script);
	json = record(flow.machine, &options);
	assert_non_null(strstr(json, "\"size\": \"640x480\""));
	free(json);
	flow_stop(&flow);
}

/* A text and every n-th allocation that fails: -ENOMEM and nothing lost, or the text. */
static void sweep(struct cen_machine *machine)
{
	const struct cen_record_options options = {.size = sizeof(options), .sizes = sizes, .size_count = 5};
	char *whole = record(machine, &options);
	unsigned long n = 1;

	for (; n < SWEEP_MAX; n++) {
		size_t alive = fault_alive(), fds = balance_count_fds();
		struct cen_error *err = NULL;
		char *json;
		int ret;

		fault_arm(FAULT_MEMORY, n);
		ret = cen_machine_record(machine, &options, &json, &err);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			assert_string_equal(json, whole);
			free(json);
			break;
		}
		if (ret == 0)
			assert_string_equal(json, whole);
		else
			assert_int_equal(ret, -ENOMEM);
		free(json);
		cen_error_destroy(err);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	}
	assert_in_range(n, 100, SWEEP_MAX - 1);
	free(whole);
}

static void test_faults(void **state)
{
	struct cen_machine *machine;
	struct flow flow;

	(void)state;
	flow_start(&flow, script);
	sweep(flow.machine);
	machine = read_back(flow.ctx, board);
	sweep(machine);
	cen_machine_destroy(machine);
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live),     cmocka_unit_test(test_file),    cmocka_unit_test(test_grouping),
		cmocka_unit_test(test_failure),  cmocka_unit_test(test_options), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_one_size), cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
