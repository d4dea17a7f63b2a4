/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Option handling shared by the commands. */
#include "args.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cenalloc/backend.h>

#include "words.h"

/* Longer than any name of a format or modifier: what is cut is unknown in any case. */
#define ITEM_SIZE 128

static void complain(const struct tool *tool, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

static void complain(const struct tool *tool, const char *format, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "%s: ", tool->command);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void args_complain(const struct tool *tool, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(tool, format, args);
	va_end(args);
}

int args_fail(const struct tool *tool, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(tool, format, args);
	va_end(args);
	args_hint("%s --help", tool->command);
	return TOOL_BAD_INPUT;
}

void args_hint(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("  hint: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

static int status_of(int ret, const struct cen_error *err)
{
	if (!err)
		return ret == -EINVAL ? TOOL_BAD_INPUT : TOOL_MACHINE_FAILED;
	switch (cen_error_get_code(err)) {
	case CEN_ERROR_ARGUMENT:
	case CEN_ERROR_UNKNOWN_FLAG:
	case CEN_ERROR_UNKNOWN_FORMAT:
	case CEN_ERROR_UNKNOWN_DEVICE:
	case CEN_ERROR_USAGE:
	case CEN_ERROR_OVERFLOW:
	case CEN_ERROR_SYNTAX:
	case CEN_ERROR_INCOMPLETE:
		return TOOL_BAD_INPUT;
	default:
		return TOOL_MACHINE_FAILED;
	}
}

static const char *access_help_of(const struct tool *tool, const char *device)
{
	const struct cen_device *found;

	if (!tool->machine || !device || cen_machine_find_device(tool->machine, device, &found, NULL) < 0)
		return NULL;
	return cen_device_get_access_help(found);
}

static void hint_for(const struct tool *tool, const struct cen_error *err)
{
	const char *help;

	switch (cen_error_get_code(err)) {
	case CEN_ERROR_UNKNOWN_DEVICE:
		args_hint("'cenalloc list' shows the devices of this machine");
		break;
	case CEN_ERROR_USAGE:
		args_hint("'cenalloc list' shows what each device can be used for");
		break;
	case CEN_ERROR_PERMISSION:
		help = access_help_of(tool, cen_error_get_device(err));
		if (help && !strstr(cen_error_get_message(err), help))
			args_hint("%s", help);
		break;
	case CEN_ERROR_DEVICE_LOST:
		args_hint("the device went away after it was found: run the command again");
		break;
	case CEN_ERROR_BUSY:
		args_hint("another process uses the device; 'fuser -v DEVICE' names it");
		break;
	default:
		break;
	}
}

int args_report(const struct tool *tool, int ret, const struct cen_error *err)
{
	const char *device = err ? cen_error_get_device(err) : NULL;
	const char *message = err ? cen_error_get_message(err) : strerror(-ret);

	if (device && !strstr(message, device))
		args_complain(tool, "%s: %s", device, message);
	else
		args_complain(tool, "%s", message);
	if (err)
		hint_for(tool, err);
	return status_of(ret, err);
}

static int stop(struct tool *tool, int status)
{
	tool->status = status;
	return ARGS_STOP;
}

static bool read_color(struct tool *tool, const char *text)
{
	static const char *const names[] = {
		[TOOL_COLOR_AUTO] = "auto",
		[TOOL_COLOR_ALWAYS] = "always",
		[TOOL_COLOR_NEVER] = "never",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			tool->color = (enum tool_color)i;
			return true;
		}
	}
	return false;
}

static bool read_log_level(struct tool *tool, const char *text)
{
	for (uint32_t level = CEN_LOG_ERROR; level <= CEN_LOG_DEBUG; level++) {
		if (strcmp(text, cen_log_level_get_name(level)) == 0) {
			tool->log_level = level;
			return true;
		}
	}
	return false;
}

/* Returns 0 for an option that was common, the option where it was not, or ARGS_STOP. */
static int handle_common(struct tool *tool, int option)
{
	switch (option) {
	case 'h':
		fputs(tool->help, stdout);
		return stop(tool, TOOL_DONE);
	case 'V':
		printf("cenalloc %s (library %s, plug-in ABI %u)\n", CEN_VERSION, cen_version(), CEN_BACKEND_ABI);
		return stop(tool, TOOL_DONE);
	case 'v':
		tool->verbose = true;
		return 0;
	case ARGS_JSON:
		tool->json = true;
		return 0;
	case ARGS_PASSIVE:
		tool->passive = true;
		return 0;
	case ARGS_NO_COLOR:
		tool->color = TOOL_COLOR_NEVER;
		return 0;
	case ARGS_COLOR:
		if (read_color(tool, optarg))
			return 0;
		return stop(tool, args_fail(tool, "--color=%s: auto, always or never", optarg));
	case ARGS_LOG:
		if (read_log_level(tool, optarg))
			return 0;
		return stop(tool, args_fail(tool, "--log %s: error, warning, info or debug", optarg));
	case ARGS_MACHINE:
		tool->machine_file = optarg;
		return 0;
	default:
		return option;
	}
}

int args_next(struct tool *tool, int argc, char **argv, const struct option *options, bool stop_early)
{
	int option;

	opterr = 0;
	do {
		/* optind is 0 before the first call, which stands for 1. */
		int at = optind ? optind : 1;

		option = getopt_long(argc, argv, stop_early ? "+:hVv" : ":hVv", options, NULL);
		if (option == ':')
			return stop(tool, args_fail(tool, "option '%s' needs a value", argv[optind - 1]));
		if (option == '?' && optopt && optopt < ARGS_JSON)
			return stop(tool, args_fail(tool, "unknown option '-%c'", optopt));
		if (option == '?' && optopt)
			return stop(tool, args_fail(tool, "option '%s' takes no value", argv[optind - 1]));
		if (option == '?')
			return stop(tool, args_fail(tool, "unknown option '%s'", argv[optind > at ? optind - 1 : at]));
		if (option != ARGS_END)
			option = handle_common(tool, option);
	} while (option == 0);
	return option;
}

/* Strict decimal: no sign, no space, nothing behind it but the delimiter. Returns where it ended, or NULL. */
static const char *parse_number(const char *text, uint32_t *out)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || value > UINT32_MAX)
		return NULL;
	*out = (uint32_t)value;
	return end;
}

