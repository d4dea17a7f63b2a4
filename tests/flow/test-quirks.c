/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Quirks from files: which of them count, what they do to a plan and a conflict, and what describe() tells of it. */
#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "balance.h"
#include "fault.h"
#include "flow.h"

static const char script[] = "device /dev/fake-camera usages=capture name=camera driver=fakecam id=usb:046d:0825\n"
			     "cap /dev/fake-camera capture NV12 LINEAR stride-align=16@queried objects=one\n"
			     "note /dev/fake-camera capture the counts are not known\n"
			     "device /dev/fake-display usages=scanout driver=fakekms\n"
			     "cap /dev/fake-display scanout NV12 LINEAR stride-max=2048@queried objects=one\n"
			     "source scattered cost=10\n";

/* A folder of this test's own with folders in it. */
struct folders {
	char top[32];
};

static const char *path_of(const struct folders *folders, const char *name)
{
	static char path[4][128];
	static unsigned int next;
	char *buf = path[next++ % 4];

	snprintf(buf, sizeof(path[0]), "%s/%s", folders->top, name);
	return buf;
}

static void make_folder(const struct folders *folders, const char *name)
{
	assert_int_equal(mkdir(path_of(folders, name), 0700), 0);
}

static void start_folders(struct folders *folders)
{
	snprintf(folders->top, sizeof(folders->top), "/tmp/cenalloc-quirk-XXXXXX");
	assert_non_null(mkdtemp(folders->top));
	make_folder(folders, "a");
	make_folder(folders, "b");
	assert_int_equal(setenv("CENALLOC_QUIRKS_PATH", path_of(folders, "a"), 1), 0);
}

static void stop_folders(const struct folders *folders)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folders->top);
	assert_int_equal(system(command), 0);
	assert_int_equal(setenv("CENALLOC_QUIRKS_PATH", "", 1), 0);
}

static void write_text(const struct folders *folders, const char *name, const char *text)
{
	FILE *file = fopen(path_of(folders, name), "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* A file with one quirk of the camera: the change is, for example, "\"set\": {\"stride-align\": 64}". */
static void write_quirk(const struct folders *folders, const char *name, const char *quirk, const char *change)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "{\"cenalloc-quirks\": 1, \"quirks\": [{\"name\": \"%s\", \"text\": \"it lies\", \"source\": \"a "
		 "thread\",\n"
		 "\"match\": {\"driver\": \"fakecam\"}, %s}]}\n",
		 quirk, change);
	write_text(folders, name, text);
}

/* What the camera says with its quirks; for the caller to unref and free. */
static struct cen_capabilities *describe(struct flow *flow, const char *path, uint32_t usage, char **notes)
{
	const struct cen_device *device;
	struct cen_capabilities *caps;
	struct cen_error *err = NULL;

	assert_int_equal(cen_machine_find_device(flow->machine, path, &device, NULL), 0);
	if (cen_machine_describe(flow->machine, device, usage, 640, 480, NULL, 0, &caps, notes, &err) < 0)
		fail_msg("%s", cen_error_get_message(err));
	return caps;
}

/* The notes of the camera are these. */
static void assert_notes(struct flow *flow, const char *wanted)
{
	char *notes;

	cen_capabilities_unref(describe(flow, "/dev/fake-camera", CEN_USAGE_CAPTURE, &notes));
	assert_string_equal(notes, wanted);
	free(notes);
}

#define UNKNOWN "the counts are not known"

/* A machine with the quirks of these folders says this of the camera. */
static void assert_outcome(const char *wanted)
{
	struct flow flow;

	flow_start(&flow, script);
	assert_notes(&flow, wanted);
	flow_stop(&flow);
}

