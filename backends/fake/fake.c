/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The fake backend: plays a script of devices, sources and failures. For tests; never linked into the library. */
#include "fake.h"

#include <signal.h>

#include "backend-util.h"
#include "pages.h"
#include "script.h"

#define SCRIPT_BYTES_MAX (1u << 20)

struct state {
	const struct cen_host *host;
	struct script script;
	int first_chunk; /* with wrong=copy: what every chunk is; else -1 */
};

/* Of this thread only: tests of several contexts do not disturb each other. */
static _Thread_local const char *test_script;

void fake_set_script(const char *text)
{
	test_script = text;
}

/* Returns 0 or a negative errno; *call is what failed. */
static int read_file(const char *path, char **out, const char **call)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *text = NULL;
	size_t bytes;

	*call = "fopen";
	if (!file)
		return -errno;
	text = malloc(SCRIPT_BYTES_MAX + 1);
	*call = NULL;
	if (!text)
		return -ENOMEM;
	bytes = fread(text, 1, SCRIPT_BYTES_MAX + 1, file);
	*call = "fread";
	if (ferror(file))
		return -EIO;
	if (bytes > SCRIPT_BYTES_MAX)
		return -EFBIG;
	text[bytes] = '\0';
	*out = text;
	text = NULL;
	return 0;
}

/* Plays a scripted failure. Returns 0 when none is scripted. */
static int play_failure(struct state *state, struct cen_call *call, enum script_operation operation, const char *target)
{
	const struct script_failure *failure = script_find_failure(&state->script, operation, target);

	if (!failure)
		return 0;
	switch (failure->fate) {
	case SCRIPT_HANGS:
		for (;;)
			pause();
	case SCRIPT_CRASHES:
		raise(SIGSEGV);
		_exit(127);
	case SCRIPT_LIES:
		return 42;
	case SCRIPT_FAILS:
		break;
	}
	return state->host->fail(call, "FAKE_CALL", failure->errnum, "scripted");
}

static int load_script(struct state *state, struct cen_call *call)
{
	const char *path = state->host->get_option(call, "SCRIPT"), *failed = NULL;
	_cleanup_free_ char *text = NULL;
	char reason[320] = "";
	int ret;

	if (!test_script && !path)
		return 0;
	if (!test_script) {
		ret = read_file(path, &text, &failed);
		if (ret < 0)
			return fail(state->host, call, failed, -ret, "%s", path);
	}
	ret = script_parse(test_script ? test_script : text, &state->script, reason, sizeof(reason));
	if (ret < 0)
		return fail(state->host, call, NULL, -ret, "%s: %s", test_script ? "script" : path, reason);
	return play_failure(state, call, SCRIPT_OPEN, NULL);
}

static void fake_close(void *data)
{
	struct state *state = data;

	script_clear(&state->script);
	if (state->first_chunk >= 0)
		close(state->first_chunk);
	free(state);
}

static int fake_open(const struct cen_host *host, struct cen_call *call, void **out)
{
	struct state *state = calloc(1, sizeof(*state));
	int ret;

	if (!state)
		return host->fail(call, NULL, ENOMEM, NULL);
	state->host = host;
	state->first_chunk = -1;
	ret = load_script(state, call);
	if (ret != 0) {
		fake_close(state);
		return ret;
	}
	*out = state;
	return 0;
}

static int fake_list(void *data, struct cen_call *call)
{
	struct state *state = data;
	const struct script *script = &state->script;

	for (size_t n = 0; n < script->device_count; n++) {
		if (state->host->add_device(call, &script->devices[n]) == -ENOMEM)
			return -ENOMEM;
	}
	for (size_t n = 0; n < script->source_count; n++) {
		if (state->host->add_source(call, &script->sources[n].desc) == -ENOMEM)
			return -ENOMEM;
	}
	return play_failure(state, call, SCRIPT_LIST, NULL);
}

static int fake_describe(void *data, struct cen_call *call, const struct cen_device_desc *device,
			 const struct cen_query *query)
{
	struct state *state = data;
	const struct script *script = &state->script;
	int ret = play_failure(state, call, SCRIPT_DESCRIBE, device->path);

	if (ret != 0)
		return ret;
	if (query->usage > CEN_USAGE_CPU_WRITE || !(device->usages & CEN_USAGE_BIT(query->usage)))
		return state->host->fail(call, NULL, EOPNOTSUPP, "the script does not give the device this usage");
	for (size_t n = 0; n < script->capability_count; n++) {
		const struct script_capability *capability = &script->capabilities[n];

		if (capability->device != device->cookie || capability->usage != query->usage)
			continue;
		if (state->host->add_capability(call, &capability->desc) == -ENOMEM)
			return -ENOMEM;
	}
	for (size_t n = 0; n < script->note_count; n++) {
		if (script->notes[n].device == device->cookie && script->notes[n].usage == query->usage)
			state->host->add_note(call, script->notes[n].text);
	}
	return 0;
}

