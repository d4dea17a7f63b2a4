/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The checks on a running plug-in. All of this happens in a child process, which a bad plug-in may crash. */
#include "check.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "args.h"

#define UNKNOWN_USAGE 31u
#define TEST_FOURCC 0x34325258u /* XR24 */
#define TEST_COUNT 2

struct run {
	struct tool *tool;
	int pipe;
	struct check_row row; /* the check under way */
	const struct cen_backend *table;
	struct check_proxy *proxy;
	char warning[256]; /* the first warning of the library since the check began */
	size_t device_count;
	size_t source_count;
};

typedef int entry_function(uint32_t host_abi, const struct cen_backend **out);

static void send_row(const struct run *run)
{
	const struct check_row row = run->row;

	/* When the parent is gone there is nobody to tell. */
	if (write(run->pipe, &row, sizeof(row)) != (ssize_t)sizeof(row))
		_exit(1);
}

__attribute__((format(printf, 2, 3))) static void begin(struct run *run, const char *format, ...)
{
	char name[sizeof(run->row.name)];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	check_row_set(&run->row, CHECK_BEGUN, name, "%s", "");
	send_row(run);
	run->warning[0] = '\0';
	if (run->proxy)
		check_proxy_reset(run->proxy);
}

/* Returns whether the check did not fail. */
__attribute__((format(printf, 3, 4))) static bool end(struct run *run, enum check_result result, const char *format,
						      ...)
{
	char detail[sizeof(run->row.detail)];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	run->row.result = result;
	memcpy(run->row.detail, detail, sizeof(detail));
	send_row(run);
	return result != CHECK_FAILED;
}

/* What went wrong, the most telling first; NULL where nothing did. */
static const char *complaint(const struct run *run, int ret, const struct cen_error *err)
{
	if (run->proxy && run->proxy->problem[0])
		return run->proxy->problem;
	if (ret < 0)
		return err ? cen_error_get_message(err) : strerror(-ret);
	return run->warning[0] ? run->warning : NULL;
}

static void keep_warning(const struct cen_log_record *record, void *user_data)
{
	struct run *run = user_data;
	/* Other backends are asked as well; their troubles are not this one's. */
	bool is_ours = strcmp(record->topic, run->table->name) == 0 || strstr(record->message, run->table->name);

	if (run->tool->log_level >= record->level)
		fprintf(stderr, "[%s] %s: %s\n", cen_log_level_get_name(record->level), record->topic, record->message);
	if (is_ours && record->level <= CEN_LOG_WARNING && !run->warning[0])
		snprintf(run->warning, sizeof(run->warning), "%s", record->message);
}

static entry_function *load(struct run *run, const char *path)
{
	entry_function *entry;
	const char *why;
	void *handle;
	void *symbol;

	begin(run, "load");
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		why = dlerror();
		end(run, CHECK_FAILED, "%s", why ? why : "dlopen() failed");
		return NULL;
	}
	symbol = dlsym(handle, CHECK_ENTRY);
	/* POSIX allows the conversion that ISO C has no cast for. */
	memcpy(&entry, &symbol, sizeof(entry));
	if (!entry)
		end(run, CHECK_FAILED, "dlsym() does not find %s", CHECK_ENTRY);
	else
		end(run, CHECK_OK, "with every symbol resolved");
	return entry;
}

static bool call_entry(struct run *run, entry_function *entry, uint32_t abi, const char *library)
{
	const struct cen_backend *table = NULL;
	int ret;

	begin(run, "entry, %s library", library);
	ret = entry(abi, &table);
	if (ret == -EPROTONOSUPPORT)
		return end(run, CHECK_FAILED, "ABI %" PRIu32 " is refused: the backend needs a newer library", abi);
	if (ret != 0)
		return end(run, CHECK_FAILED, "ABI %" PRIu32 ": returned %d (%s)", abi, ret,
			   ret < 0 ? strerror(-ret) : "neither 0 nor a negative errno");
	if (!table)
		return end(run, CHECK_FAILED, "ABI %" PRIu32 ": returned 0 and no table", abi);
	if (run->table && run->table != table)
		return end(run, CHECK_FAILED, "ABI %" PRIu32 ": another table than before", abi);
	run->table = table;
	return end(run, CHECK_OK, "ABI %" PRIu32, abi);
}

static bool is_name(const char *name)
{
	size_t length = strnlen(name, 32);

	return length > 0 && length < 32 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == length;
}