static uint64_t get_stride(struct flow *flow)
{
	struct cen_solution *solution =
		flow_solve(flow, 100, 100, 1, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera", 0, NULL);
	struct cen_plane_layout plane = {0};

	assert_non_null(cen_solution_get_plan(solution, 0));
	assert_int_equal(cen_plan_get_plane(cen_solution_get_plan(solution, 0), 0, &plane), 0);
	cen_solution_unref(solution);
	return plane.stride;
}

static void test_plan(void **state)
{
	struct folders folders;
	struct flow flow;
	struct cen_capabilities *caps;
	struct cen_capability item = {.size = sizeof(item)};
	char *notes;

	(void)state;
	start_folders(&folders);
	flow_start(&flow, script);
	assert_int_equal(get_stride(&flow), 112);
	flow_stop(&flow);

	write_quirk(&folders, "a/1.json", "wide", "\"add\": {\"stride-align\": 1024}");
	flow_start(&flow, script);
	assert_int_equal(get_stride(&flow), 1024);
	assert_notes(&flow, UNKNOWN "\nquirk wide: stride-align 16 -> 1024 (1 alternative)");
	caps = describe(&flow, "/dev/fake-camera", CEN_USAGE_CAPTURE, NULL);
	assert_int_equal(cen_capabilities_get(caps, 0, &item), 0);
	assert_int_equal(item.constraints[0].kind, CEN_CONSTRAINT_STRIDE_ALIGN);
	assert_int_equal(item.constraints[0].provenance, CEN_PROVENANCE_QUIRK);
	assert_string_equal(item.constraints[0].note, "quirk wide: it lies");
	/* It is in use as any other set is. */
	assert_int_equal(cen_capabilities_add(caps, &item, NULL), -EBUSY);
	cen_capabilities_unref(caps);
	caps = describe(&flow, "/dev/fake-display", CEN_USAGE_SCANOUT, &notes);
	assert_null(notes);
	cen_capabilities_unref(caps);
	flow_stop(&flow);
	stop_folders(&folders);
}

/* The conflict names the constraint, and how it is known. */
static void test_conflict(void **state)
{
	struct folders folders;
	struct flow flow;
	struct cen_solution *solution;
	const struct cen_conflict *conflict;
	struct cen_conflict_member member = {.size = sizeof(member)};
	bool has_quirk = false;

	(void)state;
	start_folders(&folders);
	write_quirk(&folders, "a/1.json", "wide", "\"add\": {\"stride-align\": 4096}");
	flow_start(&flow, script);
	solution = flow_solve(&flow, 100, 100, 1, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera", CEN_USAGE_SCANOUT,
			      "/dev/fake-display");
	conflict = cen_solution_get_conflict(solution);
	assert_non_null(conflict);
	for (size_t i = 0; cen_conflict_get_member(conflict, i, &member) == 0; i++)
		has_quirk = has_quirk ||
			    (member.constraint.provenance == CEN_PROVENANCE_QUIRK && member.constraint.value == 4096);
	assert_true(has_quirk);
	if (!strstr(cen_conflict_get_text(conflict), "(quirk wide: it lies)"))
		fail_msg("%s", cen_conflict_get_text(conflict));
	cen_solution_unref(solution);
	flow_stop(&flow);
	stop_folders(&folders);
}

static void test_refusal(void **state)
{
	struct folders folders;
	struct flow flow;
	struct cen_solution *solution;

	(void)state;
	start_folders(&folders);
	write_quirk(&folders, "a/1.json", "broken", "\"refuse\": true");
	flow_start(&flow, script);
	assert_notes(&flow, UNKNOWN "\nquirk broken: refused (1 alternative)");
	solution = flow_solve(&flow, 100, 100, 1, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera", 0, NULL);
	assert_null(cen_solution_get_plan(solution, 0));
	assert_non_null(cen_solution_get_conflict(solution));
	cen_solution_unref(solution);
	flow_stop(&flow);
	stop_folders(&folders);
}

/* Names count, whatever folder they are in; and one that is empty says nothing. */
static void test_order_and_masks(void **state)
{
	struct folders folders;
	char list[128];

	(void)state;
	start_folders(&folders);
	snprintf(list, sizeof(list), "%s:%s", path_of(&folders, "a"), path_of(&folders, "b"));
	assert_int_equal(setenv("CENALLOC_QUIRKS_PATH", list, 1), 0);
	write_quirk(&folders, "a/50-x.json", "later", "\"set\": {\"stride-align\": 64}");
	write_quirk(&folders, "b/10-x.json", "earlier", "\"set\": {\"stride-align\": 32}");
	assert_outcome(UNKNOWN "\nquirk earlier: stride-align 16 -> 32 (1 alternative)\n"
			       "quirk later: stride-align 32 -> 64 (1 alternative)");
	/* In place of the file of its name. */
	write_quirk(&folders, "b/50-x.json", "other", "\"set\": {\"stride-align\": 128}");
	assert_outcome(UNKNOWN "\nquirk earlier: stride-align 16 -> 32 (1 alternative)\n"
			       "quirk other: stride-align 32 -> 128 (1 alternative)");
	write_text(&folders, "b/50-x.json", "");
	assert_outcome(UNKNOWN "\nquirk earlier: stride-align 16 -> 32 (1 alternative)");
	/* A quirk of a name that an earlier file has stands in its place. */
	write_quirk(&folders, "b/60-x.json", "earlier", "\"set\": {\"stride-align\": 256}");
	assert_outcome(UNKNOWN "\nquirk earlier: stride-align 16 -> 256 (1 alternative)");
	stop_folders(&folders);
}

/* A bad file is named with what is wrong, and hides nothing, neither other files nor what it would have replaced. */
static void test_bad_files(void **state)
{
	struct folders folders;
	struct flow flow;
	char list[128];

	(void)state;
	start_folders(&folders);
	snprintf(list, sizeof(list), "relative:%s::%s:%s", path_of(&folders, "a"), path_of(&folders, "b"),
		 path_of(&folders, "nowhere"));
	assert_int_equal(setenv("CENALLOC_QUIRKS_PATH", list, 1), 0);
	write_quirk(&folders, "a/50-x.json", "good", "\"set\": {\"stride-align\": 64}");
	write_quirk(&folders, "b/50-x.json", "typo", "\"sett\": {\"stride-align\": 128}");
	write_text(&folders, "b/10-x.json", "{");
	write_text(&folders, "b/.51-x.json", "{");
	write_text(&folders, "b/README", "not JSON");
	make_folder(&folders, "b/52-folder.json");
	assert_int_equal(mkfifo(path_of(&folders, "b/53-pipe.json"), 0600), 0);
	flow_start(&flow, script);
	assert_notes(&flow, UNKNOWN "\nquirk good: stride-align 16 -> 64 (1 alternative)");
	assert_logged(&flow, "b/50-x.json:2: quirks[0].sett: this key is not known");
	assert_logged(&flow, "passed over: ");
	assert_logged(&flow, "b/10-x.json:1");
	assert_logged(&flow, "52-folder.json: not a regular file");
	assert_logged(&flow, "53-pipe.json: not a regular file");
	assert_logged(&flow, "\"relative\" is not an absolute path");
	assert_logged(&flow, "nowhere: not searched");
	assert_false(flow_has_logged(&flow, ".51-x.json"));
	assert_false(flow_has_logged(&flow, "README"));
	flow_stop(&flow);
	stop_folders(&folders);
}

/* The program's folders weigh most, and come before the first machine. */
static void test_program(void **state)
{
	struct folders folders;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	start_folders(&folders);
	write_quirk(&folders, "a/50-x.json", "env", "\"set\": {\"stride-align\": 64}");
	write_quirk(&folders, "b/50-x.json", "program", "\"set\": {\"stride-align\": 128}");
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, script);
	assert_int_equal(cen_context_add_quirk_dir(flow.ctx, "b", &err), -EINVAL);
	assert_error_says(err, "\"b\": an absolute path is needed");
	assert_int_equal(cen_context_add_quirk_dir(flow.ctx, NULL, NULL), -EINVAL);
	assert_int_equal(cen_context_add_quirk_dir(flow.ctx, path_of(&folders, "b"), NULL), 0);
	assert_int_equal(cen_machine_create_live(flow.ctx, 0, &flow.machine, NULL), 0);
	assert_notes(&flow, UNKNOWN "\nquirk program: stride-align 16 -> 128 (1 alternative)");
	assert_int_equal(cen_context_add_quirk_dir(flow.ctx, path_of(&folders, "a"), &err), -EBUSY);
	assert_error_says(err, "quirks come before");
	/* Read once: what changes later is for the next context. */
	write_text(&folders, "b/50-x.json", "");
	assert_notes(&flow, UNKNOWN "\nquirk program: stride-align 16 -> 128 (1 alternative)");
	flow_stop(&flow);
	stop_folders(&folders);
}

/* Without the environment the variable says nothing, but the program does. */
static void test_no_environment(void **state)
{
	struct folders folders;
	struct flow flow;
	const char *first;

	(void)state;
	start_folders(&folders);
	write_quirk(&folders, "a/50-x.json", "env", "\"set\": {\"stride-align\": 64}");
	write_quirk(&folders, "b/60-x.json", "program", "\"set\": {\"stride-align\": 128}");
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS | CEN_CONTEXT_NO_ENVIRONMENT, script);
	assert_int_equal(cen_context_add_quirk_dir(flow.ctx, path_of(&folders, "b"), NULL), 0);
	assert_int_equal(cen_machine_create_live(flow.ctx, 0, &flow.machine, NULL), 0);
	assert_notes(&flow, UNKNOWN "\nquirk program: stride-align 16 -> 128 (1 alternative)");
	/* Of the usual folders that of the installation is looked at, and it alone. */
	first = strstr(flow.log, "quirks.d: not searched");
	assert_true(!first || !strstr(first + 1, "quirks.d: not searched"));
	flow_stop(&flow);
	stop_folders(&folders);
}

