/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Plug-ins: which are taken, which are skipped and why, and who wins. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "balance.h"
#include "flow.h"

/* A directory for the plug-ins of one test. */
struct dir {
	char path[64];
	char *files[8]; /* owned */
	size_t count;
};

static void make_dir(struct dir *dir)
{
	memset(dir, 0, sizeof(*dir));
	strcpy(dir->path, "/tmp/cenalloc-plugins-XXXXXX");
	assert_non_null(mkdtemp(dir->path));
}

static const char *add_path(struct dir *dir, const char *file)
{
	assert_true(asprintf(&dir->files[dir->count], "%s/%s", dir->path, file) > 0);
	return dir->files[dir->count++];
}

static void add_text(struct dir *dir, const char *file, const char *text)
{
	int fd = open(add_path(dir, file), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void add_plugin(struct dir *dir, const char *file, const char *plugin)
{
	char target[512];

	snprintf(target, sizeof(target), "%s/%s.so", getenv("BAD_PLUGINS"), plugin);
	assert_int_equal(access(target, R_OK), 0);
	assert_int_equal(symlink(target, add_path(dir, file)), 0);
}

static void remove_dir(struct dir *dir)
{
	for (size_t n = 0; n < dir->count; n++) {
		if (unlink(dir->files[n]) < 0)
			rmdir(dir->files[n]);
		free(dir->files[n]);
	}
	assert_int_equal(rmdir(dir->path), 0);
}

static void start(struct flow *flow, const struct dir *dir, const struct dir *before)
{
	flow_start_context(flow, CEN_CONTEXT_NO_ENVIRONMENT, NULL);
	assert_int_equal(cen_context_add_backend_dir(flow->ctx, dir->path, NULL), 0);
	if (before)
		assert_int_equal(cen_context_add_backend_dir(flow->ctx, before->path, NULL), 0);
	assert_int_equal(cen_machine_create_live(flow->ctx, 0, &flow->machine, NULL), 0);
}

static bool has_source(const struct flow *flow, const char *name)
{
	for (size_t n = 0; n < cen_machine_get_source_count(flow->machine); n++) {
		struct cen_source_info info = {.size = sizeof(info)};

		cen_source_get_info(cen_machine_get_source(flow->machine, n), &info);
		if (strcmp(info.name, name) == 0)
			return true;
	}
	return false;
}

struct bad_case {
	const char *plugin;
	const char *reason;
};

static void test_bad_ones_are_skipped(void **state)
{
	static const struct bad_case cases[] = {
		{"no-symbol", "no symbol cen_backend_entry_v1"},
		{"newer", "needs a newer library"},
		{"null-table", "its table is NULL"},
		{"bad-name", "its name is not"},
		{"long-name", "its name is not"},
		{"small-table", "smaller than that of ABI 1"},
		{"abi-zero", "ABI 0"},
		{"no-list", "no list()"},
		{"no-describe", "/dev/broken: not taken: the backend has no describe()"},
		{"no-allocate", "source broken: not taken: the backend has no allocate()"},
		{"list-fails", "backend broken left out: list: the bus is on fire: open"},
		{"bad-descriptors", "name has a '/'"},
	};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct flow flow;
		struct dir dir;

		make_dir(&dir);
		add_plugin(&dir, "aaa.so", cases[n].plugin);
		add_plugin(&dir, "zzz.so", "good");
		start(&flow, &dir, NULL);
		assert_logged(&flow, cases[n].reason);
		if (n < 8)
			assert_logged(&flow, "/aaa.so: plug-in skipped");
		assert_true(has_source(&flow, "good"));
		assert_false(has_source(&flow, "broken"));
		flow_stop(&flow);
		remove_dir(&dir);
	}
}

static void test_no_plugins(void **state)
{
	struct flow flow;
	struct dir dir;

	(void)state;
	make_dir(&dir);
	add_text(&dir, "aaa.so", "this is a text file\n");
	add_text(&dir, "readme.txt", "and this is not looked at\n");
	assert_int_equal(mkdir(add_path(&dir, "dir.so"), 0755), 0);
	assert_int_equal(mkfifo(add_path(&dir, "fifo.so"), 0644), 0);
	assert_int_equal(symlink("/nowhere", add_path(&dir, "gone.so")), 0);
	add_plugin(&dir, "good.so", "good");
	start(&flow, &dir, NULL);
	assert_logged(&flow, "/aaa.so: plug-in skipped: ");
	assert_logged(&flow, "/dir.so: plug-in skipped: it is not a regular file");
	assert_logged(&flow, "/fifo.so: plug-in skipped: it is not a regular file");
	assert_logged(&flow, "/gone.so: plug-in skipped: No such file");
	assert_false(flow_has_logged(&flow, "readme.txt"));
	assert_true(has_source(&flow, "good"));
	flow_stop(&flow);
	remove_dir(&dir);
}

static void test_first_of_a_name_wins(void **state)
{
	struct dir first, second;
	struct flow flow;

	(void)state;
	make_dir(&first);
	make_dir(&second);
	/* Both say that their name is "good"; they differ in their source. */
	add_plugin(&first, "a.so", "good-too");
	add_plugin(&first, "b.so", "good");
	start(&flow, &first, NULL);
	assert_true(has_source(&flow, "second-good"));
	assert_false(has_source(&flow, "good"));
	assert_logged(&flow, "/b.so: plug-in skipped: a backend of the same name came first");
	flow_stop(&flow);
	/* The directory that was added last is searched first. */
	add_plugin(&second, "good.so", "good");
	start(&flow, &first, &second);
	assert_true(has_source(&flow, "good"));
	assert_false(has_source(&flow, "second-good"));
	flow_stop(&flow);
	remove_dir(&first);
	remove_dir(&second);
}

static void test_bad_one_does_not_hide_another(void **state)
{
	struct dir first, second;
	struct flow flow;

	(void)state;
	make_dir(&first);
	make_dir(&second);
	add_text(&first, "good.so", "text");
	add_plugin(&second, "good.so", "good");
	start(&flow, &second, &first);
	assert_true(has_source(&flow, "good"));
	flow_stop(&flow);
	remove_dir(&first);
	remove_dir(&second);
}

static void test_empty_file_masks(void **state)
{
	struct dir first, second;
	struct flow flow;

	(void)state;
	make_dir(&first);
	make_dir(&second);
	add_text(&first, "good.so", "");
	add_text(&first, "heap.so", "");
	add_plugin(&second, "good.so", "good");
	add_plugin(&second, "other.so", "good");
	start(&flow, &second, &first);
	assert_false(has_source(&flow, "good"));
	assert_logged(&flow, "/good.so: plug-in skipped: its name is masked by an empty file");
	assert_logged(&flow, "/other.so: plug-in skipped: its name is masked by an empty file");
	flow_stop(&flow);
	/* The other way round the plug-in comes first. */
	start(&flow, &first, &second);
	assert_true(has_source(&flow, "good"));
	flow_stop(&flow);
	remove_dir(&first);
	remove_dir(&second);
}

static void test_environment(void **state)
{
	struct flow flow;
	struct dir dir;
	char list[256];

	(void)state;
	make_dir(&dir);
	add_plugin(&dir, "good.so", "good");
	snprintf(list, sizeof(list), "relative:/nowhere::%s", dir.path);
	setenv("CENALLOC_BACKEND_PATH", list, 1);
	flow_start_context(&flow, 0, NULL);
	assert_int_equal(cen_machine_create_live(flow.ctx, 0, &flow.machine, NULL), 0);
	assert_true(has_source(&flow, "good"));
	assert_logged(&flow, "\"relative\" is not absolute");
	flow_stop(&flow);
	setenv("CENALLOC_DISABLE_BACKENDS", "heap,good", 1);
	flow_start_context(&flow, 0, NULL);
	assert_int_equal(cen_machine_create_live(flow.ctx, 0, &flow.machine, NULL), 0);
	assert_false(has_source(&flow, "good"));
	assert_logged(&flow, "good: disabled");
	flow_stop(&flow);
	unsetenv("CENALLOC_DISABLE_BACKENDS");
	flow_start_context(&flow, CEN_CONTEXT_NO_ENVIRONMENT, NULL);
	assert_int_equal(cen_machine_create_live(flow.ctx, 0, &flow.machine, NULL), 0);
	assert_false(has_source(&flow, "good"));
	flow_stop(&flow);
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	assert_int_equal(cen_machine_create_live(flow.ctx, 0, &flow.machine, NULL), 0);
	assert_false(has_source(&flow, "good"));
	flow_stop(&flow);
	unsetenv("CENALLOC_BACKEND_PATH");
	remove_dir(&dir);
}

static void test_context_arguments(void **state)
{
	const struct cen_backend *fake;
	struct cen_context *ctx = (void *)1;
	struct cen_backend bad;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	assert_int_equal(cen_context_create(1u << 7, &ctx, &err), -EINVAL);
	assert_null(ctx);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_UNKNOWN_FLAG);
	assert_error_says(err, "0x80");
	cen_context_destroy(NULL);
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, "");
	assert_int_equal(cen_context_set_log_handler(flow.ctx, 0, NULL, NULL), -EINVAL);
	assert_int_equal(cen_context_set_log_handler(flow.ctx, 5, NULL, NULL), -EINVAL);
	assert_int_equal(cen_context_add_backend_dir(flow.ctx, "relative", &err), -EINVAL);
	assert_error_says(err, "relative");
	assert_int_equal(cen_backend_entry_v1_fake(CEN_BACKEND_ABI, &fake), 0);
	assert_int_equal(cen_context_add_backend(flow.ctx, fake, &err), -EEXIST);
	assert_error_says(err, "fake");
	assert_int_equal(cen_context_add_backend(flow.ctx, NULL, &err), -EINVAL);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_BACKEND);
	assert_error_says(err, "NULL");
	bad = *fake;
	bad.name = "";
	assert_int_equal(cen_context_add_backend(flow.ctx, &bad, &err), -EINVAL);
	assert_error_says(err, "name");
	assert_int_equal(cen_machine_create_live(flow.ctx, 2, &flow.machine, &err), -EINVAL);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_UNKNOWN_FLAG);
	assert_error_says(err, "0x2");
	assert_int_equal(cen_machine_create_live(flow.ctx, 0, &flow.machine, NULL), 0);
	assert_int_equal(cen_context_add_backend_dir(flow.ctx, "/tmp", &err), -EBUSY);
	assert_error_says(err, "first machine");
	assert_int_equal(cen_context_add_backend(flow.ctx, fake, NULL), -EBUSY);
	flow_stop(&flow);
}

static void test_plane_beyond_object(void **state)
{
	struct cen_solution *solution;
	struct cen_error *err;
	struct flow flow;
	struct dir dir;
	size_t fds;

	(void)state;
	make_dir(&dir);
	add_plugin(&dir, "broken.so", "plane-beyond");
	start(&flow, &dir, NULL);
	solution = flow_solve(&flow, 64, 64, 2, XR24, CEN_USAGE_CPU_WRITE, "cpu", 0, NULL);
	fds = balance_count_fds();
	err = flow_allocate_fails(solution, 2, 0, CEN_ERROR_BACKEND, -EPROTO);
	assert_error_says(err, "overflow 64 bits");
	assert_true(balance_check_fds(fds));
	cen_solution_unref(solution);
	flow_stop(&flow);
	remove_dir(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_ones_are_skipped), cmocka_unit_test(test_no_plugins),
		cmocka_unit_test(test_first_of_a_name_wins), cmocka_unit_test(test_bad_one_does_not_hide_another),
		cmocka_unit_test(test_empty_file_masks),     cmocka_unit_test(test_environment),
		cmocka_unit_test(test_context_arguments),    cmocka_unit_test(test_plane_beyond_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