static bool check_table(struct run *run)
{
	const struct cen_backend *table = run->table;

	begin(run, "table");
	if (table->size < sizeof(struct cen_backend))
		return end(run, CHECK_FAILED, "size %zu: less than the %zu of ABI 1", table->size,
			   sizeof(struct cen_backend));
	if (table->abi == 0 || table->abi > CEN_BACKEND_ABI)
		return end(run, CHECK_FAILED, "abi %" PRIu32 ": this library speaks 1 to %u", table->abi,
			   CEN_BACKEND_ABI);
	if (!table->name || !is_name(table->name))
		return end(run, CHECK_FAILED, "the name must be 1 to 31 letters, digits and '-'");
	if (!table->description || !table->description[0])
		return end(run, CHECK_FAILED, "the description is missing");
	if (!table->list)
		return end(run, CHECK_FAILED, "list() is missing: nothing could ever be found");
	if (!table->describe && !table->allocate && !(table->algorithms && table->algorithm_count))
		return end(run, CHECK_FAILED,
			   "neither describe() nor allocate() nor algorithms: the backend can do nothing");
	check_row_set(&run->row, CHECK_NAME, "table", "%s", table->name);
	send_row(run);
	return end(run, CHECK_OK, "%s: %s; ABI %" PRIu32 ", priority %" PRIu32, table->name, table->description,
		   table->abi, table->priority);
}

static bool open_context(struct run *run)
{
	_cleanup_error_ struct cen_error *err = NULL;
	struct cen_context *ctx;
	const char *why;
	int ret;

	begin(run, "library");
	ret = cen_context_create(CEN_CONTEXT_NO_PLUGINS, &run->tool->ctx, &err);
	ctx = run->tool->ctx;
	if (ret == 0)
		ret = cen_context_set_log_handler(ctx, CEN_LOG_DEBUG, keep_warning, run);
	if (ret == 0)
		ret = cen_context_add_backend(ctx, run->table, &err);
	/* The table itself was taken. From here on the proxy stands for it, in a context of its own. */
	cen_context_destroy(ctx);
	run->tool->ctx = NULL;
	if (ret == 0)
		ret = cen_context_create(CEN_CONTEXT_NO_PLUGINS, &run->tool->ctx, &err);
	ctx = run->tool->ctx;
	if (ret == 0)
		ret = cen_context_set_log_handler(ctx, CEN_LOG_DEBUG, keep_warning, run);
	if (ret == 0)
		ret = cen_context_add_backend(ctx, &run->proxy->table, &err);
	why = complaint(run, ret, err);
	return why ? end(run, CHECK_FAILED, "%s", why) : end(run, CHECK_OK, "the library takes the table");
}

static bool is_ours(const struct run *run, const struct cen_device *device)
{
	return strcmp(cen_device_get_backend(device), run->table->name) == 0;
}

static bool source_is_ours(const struct run *run, const struct cen_source *source, struct cen_source_info *info)
{
	*info = (struct cen_source_info){.size = sizeof(*info)};
	return cen_source_get_info(source, info) == 0 && strcmp(info->backend, run->table->name) == 0;
}

static void count_listed(struct run *run)
{
	const struct cen_machine *machine = run->tool->machine;
	const struct cen_device *device;
	const struct cen_source *source;
	struct cen_source_info info;

	for (size_t i = 0; (device = cen_machine_get_device(machine, i)); i++)
		run->device_count += is_ours(run, device);
	for (size_t i = 0; (source = cen_machine_get_source(machine, i)); i++)
		run->source_count += source_is_ours(run, source, &info);
}

static bool check_list(struct run *run)
{
	_cleanup_error_ struct cen_error *err = NULL;
	const char *why;
	int ret;

	begin(run, "open, list");
	ret = cen_machine_create_live(run->tool->ctx, run->tool->passive ? CEN_MACHINE_PASSIVE : 0, &run->tool->machine,
				      &err);
	why = complaint(run, ret, err);
	if (!why && run->proxy->calls == 0)
		why = "the backend was not asked (CENALLOC_DISABLE_BACKENDS?)";
	if (!why && run->proxy->last < 0)
		why = strerror(-run->proxy->last);
	if (why)
		return end(run, CHECK_FAILED, "%s", why);
	count_listed(run);
	if (run->device_count && !run->table->describe)
		return end(run, CHECK_FAILED, "there are devices, but describe() is missing");
	if (run->source_count && !run->table->allocate)
		return end(run, CHECK_FAILED, "there are sources, but allocate() is missing");
	return end(run, CHECK_OK, "%zu %s, %zu %s", run->device_count, run->device_count == 1 ? "device" : "devices",
		   run->source_count, run->source_count == 1 ? "source" : "sources");
}

