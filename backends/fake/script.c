/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The reader of scripts: a line each, words with blanks between them. */
#include "script.h"

#include <sys/sysmacros.h>

#include "backend-util.h"
#include "words.h"

/* Words of one line that are looked at; far more than a source has attributes and a capability has constraints. */
#define WORDS_MAX 96

/* No driver has this major number: the nodes are nowhere. */
#define FAKE_MAJOR 4095

struct line {
	unsigned int number;
	size_t count;
	char *words[WORDS_MAX];
	char *reason;
	size_t reason_size;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct line *line, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(line->reason, line->reason_size, "line %u: %s", line->number, text);
	return -EINVAL;
}

/* Zeroed room for one more element; NULL when there is no memory. */
static void *grow(void *items, size_t *capacity, size_t *count, size_t element)
{
	void **array = items;

	if (*count == *capacity) {
		size_t wanted = *capacity ? *capacity * 2 : 8;
		void *grown = reallocarray(*array, wanted, element);

		if (!grown)
			return NULL;
		*array = grown;
		*capacity = wanted;
	}
	return memset((char *)*array + element * (*count)++, 0, element);
}

#define GROW(script, list)                                                                                             \
	grow(&(script)->list##s, &(script)->list##_capacity, &(script)->list##_count, sizeof(*(script)->list##s))

/* "key=value" of the given key: the value; NULL for another key. */
static char *get_value(char *word, const char *key)
{
	size_t length = strlen(key);

	return strncmp(word, key, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

static bool read_access(const char *value, int32_t *out)
{
	int errnum;

	if (!words_to_errno(value, &errnum))
		return false;
	*out = -errnum;
	return true;
}

static bool read_small(const char *value, uint32_t *out)
{
	uint64_t number;

	if (!words_to_number(value, &number) || number > UINT32_MAX)
		return false;
	*out = (uint32_t)number;
	return true;
}

static bool find_device(const struct script *script, const char *path, size_t *out)
{
	for (size_t n = 0; n < script->device_count; n++) {
		if (strcmp(script->devices[n].path, path) == 0) {
			*out = n;
			return true;
		}
	}
	return false;
}

static int read_device(struct script *script, const struct line *line)
{
	struct cen_device_desc *device;

	if (line->count < 2)
		return refuse(line, "device PATH is missing");
	device = GROW(script, device);
	if (!device)
		return -ENOMEM;
	device->size = sizeof(*device);
	device->path = device->name = line->words[1];
	device->cookie = script->device_count - 1;
	device->devnum = makedev(FAKE_MAJOR, (unsigned int)script->device_count);
	for (size_t n = 2; n < line->count; n++) {
		char *word = line->words[n], *value;

		if ((value = get_value(word, "name")))
			device->name = value;
		else if ((value = get_value(word, "driver")))
			device->driver = value;
		else if ((value = get_value(word, "id")))
			device->id = value;
		else if ((value = get_value(word, "help")))
			device->access_help = value;
		else if (!((value = get_value(word, "usages")) && words_to_usages(value, &device->usages)) &&
			 !((value = get_value(word, "access")) && read_access(value, &device->access)))
			return refuse(line, "device: \"%s\" is not understood", word);
	}
	return 0;
}

static int read_cap(struct script *script, const struct line *line)
{
	struct script_capability *capability;
	size_t count = 0;

	capability = grow(&script->capabilities, &script->capability_capacity, &script->capability_count,
			  sizeof(*capability));
	if (!capability)
		return -ENOMEM;
	capability->desc.size = sizeof(capability->desc);
	if (line->count < 5)
		return refuse(line, "cap PATH USAGE FOURCC MODIFIER is not complete");
	if (!find_device(script, line->words[1], &capability->device))
		return refuse(line, "cap: no device \"%s\" above", line->words[1]);
	if (!words_to_usage(line->words[2], &capability->usage))
		return refuse(line, "cap: \"%s\" is no usage", line->words[2]);
	if (!words_to_fourcc(line->words[3], &capability->desc.fourcc))
		return refuse(line, "cap: \"%s\" is no fourcc", line->words[3]);
	if (!words_to_modifier(line->words[4], &capability->desc.modifier))
		return refuse(line, "cap: \"%s\" is no modifier", line->words[4]);
	capability->constraints = calloc(line->count, sizeof(*capability->constraints));
	if (!capability->constraints)
		return -ENOMEM;
	for (size_t n = 5; n < line->count; n++) {
		char *value = get_value(line->words[n], "pref");

		if (value && read_small(value, &capability->desc.preference))
			continue;
		if (!words_to_constraint(line->words[n], &capability->constraints[count++]))
			return refuse(line, "cap: constraint %zu (\"%s...\") is not understood", n - 4, line->words[n]);
	}
	capability->desc.constraints = capability->constraints;
	capability->desc.constraint_count = count;
	return 0;
}

static bool read_format(struct script_source *source, char *value)
{
	char *modifier = strchr(value, ':');
	struct cen_source_format *format;

	if (!modifier)
		return false;
	*modifier++ = '\0';
	format = grow(&source->formats, &source->format_capacity, &source->desc.format_count, sizeof(*format));
	return format && words_to_fourcc(value, &format->fourcc) && words_to_modifier(modifier, &format->modifier);
}

static bool read_wrong(const char *value, enum script_wrong *out)
{
	static const char *const names[] = {
		[SCRIPT_RIGHT] = "nothing",     [SCRIPT_WRONG_PLANE] = "plane", [SCRIPT_WRONG_SIZE] = "size",
		[SCRIPT_WRONG_FD] = "fd",       [SCRIPT_WRONG_TWIN] = "twin",   [SCRIPT_WRONG_COPY] = "copy",
		[SCRIPT_WRONG_FEWER] = "fewer", [SCRIPT_WRONG_FILE] = "file",   [SCRIPT_WRONG_FORMAT] = "format",
		[SCRIPT_WRONG_ZERO] = "zero",
	};

	for (size_t n = 0; n < ARRAY_LENGTH(names); n++) {
		if (strcmp(names[n], value) == 0) {
			*out = (enum script_wrong)n;
			return true;
		}
	}
	return false;
}

static bool read_exporter(const struct script *script, const char *value, uint64_t *out)
{
	size_t device;

	if (!find_device(script, value, &device) || !script->devices)
		return false;
	*out = script->devices[device].devnum;
	return true;
}

/* The attributes of memory. */
static bool read_memory(struct cen_source_desc *desc, char *word)
{
	char *value;

	if ((value = get_value(word, "segments")))
		return read_small(value, &desc->segments);
	if ((value = get_value(word, "placement")))
		return words_to_placement(value, &desc->placement);
	if ((value = get_value(word, "mappable")))
		return read_small(value, &desc->is_mappable);
	if ((value = get_value(word, "cached")))
		return read_small(value, &desc->is_cached);
	if ((value = get_value(word, "fd-mode")))
		return words_to_fd_mode(value, &desc->fd_mode);
	if ((value = get_value(word, "address-max")))
		return words_to_number(value, &desc->address_max);
	if ((value = get_value(word, "segment-bytes")))
		return words_to_number(value, &desc->segment_bytes);
	if ((value = get_value(word, "max")))
		return words_to_number(value, &desc->max_bytes);
	if ((value = get_value(word, "free")))
		return words_to_number(value, &desc->free_bytes);
	return false;
}

static bool read_flag(const char *value, uint32_t flag, uint32_t *flags)
{
	uint32_t is_set;

	if (!read_small(value, &is_set) || is_set > 1)
		return false;
	*flags = is_set ? *flags | flag : *flags & ~flag;
	return true;
}

static bool read_attribute(struct script *script, struct script_source *source, char *word)
{
	struct cen_source_desc *desc = &source->desc;
	char *value;

	if ((value = get_value(word, "path")))
		desc->path = value;
	else if ((value = get_value(word, "help")))
		desc->access_help = value;
	else if ((value = get_value(word, "carved")))
		return read_flag(value, CEN_SOURCE_CARVED, &desc->flags);
	else if ((value = get_value(word, "cost")))
		return read_small(value, &desc->cost);
	else if ((value = get_value(word, "access")))
		return read_access(value, &desc->access);
	else if ((value = get_value(word, "exporter")))
		return read_exporter(script, value, &desc->exporter);
	else if ((value = get_value(word, "format")))
		return read_format(source, value);
	else if ((value = get_value(word, "fail-after")))
		return words_to_number(value, &source->fail_after);
	else if ((value = get_value(word, "wrong")))
		return read_wrong(value, &source->wrong);
	else
		return read_memory(desc, word);
	return true;
}

static int read_source(struct script *script, const struct line *line)
{
	struct script_source *source;

	if (line->count < 2)
		return refuse(line, "source NAME is missing");
	source = GROW(script, source);
	if (!source)
		return -ENOMEM;
	source->fail_after = UINT64_MAX;
	source->desc = (struct cen_source_desc){
		.size = sizeof(source->desc),
		.cookie = script->source_count - 1,
		.name = line->words[1],
		.note = "scripted",
		.provenance = CEN_PROVENANCE_DECLARED,
		.placement = CEN_PLACEMENT_SYSTEM,
		.is_mappable = 1,
		.is_cached = 1,
		.fd_mode = CEN_FD_READ_WRITE,
		.cost = 10,
		.flags = CEN_SOURCE_BYTES,
	};
	for (size_t n = 2; n < line->count; n++) {
		if (!read_attribute(script, source, line->words[n]))
			return refuse(line, "source: \"%s\" is not understood", line->words[n]);
	}
	return 0;
}

/* The rest of the line is the text: the words are joined again. */
static int read_note(struct script *script, const struct line *line)
{
	struct script_note *note;

	if (line->count < 4)
		return refuse(line, "note PATH USAGE TEXT is not complete");
	note = GROW(script, note);
	if (!note)
		return -ENOMEM;
	if (!find_device(script, line->words[1], &note->device))
		return refuse(line, "note: no device \"%s\" above", line->words[1]);
	if (!words_to_usage(line->words[2], &note->usage))
		return refuse(line, "note: \"%s\" is no usage", line->words[2]);
	for (char *c = line->words[3]; c < line->words[line->count - 1]; c++) {
		if (*c == '\0')
			*c = ' ';
	}
	note->text = line->words[3];
	return 0;
}

static int read_fail(struct script *script, const struct line *line)
{
	static const char *const operations[] = {"open",     "list",    "describe", "import",
						 "allocate", "reserve", "carve",    "trim"};
	static const char *const fates[] = {"", "hang", "crash", "lie"};
	struct script_failure *failure;
	size_t n, fate;

	if (line->count < 3 || line->count > 4)
		return refuse(line, "fail OPERATION ERRNO|hang|crash|lie [TARGET] is not complete");
	failure = GROW(script, failure);
	if (!failure)
		return -ENOMEM;
	for (n = 0; n < ARRAY_LENGTH(operations) && strcmp(operations[n], line->words[1]) != 0; n++)
		;
	if (n == ARRAY_LENGTH(operations))
		return refuse(line, "fail: \"%s\" is no operation", line->words[1]);
	failure->operation = (enum script_operation)n;
	for (fate = 1; fate < ARRAY_LENGTH(fates) && strcmp(fates[fate], line->words[2]) != 0; fate++)
		;
	if (fate < ARRAY_LENGTH(fates))
		failure->fate = (enum script_fate)fate;
	else if (!words_to_errno(line->words[2], &failure->errnum))
		return refuse(line, "fail: \"%s\" is no errno that is known here", line->words[2]);
	failure->target = line->count == 4 ? line->words[3] : NULL;
	return 0;
}

struct verb {
	const char *name;
	int (*read)(struct script *script, const struct line *line);
};

static int read_line_of_script(struct script *script, char *text, struct line *line)
{
	static const struct verb verbs[] = {
		{"device", read_device}, {"cap", read_cap},   {"source", read_source},
		{"note", read_note},     {"fail", read_fail},
	};
	char *word;

	line->count = 0;
	while ((word = strsep(&text, " \t\r"))) {
		if (!*word)
			continue;
		if (line->count == WORDS_MAX)
			return refuse(line, "more than %d words", WORDS_MAX);
		line->words[line->count++] = word;
	}
	if (!line->count || line->words[0][0] == '#')
		return 0;
	for (size_t n = 0; n < ARRAY_LENGTH(verbs); n++) {
		if (strcmp(verbs[n].name, line->words[0]) == 0)
			return verbs[n].read(script, line);
	}
	return refuse(line, "\"%s\" is none of device, cap, source, note, fail", line->words[0]);
}

int script_parse(const char *text, struct script *out, char *reason, size_t size)
{
	struct line line = {.reason = reason, .reason_size = size};
	char *rest, *next;
	int ret = 0;

	*out = (struct script){.text = strdup(text)};
	if (!out->text)
		return -ENOMEM;
	rest = out->text;
	while (ret == 0 && (next = strsep(&rest, "\n"))) {
		line.number++;
		ret = read_line_of_script(out, next, &line);
	}
	for (size_t n = 0; n < out->source_count; n++)
		out->sources[n].desc.formats = out->sources[n].formats;
	return ret;
}

void script_clear(struct script *script)
{
	for (size_t n = 0; n < script->source_count; n++)
		free(script->sources[n].formats);
	for (size_t n = 0; n < script->capability_count; n++)
		free(script->capabilities[n].constraints);
	free(script->devices);
	free(script->sources);
	free(script->capabilities);
	free(script->notes);
	free(script->failures);
	free(script->text);
	*script = (struct script){0};
}

const struct script_failure *script_find_failure(const struct script *script, enum script_operation operation,
						 const char *target)
{
	for (size_t n = 0; n < script->failure_count; n++) {
		const struct script_failure *failure = &script->failures[n];

		if (failure->operation != operation)
			continue;
		if (!failure->target || (target && strcmp(failure->target, target) == 0))
			return failure;
	}
	return NULL;
}