int args_read_number(const struct tool *tool, const char *option, const char *text, uint32_t *out)
{
	const char *end = parse_number(text, out);

	if (end && *end == '\0')
		return TOOL_DONE;
	return args_fail(tool, "%s %s: a whole number is wanted", option, text);
}

int args_read_length(const struct tool *tool, const char *text, uint64_t *out)
{
	static const char units[] = "KMG";
	unsigned long long number;
	const char *unit;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (!isdigit((unsigned char)*text) || (*end && (!unit || end[1])))
		return args_fail(tool, "--length %s: a whole number is wanted, bytes or with K, M or G behind it",
				 text);
	if (errno || __builtin_mul_overflow(number, unit ? 1024ull << 10 * (unit - units) : 1, out))
		return args_fail(tool, "--length %s: more than %" PRIu64 " bytes", text, UINT64_MAX);
	if (*out == 0)
		return args_fail(tool, "--length %s: at least 1 byte", text);
	return TOOL_DONE;
}

int args_read_size(const struct tool *tool, const char *text, uint32_t *width, uint32_t *height)
{
	const char *end = parse_number(text, width);

	end = end && *end == 'x' ? parse_number(end + 1, height) : NULL;
	if (!end || *end)
		return args_fail(tool, "--size %s: width and height in pixels are wanted, as in 1920x1080", text);
	if (*width && *height)
		return TOOL_DONE;
	return args_fail(tool, "--size %s: neither width nor height may be 0", text);
}

int args_read_usage(const struct tool *tool, const char *text, uint32_t *usage)
{
	const char *name;

	if (cen_usage_from_string(text, usage) == 0)
		return TOOL_DONE;
	args_complain(tool, "unknown usage '%s'", text);
	fputs("  hint: one of", stderr);
	for (uint32_t i = 0; i < 32; i++) {
		name = cen_usage_get_name(i);
		if (name)
			fprintf(stderr, "%s %s", i ? "," : "", name);
	}
	fputc('\n', stderr);
	return TOOL_BAD_INPUT;
}

/* How alike two fourccs are: 8 for the same letters in another case, otherwise the letters in common. */
static unsigned int likeness(const char *a, const char *b)
{
	unsigned int same = 0;

	if (strcasecmp(a, b) == 0)
		return 8;
	if (strlen(a) > 5)
		return 0;
	for (size_t i = 0; a[i] && b[i]; i++)
		same += toupper((unsigned char)a[i]) == toupper((unsigned char)b[i]) ? 1 : 0;
	return same;
}

static void hint_formats(const char *text)
{
	const struct cen_format_info *info;
	unsigned int best = 1;
	unsigned int listed = 0;
	char name[8];

	for (size_t i = 0; (info = cen_format_get_nth(i)); i++) {
		unsigned int like = likeness(text, cen_format_to_string(info->fourcc, name));

		best = like > best ? like : best;
	}
	if (best < 2) {
		args_hint("formats are written as in drm_fourcc.h: NV12, YU12, YUYV, XR24 or XRGB8888, ...");
		return;
	}
	fputs("  hint: near", stderr);
	for (size_t i = 0; (info = cen_format_get_nth(i)) && listed < 8; i++) {
		if (likeness(text, cen_format_to_string(info->fourcc, name)) == best)
			fprintf(stderr, "%s %s (%s)", listed++ ? "," : "", words_format(info->fourcc, name),
				info->description);
	}
	fputc('\n', stderr);
}