static void describe(struct run *run, const struct cen_device *device, uint32_t usage)
{
	_cleanup_error_ struct cen_error *err = NULL;
	struct cen_capabilities *caps = NULL;
	const char *why;
	size_t count;
	int ret;

	begin(run, "describe %s %s", cen_usage_get_name(usage), cen_device_get_path(device));
	if (cen_device_get_access(device)) {
		end(run, CHECK_SKIPPED, "no access to the device: %s", strerror(-cen_device_get_access(device)));
		return;
	}
	ret = cen_machine_describe(run->tool->machine, device, usage, 0, 0, NULL, 0, &caps, NULL, &err);
	why = complaint(run, ret, err);
	count = ret == 0 ? cen_capabilities_get_count(caps) : 0;
	cen_capabilities_unref(caps);
	if (why)
		end(run, CHECK_FAILED, "%s", why);
	else
		end(run, CHECK_OK, "%zu %s", count, count == 1 ? "alternative" : "alternatives");
}

/* A usage of a later version of the library: the backend must refuse it, not guess. */
static void describe_unknown(struct run *run, const struct cen_device *device, uint32_t usage)
{
	struct cen_capabilities *caps = NULL;
	uint32_t calls = run->proxy->calls;

	begin(run, "unknown usage %s", cen_device_get_path(device));
	if (cen_device_get_access(device)) {
		end(run, CHECK_SKIPPED, "no access to the device: %s", strerror(-cen_device_get_access(device)));
		return;
	}
	run->proxy->ask_usage = UNKNOWN_USAGE;
	cen_machine_describe(run->tool->machine, device, usage, 0, 0, NULL, 0, &caps, NULL, NULL);
	run->proxy->ask_usage = 0;
	cen_capabilities_unref(caps);
	if (run->proxy->calls == calls)
		end(run, CHECK_SKIPPED, "describe() was not reached");
	else if (run->proxy->last >= 0)
		end(run, CHECK_FAILED, "describe() returns 0 for usage %u, which does not exist", UNKNOWN_USAGE);
	else
		end(run, CHECK_OK, "refused: %s", strerror(-run->proxy->last));
}

static void check_devices(struct run *run)
{
	const struct cen_device *device;

	for (size_t i = 0; (device = cen_machine_get_device(run->tool->machine, i)); i++) {
		uint32_t usages = cen_device_get_usages(device);

		if (!is_ours(run, device) || usages == 0)
			continue;
		for (uint32_t usage = 0; usage < 32; usage++) {
			if (usages & CEN_USAGE_BIT(usage) && cen_usage_get_name(usage))
				describe(run, device, usage);
		}
		describe_unknown(run, device, (uint32_t)__builtin_ctz(usages));
	}
}

/* The usage that the buffer is for: the source's own device where it has one, otherwise one that takes anything. */
static int add_usage(const struct run *run, const char *source, struct cen_request *request, struct cen_error **err)
{
	const struct cen_capability linear = {
		.size = sizeof(linear),
		.fourcc = TEST_FOURCC,
		.modifier = CEN_MODIFIER_LINEAR,
	};
	struct cen_capabilities *caps = NULL;
	const struct cen_device *device;
	int ret;

	if (cen_machine_find_device(run->tool->machine, source, &device, NULL) == 0 && cen_device_get_usages(device))
		return cen_request_add_usage(request, (uint32_t)__builtin_ctz(cen_device_get_usages(device)), device,
					     err);
	ret = cen_capabilities_create(&caps);
	if (ret == 0)
		ret = cen_capabilities_add(caps, &linear, err);
	if (ret == 0)
		ret = cen_request_add_described(request, CEN_USAGE_RENDER, "check-backend", caps, err);
	cen_capabilities_unref(caps);
	return ret;
}

static int request_image(const struct run *run, const char *source, uint32_t width, uint32_t height,
			 struct cen_solution **out, struct cen_error **err)
{
	const struct cen_constraint heap = {
		.kind = CEN_CONSTRAINT_HEAP,
		.value = cen_heap_hash(source),
		.provenance = CEN_PROVENANCE_POLICY,
		/* The library has no notes with '/', which the name of a device's own source has: the value is enough. */
		.note = source,
	};
	struct cen_request *request = NULL;
	int ret = cen_request_create(run->tool->machine, &request);