/* Without the variable the user's folder counts. */
static void test_user(void **state)
{
	struct folders folders;
	struct flow flow;

	(void)state;
	start_folders(&folders);
	make_folder(&folders, "a/cenalloc");
	make_folder(&folders, "a/cenalloc/quirks.d");
	write_quirk(&folders, "a/cenalloc/quirks.d/50-x.json", "user", "\"set\": {\"stride-align\": 64}");
	unsetenv("CENALLOC_QUIRKS_PATH");
	assert_int_equal(setenv("XDG_CONFIG_HOME", path_of(&folders, "a"), 1), 0);
	assert_outcome(UNKNOWN "\nquirk user: stride-align 16 -> 64 (1 alternative)");
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS | CEN_CONTEXT_NO_ENVIRONMENT, script);
	assert_int_equal(cen_machine_create_live(flow.ctx, 0, &flow.machine, NULL), 0);
	assert_notes(&flow, UNKNOWN);
	flow_stop(&flow);
	unsetenv("XDG_CONFIG_HOME");
	stop_folders(&folders);
}

/* By id, backend, usage and the kernel that runs. */
static void test_match(void **state)
{
	static const struct {
		const char *match;
		bool is_match;
	} rows[] = {
		{"\"id\": \"usb:046d:*\"", true},
		{"\"id\": \"usb:046e:*\"", false},
		{"\"backend\": \"fake\"", true},
		{"\"backend\": \"v4l2\"", false},
		{"\"backend\": \"*\", \"usages\": [\"capture\"]", true},
		{"\"backend\": \"*\", \"usages\": [\"decode\"]", false},
		{"\"driver\": \"fake*\", \"kernel\": {\"from\": \"3.0\"}", true},
		{"\"driver\": \"fake*\", \"kernel\": {\"before\": \"3.0\"}", false},
	};
	struct folders folders;
	char text[512];

	(void)state;
	start_folders(&folders);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text),
			 "{\"cenalloc-quirks\": 1, \"quirks\": [{\"name\": \"m\", \"text\": \"t\", \"source\": \"s\", "
			 "\"match\": {%s}, \"remove\": [\"stride-align\"]}]}",
			 rows[i].match);
		write_text(&folders, "a/1.json", text);
		assert_outcome(rows[i].is_match ? UNKNOWN "\nquirk m: stride-align 16 removed (1 alternative)"
						: UNKNOWN);
	}
	stop_folders(&folders);
}