static int read_format(const struct tool *tool, const char *text, uint32_t **list, size_t *count)
{
	uint32_t fourcc = cen_format_from_string(text);
	uint32_t *grown;

	if (!fourcc) {
		args_complain(tool, "unknown format '%s'", text);
		hint_formats(text);
		return TOOL_BAD_INPUT;
	}
	grown = reallocarray(*list, *count + 1, sizeof(**list));
	if (!grown)
		return args_report(tool, -ENOMEM, NULL);
	*list = grown;
	grown[(*count)++] = fourcc;
	return TOOL_DONE;
}

/* The item of a comma-separated list that text begins with, cut to size. Returns the next one, NULL at the end. */
static const char *take_item(const char *text, char *item, size_t size)
{
	size_t length = strcspn(text, ",");

	snprintf(item, size, "%.*s", (int)(length < size ? length : size), text);
	return text[length] ? text + length + 1 : NULL;
}

int args_read_formats(const struct tool *tool, const char *text, uint32_t **list, size_t *count)
{
	int status = TOOL_DONE;
	char item[ITEM_SIZE];

	while (text && status == TOOL_DONE) {
		text = take_item(text, item, sizeof(item));
		status = read_format(tool, item, list, count);
	}
	return status;
}

static int read_modifier(const struct tool *tool, const char *text, uint64_t **list, size_t *count)
{
	uint64_t modifier;
	uint64_t *grown;

	if (!cen_modifier_from_string(text, &modifier)) {
		args_complain(tool, "unknown modifier '%s'", text);
		args_hint("LINEAR, INVALID, or a number in hexadecimal as 'cenalloc describe' shows it");
		return TOOL_BAD_INPUT;
	}
	grown = reallocarray(*list, *count + 1, sizeof(**list));
	if (!grown)
		return args_report(tool, -ENOMEM, NULL);
	*list = grown;
	grown[(*count)++] = modifier;
	return TOOL_DONE;
}

int args_read_modifiers(const struct tool *tool, const char *text, uint64_t **list, size_t *count)
{
	int status = TOOL_DONE;
	char item[ITEM_SIZE];

	while (text && status == TOOL_DONE) {
		text = take_item(text, item, sizeof(item));
		status = read_modifier(tool, item, list, count);
	}
	return status;
}

static void print_log(const struct cen_log_record *record, void *user_data)
{
	(void)user_data;
	fprintf(stderr, "[%s] %s: %s\n", cen_log_level_get_name(record->level), record->topic, record->message);
}

int args_open_context(struct tool *tool, uint32_t flags)
{
	_cleanup_error_ struct cen_error *err = NULL;
	int ret = cen_context_create(flags, &tool->ctx, &err);

	if (ret == 0 && tool->log_level)
		ret = cen_context_set_log_handler(tool->ctx, tool->log_level, print_log, NULL);
	return ret < 0 ? args_report(tool, ret, err) : TOOL_DONE;
}

int args_refuse_machine(const struct tool *tool, const char *why)
{
	return tool->machine_file ? args_fail(tool, "--machine %s: %s", tool->machine_file, why) : TOOL_DONE;
}

/* A name without '/' that is no file here is one of those that were installed. */
static int open_machine_file(const struct tool *tool, struct cen_machine **out, struct cen_error **err)
{
	char path[512];

	if (strchr(tool->machine_file, '/') || access(tool->machine_file, F_OK) == 0 ||
	    snprintf(path, sizeof(path), "%s/%s.json", CEN_MACHINE_DIR, tool->machine_file) >= (int)sizeof(path) ||
	    access(path, F_OK) < 0)
		snprintf(path, sizeof(path), "%s", tool->machine_file);
	return cen_machine_create_file(tool->ctx, path, 0, out, err);
}

int args_load_machine(const struct tool *tool, struct cen_machine **out)
{
	_cleanup_error_ struct cen_error *err = NULL;
	int ret;

	if (tool->machine_file)
		ret = open_machine_file(tool, out, &err);
	else
		ret = cen_machine_create_live(tool->ctx, tool->passive ? CEN_MACHINE_PASSIVE : 0, out, &err);
	return ret < 0 ? args_report(tool, ret, err) : TOOL_DONE;
}

int args_open_machine(struct tool *tool)
{
	int status = args_open_context(tool, 0);

	return status == TOOL_DONE ? args_load_machine(tool, &tool->machine) : status;
}

int args_use_map(const struct tool *tool, const char *text)
{
	_cleanup_error_ struct cen_error *err = NULL;
	struct cen_map *map = NULL;
	int ret = cen_map_parse(text, &map, &err);

	if (ret < 0) {
		int status = args_report(tool, ret, err);

		args_hint("maps are written as in --map 'camera=cma-heap; *=system,udmabuf'");
		return status;
	}
	cen_context_set_map(tool->ctx, map);
	cen_map_unref(map);
	return TOOL_DONE;
}
