/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Where the map in force comes from: the environment, files; and that a changed file is noticed. */
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "balance.h"
#include "config.h"
#include "fault.h"
#include "map-scene.h"

/* A folder of this test's own, with the files that stand for the user's and the system's. */
struct files {
	char folder[32];
	char user[64], system[64], list[160];
};

static void start_files(struct files *files)
{
	snprintf(files->folder, sizeof(files->folder), "/tmp/cenalloc-map-XXXXXX");
	assert_non_null(mkdtemp(files->folder));
	snprintf(files->user, sizeof(files->user), "%s/home/.config/cenalloc.conf", files->folder);
	snprintf(files->system, sizeof(files->system), "%s/system.conf", files->folder);
	snprintf(files->list, sizeof(files->list), "%s:%s", files->user, files->system);
	assert_int_equal(setenv("CENALLOC_CONFIG", files->list, 1), 0);
	unsetenv("CENALLOC_MAP");
}

static void make_user_folder(const struct files *files)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/home", files->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/home/.config", files->folder);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void stop_files(const struct files *files)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", files->folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(setenv("CENALLOC_CONFIG", "", 1), 0);
	unsetenv("CENALLOC_MAP");
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* As editors do, but from a folder that nobody watches: the rename is all there is to see. */
static void replace_file(const char *path, const char *text)
{
	char other[] = "/tmp/cenalloc-new-XXXXXX";
	int fd = mkstemp(other);

	assert_true(fd >= 0);
	close(fd);
	write_file(other, text);
	assert_int_equal(rename(other, path), 0);
}

/* The program before the environment, that before the user's file, that before the system's. */
static void test_precedence(void **state)
{
	struct files files;
	struct flow flow;

	(void)state;
	start_files(&files);
	make_user_folder(&files);
	write_file(files.system, "map *=reserved\nregion pool 1M\nregion low 4K\n");
	flow_start(&flow, map_script);
	assert_in_force(flow.ctx, "*=reserved", files.system);
	assert_next(&flow, "reserved");
	flow_stop(&flow);

	write_file(files.user, "map *=udmabuf\nregion pool 2M source=system\n");
	flow_start(&flow, map_script);
	assert_in_force(flow.ctx, "*=udmabuf", files.user);
	assert_next(&flow, "udmabuf");
	assert_string_equal(_cen_config_get_region(flow.ctx, 0)->source, "system");
	assert_string_equal(_cen_config_get_region(flow.ctx, 1)->name, "low");
	assert_null(_cen_config_get_region(flow.ctx, 2));
	flow_stop(&flow);

	setenv("CENALLOC_MAP", "*=system", 1);
	flow_start(&flow, map_script);
	assert_in_force(flow.ctx, "*=system", "CENALLOC_MAP");
	set_map(flow.ctx, "*=reserved");
	assert_in_force(flow.ctx, "*=reserved", "the program");
	set_map(flow.ctx, NULL);
	assert_in_force(flow.ctx, "*=system", "CENALLOC_MAP");
	flow_stop(&flow);

	/* Set and empty: no map at all. */
	setenv("CENALLOC_MAP", "", 1);
	flow_start(&flow, map_script);
	assert_in_force(flow.ctx, NULL, NULL);
	assert_next(&flow, "system");
	flow_stop(&flow);

	setenv("CENALLOC_MAP", "*=udmabuf", 1);
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS | CEN_CONTEXT_NO_ENVIRONMENT, map_script);
	assert_in_force(flow.ctx, NULL, NULL);
	assert_null(_cen_config_get_region(flow.ctx, 0));
	flow_stop(&flow);
	stop_files(&files);
}

/* Where CENALLOC_CONFIG is not set: $XDG_CONFIG_HOME, else ~/.config. */
static void test_user_folder(void **state)
{
	char home[64], config[64];
	struct files files;
	struct flow flow;

	(void)state;
	start_files(&files);
	make_user_folder(&files);
	write_file(files.user, "map *=udmabuf\n");
	snprintf(home, sizeof(home), "%s/home", files.folder);
	snprintf(config, sizeof(config), "%s/home/.config", files.folder);
	unsetenv("CENALLOC_CONFIG");
	setenv("XDG_CONFIG_HOME", config, 1);
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	assert_in_force(flow.ctx, "*=udmabuf", files.user);
	flow_stop(&flow);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	setenv("HOME", home, 1);
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	assert_in_force(flow.ctx, "*=udmabuf", files.user);
	flow_stop(&flow);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	stop_files(&files);
}