/* A machine file says which hardware and kernel its machine has, and may have quirks of its own, which come last. */
static void test_machine_file(void **state)
{
	static const char text[] =
		"{\"cenalloc-machine\": 1, \"name\": \"board\", \"kernel\": \"5.10.3-board\",\n"
		"\"devices\": [{\"name\": \"/dev/fake-camera\", \"driver\": \"fakecam\", \"id\": \"of:acme,cam\",\n"
		"  \"usages\": [\"capture\"], \"alternatives\": [{\"formats\": [\"NV12\"]}]}],\n"
		"\"quirks\": [{\"name\": \"own\", \"text\": \"t\", \"source\": \"s\", \"match\": {\"id\": "
		"\"of:acme,*\",\n"
		"  \"kernel\": {\"from\": \"5.10\", \"before\": \"5.11\"}}, \"add\": {\"stride-align\": 48}}]}";
	struct folders folders;
	struct flow flow;

	(void)state;
	start_folders(&folders);
	write_quirk(&folders, "a/1.json", "shared", "\"set\": {\"stride-align\": 64}");
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	assert_int_equal(cen_machine_create_text(flow.ctx, "/m", text, strlen(text), 0, &flow.machine, NULL), 0);
	assert_string_equal(cen_device_get_id(cen_machine_get_device(flow.machine, 0)), "of:acme,cam");
	assert_notes(&flow, "quirk shared: stride-align 64 added (1 alternative)\n"
			    "quirk own: stride-align 64 -> 192 (1 alternative)");
	assert_int_equal(cen_context_add_quirk_dir(flow.ctx, "/x", NULL), -EBUSY);
	flow_stop(&flow);
	stop_folders(&folders);
}