static int fake_try_import(void *data, struct cen_call *call, const struct cen_device_desc *device, uint32_t usage,
			   const struct cen_image_desc *image)
{
	struct state *state = data;
	int ret = play_failure(state, call, SCRIPT_IMPORT, device->path);
	struct stat st;

	(void)usage;
	for (uint32_t n = 0; ret == 0 && n < image->object_count; n++) {
		if (fstat(image->objects[n].fd, &st) < 0)
			ret = state->host->fail(call, "fstat", errno, "the object is not open");
	}
	return ret;
}

static int fill(struct state *state, struct cen_call *call, const struct script_source *source, bool is_read_only,
		const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	const struct cen_format_info *format = state->host->get_format_info(wish->fourcc);
	const char *failed;
	int ret;

	for (*made = 0; *made < count; ++*made) {
		if (*made >= source->fail_after)
			return fail(state->host, call, "FAKE_ALLOC", ENOMEM, "no memory for buffer %u", *made);
		ret = pages_make_image(format, wish, is_read_only, &out[*made], &failed);
		if (ret < 0)
			return state->host->fail(call, failed, -ret, NULL);
	}
	return 0;
}

static int fake_allocate(void *data, struct cen_call *call, const struct cen_source_desc *desc,
			 const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out, uint32_t *made)
{
	struct state *state = data;
	const struct script_source *source = &state->script.sources[desc->cookie];
	bool is_read_only = desc->fd_mode == CEN_FD_READ_ONLY && source->desc.fd_mode == CEN_FD_ANY;
	int ret;

	*made = 0;
	ret = play_failure(state, call, SCRIPT_ALLOCATE, desc->name);
	if (ret != 0)
		return ret;
	if (desc->access < 0)
		return state->host->fail(call, "open", -desc->access, desc->name);
	ret = fill(state, call, source, is_read_only, wish, count, out, made);
	if (ret == 0)
		ret = pages_spoil(source->wrong, out, count);
	if (ret < 0) {
		for (uint32_t n = 0; n < *made; n++)
			pages_close_image(&out[n]);
		return ret;
	}
	if (source->wrong == SCRIPT_WRONG_FEWER)
		pages_close_image(&out[--*made]);
	return 0;
}

static int fake_reserve(void *data, struct cen_call *call, const struct cen_source_desc *desc, uint64_t bytes,
			int32_t *file)
{
	struct state *state = data;
	const char *failed;
	int ret = play_failure(state, call, SCRIPT_RESERVE, desc->name);

	if (ret != 0)
		return ret;
	ret = pages_make_object(bytes, file, &failed);
	return ret < 0 ? state->host->fail(call, failed, -ret, "the file of a region") : 0;
}

static int make_chunk(struct state *state, enum script_wrong wrong, uint64_t bytes, int32_t *fd, const char **failed)
{
	int ret;

	if (wrong == SCRIPT_WRONG_SIZE || wrong == SCRIPT_WRONG_FILE)
		return pages_make_object(wrong == SCRIPT_WRONG_SIZE ? bytes / 2 : bytes * 2, fd, failed);
	if (wrong != SCRIPT_WRONG_COPY)
		return pages_make_object(bytes, fd, failed);
	ret = state->first_chunk < 0 ? pages_make_object(bytes, &state->first_chunk, failed) : 0;
	if (ret < 0)
		return ret;
	*fd = dup(state->first_chunk);
	*failed = "dup";
	return *fd < 0 ? -errno : 0;
}

/* A chunk is memory of its own, not that of the file: nobody here looks into it. */
static int fake_carve(void *data, struct cen_call *call, const struct cen_source_desc *desc, int32_t file,
		      uint64_t offset, uint64_t bytes, int32_t *fd)
{
	struct state *state = data;
	const struct script_source *source = &state->script.sources[desc->cookie];
	const char *failed;
	int ret = play_failure(state, call, SCRIPT_CARVE, desc->name);

	(void)file;
	(void)offset;
	if (ret != 0 || source->wrong == SCRIPT_WRONG_FD)
		return ret;
	ret = make_chunk(state, source->wrong, bytes, fd, &failed);
	return ret < 0 ? state->host->fail(call, failed, -ret, "a chunk") : 0;
}

static int fake_trim(void *data, struct cen_call *call, const struct cen_source_desc *desc, int32_t file,
		     uint64_t offset, uint64_t bytes)
{
	struct state *state = data;
	int ret = play_failure(state, call, SCRIPT_TRIM, desc->name);

	if (ret != 0)
		return ret;
	if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes) < 0)
		return state->host->fail(call, "fallocate", errno, "a hole");
	return 0;
}

static const struct cen_carver carver = {
	.size = sizeof(carver),
	.reserve = fake_reserve,
	.carve = fake_carve,
	.trim = fake_trim,
};

static const struct cen_backend fake = {
	.size = sizeof(fake),
	.abi = CEN_BACKEND_ABI,
	.priority = 100,
	.name = "fake",
	.description = "scripted devices and sources for tests",
	.open = fake_open,
	.close = fake_close,
	.list = fake_list,
	.describe = fake_describe,
	.try_import = fake_try_import,
	.allocate = fake_allocate,
	.carver = &carver,
};

CEN_BACKEND_ENTRY(fake)
{
	if (host_abi < 1)
		return -EPROTONOSUPPORT;
	*out = &fake;
	return 0;
}