/* What cannot be read is logged and passed over: the next one counts. */
static void test_bad_ones(void **state)
{
	char text[256];
	struct files files;
	struct flow flow;

	(void)state;
	start_files(&files);
	make_user_folder(&files);
	write_file(files.user, "map *=udmabuf\nmap camera=*\n");
	write_file(files.system, "map *=reserved\n");
	setenv("CENALLOC_MAP", "*=a=b", 1);
	flow_start(&flow, map_script);
	assert_next(&flow, "reserved");
	assert_logged(&flow, "error map: passed over: CENALLOC_MAP:1:4: ',' or ';' is wanted, found '='");
	snprintf(text, sizeof(text), "error map: passed over: %s:2:12: a name on the right has no '*'", files.user);
	assert_logged(&flow, text);
	/* Who asks for it is told. */
	{
		struct cen_error *err = NULL;

		assert_int_equal(cen_context_reload_map(flow.ctx, &err), -EINVAL);
		assert_error_says(err, "CENALLOC_MAP:1:4: ");
	}
	assert_next(&flow, "reserved");
	flow_stop(&flow);
	stop_files(&files);
}

static void test_load(void **state)
{
	struct cen_error *err = NULL;
	struct files files;
	struct flow flow;
	char text[256];

	(void)state;
	start_files(&files);
	write_file(files.system, "map *=reserved\nregion a 1M\n");
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS | CEN_CONTEXT_NO_ENVIRONMENT, NULL);
	assert_int_equal(cen_context_load_config(flow.ctx, files.system, NULL), 0);
	assert_in_force(flow.ctx, "*=reserved", files.system);
	assert_string_equal(_cen_config_get_region(flow.ctx, 0)->name, "a");
	/* What fails changes nothing. */
	write_file(files.system, "map *=reserved\nregion b 1M oops\n");
	assert_int_equal(cen_context_load_config(flow.ctx, files.system, &err), -EINVAL);
	snprintf(text, sizeof(text), "%s:2:13: source=, align=, start= or algorithm= is wanted", files.system);
	assert_error_says(err, text);
	assert_string_equal(_cen_config_get_region(flow.ctx, 0)->name, "a");
	assert_int_equal(cen_context_load_config(flow.ctx, "/nowhere.conf", &err), -ENOENT);
	assert_error_says(err, "/nowhere.conf");
	assert_int_equal(cen_context_load_config(flow.ctx, "relative.conf", &err), -EINVAL);
	assert_error_says(err, "an absolute path is needed");
	assert_int_equal(cen_context_load_config(flow.ctx, NULL, NULL), -EINVAL);
	assert_in_force(flow.ctx, "*=reserved", files.system);
	write_file(files.system, "region c 1M\n");
	assert_int_equal(cen_context_load_config(flow.ctx, files.system, NULL), 0);
	assert_in_force(flow.ctx, NULL, NULL);
	assert_string_equal(_cen_config_get_region(flow.ctx, 0)->name, "c");
	flow_stop(&flow);
	stop_files(&files);
}

/* Wait for the file descriptor, and dispatch until it is quiet. Returns what the last reload that mattered said. */
static int dispatch(struct cen_context *ctx, int fd, struct cen_error **err)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int result = 0;

	if (poll(&wait, 1, 5000) != 1)
		fail_msg("nothing happened for 5 seconds");
	do {
		int ret = cen_context_dispatch_map(ctx, result < 0 ? NULL : err);

		if (ret)
			result = ret;
	} while (poll(&wait, 1, 0) == 1);
	return result;
}

/* Files that are made, written, replaced and removed, in folders that are made later. */
static void test_watch(void **state)
{
	struct cen_error *err = NULL;
	struct files files;
	struct flow flow;
	int fd = 0, again;

	(void)state;
	start_files(&files);
	flow_start(&flow, map_script);
	assert_int_equal(cen_context_dispatch_map(flow.ctx, &err), -EINVAL);
	assert_error_says(err, "cen_context_watch_map() was not called");
	assert_int_equal(cen_context_watch_map(flow.ctx, &fd, NULL), 0);
	assert_int_equal(cen_context_watch_map(flow.ctx, &again, NULL), 0);
	assert_int_equal(again, fd);
	assert_int_equal(cen_context_dispatch_map(flow.ctx, NULL), 0);
	assert_next(&flow, "system");

	write_file(files.system, "map *=reserved\n");
	assert_int_equal(dispatch(flow.ctx, fd, NULL), 1);
	assert_next(&flow, "reserved");
	replace_file(files.system, "map *=udmabuf\n");
	assert_int_equal(dispatch(flow.ctx, fd, NULL), 1);
	assert_next(&flow, "udmabuf");
	/* The same again is no change. */
	replace_file(files.system, "map *=udmabuf  # as before\n");
	assert_int_equal(dispatch(flow.ctx, fd, NULL), 0);

	/* A broken one keeps the old map. */
	replace_file(files.system, "map *=\n");
	assert_int_equal(dispatch(flow.ctx, fd, &err), -EINVAL);
	assert_error_says(err, ":1:7: the name of a region, heap or backend is wanted");
	assert_logged(&flow, "error map: the map stays as it was: ");
	assert_next(&flow, "udmabuf");

	/* The folder of the user's file comes into being, and the file; it weighs more, but the other is still broken. */
	make_user_folder(&files);
	assert_int_equal(dispatch(flow.ctx, fd, NULL), -EINVAL);
	replace_file(files.system, "map *=udmabuf\n");
	assert_int_equal(dispatch(flow.ctx, fd, NULL), 0);
	replace_file(files.user, "map *=system,reserved\n");
	assert_int_equal(dispatch(flow.ctx, fd, NULL), 1);
	assert_in_force(flow.ctx, "*=system,reserved", files.user);

	/* Gone again: the system's counts. */
	assert_int_equal(unlink(files.user), 0);
	assert_int_equal(dispatch(flow.ctx, fd, NULL), 1);
	assert_next(&flow, "udmabuf");
	assert_int_equal(unlink(files.system), 0);
	assert_int_equal(dispatch(flow.ctx, fd, NULL), 1);
	assert_next(&flow, "system");
	/* With the program's own map in force nothing else changes it. */
	set_map(flow.ctx, "*=udmabuf");
	write_file(files.system, "map *=reserved\n");
	assert_int_equal(dispatch(flow.ctx, fd, NULL), 0);
	assert_next(&flow, "udmabuf");
	flow_stop(&flow);
	stop_files(&files);
}