static void test_bad_machine_file(void **state)
{
	static const char text[] = "{\"cenalloc-machine\": 1, \"name\": \"board\", \"devices\": [],\n"
				   "\"quirks\": [{\"name\": \"own\"}]}";
	struct cen_machine *machine;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	assert_int_equal(cen_machine_create_text(flow.ctx, "/m", text, strlen(text), 0, &machine, &err), -EINVAL);
	assert_error_says(err, "/m:2: quirks[0].text: this is missing");
	flow_stop(&flow);
}

#define THREADS 4
#define ROUNDS 200

static void *describe_often(void *data)
{
	struct flow *flow = data;

	for (int i = 0; i < ROUNDS; i++)
		assert_notes(flow, UNKNOWN "\nquirk wide: stride-align 16 -> 1024 (1 alternative)");
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[THREADS];
	struct folders folders;
	struct flow flow;

	(void)state;
	start_folders(&folders);
	write_quirk(&folders, "a/1.json", "wide", "\"add\": {\"stride-align\": 1024}");
	flow_start(&flow, script);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, describe_often, &flow), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	flow_stop(&flow);
	stop_folders(&folders);
}

/* From the context to the answer. Returns the first failure; *is_quirky when the quirk was applied. */
static int run_way(const struct cen_backend *fake, const char *dir, bool *is_quirky)
{
	const struct cen_device *device;
	struct cen_capabilities *caps = NULL;
	struct cen_machine *machine = NULL;
	struct cen_context *ctx = NULL;
	char *notes = NULL;
	int ret = cen_context_create(CEN_CONTEXT_NO_PLUGINS, &ctx, NULL);

	if (ret == 0)
		ret = cen_context_add_backend(ctx, fake, NULL);
	if (ret == 0)
		ret = cen_context_add_quirk_dir(ctx, dir, NULL);
	if (ret == 0)
		ret = cen_machine_create_live(ctx, 0, &machine, NULL);
	if (ret == 0)
		ret = cen_machine_find_device(machine, "/dev/fake-camera", &device, NULL);
	if (ret == 0)
		ret = cen_machine_describe(machine, device, CEN_USAGE_CAPTURE, 640, 480, NULL, 0, &caps, &notes, NULL);
	*is_quirky = notes && strstr(notes, "quirk wide: ");
	free(notes);
	cen_capabilities_unref(caps);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	return ret;
}

static void test_faults(void **state)
{
	const struct cen_backend *fake;
	struct folders folders;
	size_t fds = balance_count_fds();
	bool is_quirky;

	(void)state;
	start_folders(&folders);
	write_quirk(&folders, "a/1.json", "narrow", "\"add\": {\"stride-align\": 32, \"heap\": \"x\"}");
	write_quirk(&folders, "b/2.json", "wide", "\"add\": {\"stride-align\": 1024}");
	fake_set_script(script);
	assert_int_equal(cen_backend_entry_v1_fake(CEN_BACKEND_ABI, &fake), 0);
	for (unsigned long n = 1;; n++) {
		const char *dir = path_of(&folders, "b");
		size_t alive = fault_alive();
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = run_way(fake, dir, &is_quirky);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			assert_true(is_quirky);
			break;
		}
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
		/* A file that cannot be opened is passed over; memory that cannot be had is no answer. */
		assert_true(ret == -ENOMEM || ret == -ENODEV || ret == 0);
	}
	fake_set_script(NULL);
	stop_folders(&folders);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_order_and_masks),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_no_environment),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_machine_file),
		cmocka_unit_test(test_bad_machine_file),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