	if (ret == 0)
		ret = cen_request_set_size(request, width, height, err);
	if (ret == 0)
		ret = add_usage(run, source, request, err);
	if (ret == 0)
		ret = cen_request_add_constraint(request, &heap, err);
	if (ret == 0)
		ret = cen_solve(request, CEN_SOLVE_NO_RELAXATIONS, out, err);
	cen_request_destroy(request);
	return ret;
}

/* A plan for a small image from this source; devices that have few sizes have one of these. */
static int find_plan(const struct run *run, const char *source, struct cen_solution **out, struct cen_error **err)
{
	static const uint32_t sizes[][2] = {{64, 64}, {320, 240}, {640, 480}, {640, 360}, {1280, 720}, {1920, 1080}};
	int ret = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(sizes) && ret == 0; i++) {
		cen_solution_unref(*out);
		*out = NULL;
		ret = request_image(run, source, sizes[i][0], sizes[i][1], out, err);
		if (ret == 0 && cen_solution_get_plan_count(*out))
			break;
	}
	return ret;
}

static void allocate(struct run *run, const struct cen_source_info *info)
{
	struct cen_buffer *buffers[TEST_COUNT] = {NULL};
	_cleanup_error_ struct cen_error *err = NULL;
	struct cen_solution *solution = NULL;
	const struct cen_conflict *conflict;
	const char *why;
	int ret;

	begin(run, "allocate %s", info->name);
	if (info->access) {
		end(run, CHECK_SKIPPED, "no access: %s",
		    info->access_help ? info->access_help : strerror(-info->access));
		return;
	}
	ret = find_plan(run, info->name, &solution, &err);
	conflict = ret == 0 ? cen_solution_get_conflict(solution) : NULL;
	if (conflict) {
		/* The first line is the summary. */
		why = cen_conflict_get_text(conflict);
		end(run, CHECK_SKIPPED, "no plan: %.*s", (int)strcspn(why, "\n"), why);
		cen_solution_unref(solution);
		return;
	}
	if (ret == 0)
		ret = cen_plan_allocate(cen_solution_get_plan(solution, 0), TEST_COUNT, 0, buffers, &err);
	why = complaint(run, ret, err);
	for (size_t i = 0; i < TEST_COUNT; i++)
		cen_buffer_unref(buffers[i]);
	cen_solution_unref(solution);
	if (why)
		end(run, CHECK_FAILED, "%s", why);
	else
		end(run, CHECK_OK, "%d buffers; fds are dma-bufs, close-on-exec, of their stated size", TEST_COUNT);
}

static void check_sources(struct run *run)
{
	const struct cen_source *source;
	struct cen_source_info info;

	for (size_t i = 0; (source = cen_machine_get_source(run->tool->machine, i)); i++) {
		if (source_is_ours(run, source, &info))
			allocate(run, &info);
	}
}

static size_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static void check_close(struct run *run, size_t fds_before)
{
	size_t fds;

	begin(run, "close");
	cen_machine_destroy(run->tool->machine);
	cen_context_destroy(run->tool->ctx);
	run->tool->machine = NULL;
	run->tool->ctx = NULL;
	end(run, CHECK_OK, "%s", run->table->close ? "called once" : "not there, not needed");
	begin(run, "file descriptors");
	fds = count_fds();
	if (fds > fds_before)
		end(run, CHECK_FAILED, "%zu left open", fds - fds_before);
	else
		end(run, CHECK_OK, "as many open as before");
}

void check_run(struct tool *tool, const char *path, int pipe)
{
	struct run run = {.tool = tool, .pipe = pipe};
	entry_function *entry = load(&run, path);
	size_t fds;

	if (!entry || !call_entry(&run, entry, CEN_BACKEND_ABI, "this") || !check_table(&run))
		return;
	call_entry(&run, entry, 1, "the first");
	call_entry(&run, entry, CEN_BACKEND_ABI + 1, "a newer");
	run.proxy = check_proxy_get(run.table);
	fds = count_fds();
	if (!open_context(&run) || !check_list(&run))
		return;
	check_devices(&run);
	check_sources(&run);
	check_close(&run, fds);
}