/* A symbolic link into another folder: what it leads to is watched, too. */
static void test_watch_link(void **state)
{
	char folder[64], target[96];
	struct files files;
	struct flow flow;
	int fd;

	(void)state;
	start_files(&files);
	snprintf(folder, sizeof(folder), "%s/dotfiles", files.folder);
	snprintf(target, sizeof(target), "%s/memory.conf", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	write_file(target, "map *=udmabuf\n");
	assert_int_equal(symlink(target, files.system), 0);
	flow_start(&flow, map_script);
	assert_int_equal(cen_context_watch_map(flow.ctx, &fd, NULL), 0);
	assert_next(&flow, "udmabuf");
	replace_file(target, "map *=reserved\n");
	assert_int_equal(dispatch(flow.ctx, fd, NULL), 1);
	assert_next(&flow, "reserved");
	flow_stop(&flow);
	stop_files(&files);
}

/* The whole way: two files, a reload, a watch, a solve with the map. Without cmocka, as in test-faults.c. */
static int run_way(const struct files *files)
{
	struct cen_machine *machine = NULL;
	struct cen_request *request = NULL;
	struct cen_solution *solution = NULL;
	const struct cen_device *device = NULL;
	struct cen_context *ctx = NULL;
	const struct cen_backend *fake;
	struct cen_error *err = NULL;
	int fd, ret;

	fake_set_script(map_script);
	ret = cen_backend_entry_v1_fake(CEN_BACKEND_ABI, &fake);
	if (ret == 0)
		ret = cen_context_create(CEN_CONTEXT_NO_PLUGINS, &ctx, &err);
	if (ret == 0)
		ret = cen_context_add_backend(ctx, fake, &err);
	if (ret == 0)
		ret = cen_context_reload_map(ctx, &err);
	if (ret == 1)
		ret = cen_context_load_config(ctx, files->system, &err);
	if (ret == 0)
		ret = cen_context_watch_map(ctx, &fd, &err);
	if (ret == 0)
		ret = cen_machine_create_live(ctx, 0, &machine, &err);
	if (ret == 0)
		ret = cen_machine_find_device(machine, "/dev/video0", &device, &err);
	if (ret == 0)
		ret = cen_request_create(machine, &request);
	if (ret == 0)
		ret = cen_request_set_size(request, 64, 64, &err);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_CAPTURE, device, &err);
	if (ret == 0)
		ret = cen_solve(request, 0, &solution, &err);
	if (ret == 0 && !cen_solution_get_plan(solution, 0))
		ret = -ENOENT;
	cen_solution_unref(solution);
	cen_request_destroy(request);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	cen_error_destroy(err);
	return ret;
}

static void test_faults(void **state)
{
	struct files files;

	(void)state;
	start_files(&files);
	make_user_folder(&files);
	write_file(files.user, "map camera=udmabuf\nregion a 1M\n");
	write_file(files.system, "map /capture=a\n");
	/* It begins without a pattern for a device. */
	assert_int_equal(run_way(&files), -EINVAL);
	write_file(files.system, "map camera=gone,reserved\nregion b 1M align=4K\n");
	assert_int_equal(run_way(&files), 0);
	for (unsigned long n = 1;; n++) {
		size_t alive = fault_alive(), fds = balance_count_fds();
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = run_way(&files);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			break;
		}
		assert_true(ret < 0);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	}
	stop_files(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_precedence), cmocka_unit_test(test_user_folder),
		cmocka_unit_test(test_bad_ones),   cmocka_unit_test(test_load),
		cmocka_unit_test(test_watch),      cmocka_unit_test(test_watch_link),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
