/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cen_machine_record(): ask every device at every size, and write down what they say. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#include <cenalloc/record.h>

#include "error.h"
#include "file-machine.h"
#include "file-write.h"
#include "machine.h"
#include "util.h"

#define FILE_VERSION 1
#define SIZE_MAX_PIXELS 65536u
#define OPTIONS_SIZE_V1 (offsetof(struct cen_record_options, user_data) + sizeof(void *))
#define USAGE_COUNT (CEN_USAGE_CPU_WRITE + 1)

static const struct cen_record_size default_sizes[] = CEN_RECORD_DEFAULT_SIZES;

struct recording {
	struct cen_machine *machine;
	struct cen_record_options options;
	struct file_writer writer;
	size_t done, total; /* questions */
	struct cen_error **err;
};

static int check_text(const char *what, const char *text, struct cen_error **err)
{
	size_t length = text ? strnlen(text, JSON_MAX_STRING + 1) : 1;

	if (!length || length > JSON_MAX_STRING)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "record: %s of %zu bytes; it has 1 to %u",
				      what, length, JSON_MAX_STRING);
	for (size_t i = 0; text && i < length; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
					      "record: %s with the control character 0x%02x", what,
					      (unsigned char)text[i]);
	}
	return 0;
}

static int check_sizes(const struct cen_record_options *options, struct cen_error **err)
{
	if (options->size_count > CEN_RECORD_MAX_SIZES || (options->size_count && !options->sizes))
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "record: %zu sizes: NULL, or more than the bound of %u", options->size_count,
				      CEN_RECORD_MAX_SIZES);
	for (size_t i = 0; i < options->size_count; i++) {
		const struct cen_record_size *size = &options->sizes[i];

		if (!size->width || size->width > SIZE_MAX_PIXELS || !size->height || size->height > SIZE_MAX_PIXELS)
			return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "record: size %ux%u: 1 to %u each",
					      size->width, size->height, SIZE_MAX_PIXELS);
		for (size_t n = 0; n < i; n++) {
			if (options->sizes[n].width == size->width && options->sizes[n].height == size->height)
				return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
						      "record: the size %ux%u stands twice", size->width, size->height);
		}
	}
	return 0;
}

/* The options with their defaults into out. */
static int take_options(const struct cen_record_options *options, const struct machine_file *file,
			struct cen_record_options *out, struct cen_error **err)
{
	const uint32_t known = CEN_RECORD_FREE_BYTES | CEN_RECORD_NO_CAPABILITIES;
	int ret;

	*out = (struct cen_record_options){.size = sizeof(*out)};
	if (options && _cen_copy_sized(out, sizeof(*out), options, options->size, 0) < 0)
		return -EINVAL;
	out->size = sizeof(*out);
	ret = check_text("a name", out->name, err);
	if (ret == 0)
		ret = check_text("a title", out->title, err);
	if (ret == 0)
		ret = check_sizes(out, err);
	if (ret == 0 && (out->flags & ~known || out->reserved))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "record: flags 0x%x, reserved 0x%x: the bits 0x%x are known", out->flags,
				      out->reserved, known);
	if (!out->name)
		out->name = file ? file->name : "recorded";
	if (!out->title)
		out->title = file ? file->title : NULL;
	if (!out->size_count) {
		out->sizes = default_sizes;
		out->size_count = ARRAY_LENGTH(default_sizes);
	}
	return ret;
}

static int check_options(const struct cen_record_options *options, struct cen_error **err)
{
	if (options && options->size < OPTIONS_SIZE_V1)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "record: the options have %zu bytes, less than %zu", options->size,
				      OPTIONS_SIZE_V1);
	return 0;
}

/* The serial number of the thing in this folder of sysfs; false: it has none. */
static bool read_serial(const char *folder, char *serial, size_t size)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	ssize_t bytes;

	if (snprintf(path, sizeof(path), "%s/serial", folder) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bytes = fd < 0 ? -1 : read(fd, serial, size - 1);
	if (bytes <= 0)
		return false;
	serial[bytes] = '\0';
	serial[strcspn(serial, "\n")] = '\0';
	/* A USB host controller gives its place on the bus for one. */
	return serial[0] && !strchr(serial, ':');
}

/* The serial numbers of a device and of what it is part of, as far as the kernel tells. */
static int learn_serials(struct file_secrets *secrets, uint64_t devnum)
{
	char link[64], folder[PATH_MAX], serial[256];
	int ret = 0;

	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u", major(devnum), minor(devnum));
	if (!devnum || !realpath(link, folder))
		return 0;
	for (char *slash; ret == 0 && (slash = strrchr(folder, '/')) && slash > folder; *slash = '\0') {
		if (read_serial(folder, serial, sizeof(serial)))
			ret = _cen_file_secrets_add(secrets, serial);
	}
	return ret;
}

/* All that must not be in the file, before any of it is written. */
static int learn_secrets(struct recording *recording)
{
	const struct cen_machine *machine = recording->machine;
	struct file_secrets *secrets = &recording->writer.secrets;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < machine->device_count; i++) {
		const struct cen_device_desc *desc = &machine->devices[i]->desc;

		if (!recording->writer.file)
			ret = learn_serials(secrets, desc->devnum);
		if (ret == 0)
			ret = _cen_file_secrets_learn(secrets, desc->path);
		if (ret == 0)
			ret = _cen_file_secrets_learn(secrets, desc->name);
		if (ret == 0 && desc->access_help)
			ret = _cen_file_secrets_learn_help(secrets, desc->access_help);
	}
	for (size_t i = 0; ret == 0 && i < machine->source_count; i++) {
		const struct cen_source_desc *desc = &machine->sources[i]->desc;

		ret = _cen_file_secrets_learn(secrets, desc->name);
		if (ret == 0 && desc->access_help)
			ret = _cen_file_secrets_learn_help(secrets, desc->access_help);
	}
	return ret;
}

static void tell_progress(const struct recording *recording)
{
	if (recording->options.progress)
		recording->options.progress(recording->options.user_data, recording->done, recording->total);
}

/* A device that cannot be asked is in the file all the same: the answer is the reason. */
static int ask(struct recording *recording, const struct cen_device *device, uint32_t usage,
	       const struct cen_record_size *size, struct file_answer *answer)
{
	struct cen_error *error = NULL;
	int ret;

	tell_progress(recording);
	recording->done++;
	ret = cen_machine_describe(recording->machine, device, usage, size->width, size->height, NULL, 0, &answer->caps,
				   &answer->notes, &error);
	if (ret < 0 &&
	    asprintf(&answer->failure, "not described: %s", error ? cen_error_get_message(error) : strerror(-ret)) < 0)
		answer->failure = NULL;
	cen_error_destroy(error);
	return ret == -ENOMEM || (ret < 0 && !answer->failure) ? -ENOMEM : 0;
}

/* The answers of a device, by usage and size. */
struct answers {
	struct file_answer *of[USAGE_COUNT];
	size_t size_count;
};

static void answers_cleanup(struct answers *answers)
{
	for (size_t u = 0; u < USAGE_COUNT; u++) {
		for (size_t s = 0; answers->of[u] && s < answers->size_count; s++) {
			cen_capabilities_unref(answers->of[u][s].caps);
			free(answers->of[u][s].notes);
			free(answers->of[u][s].failure);
		}
		free(answers->of[u]);
	}
}

static int ask_usage(struct recording *recording, const struct cen_device *device, uint32_t usage,
		     struct answers *answers, struct file_gathering *gathering)
{
	const struct cen_record_options *options = &recording->options;
	int ret = 0;

	answers->of[usage] = calloc(options->size_count, sizeof(*answers->of[usage]));
	if (!answers->of[usage])
		return -ENOMEM;
	for (size_t s = 0; ret == 0 && s < options->size_count; s++)
		ret = ask(recording, device, usage, &options->sizes[s], &answers->of[usage][s]);
	return ret < 0 ? ret : _cen_file_gather(gathering, usage, answers->of[usage]);
}

static int check_bounds(const struct cen_device *device, struct file_gathering *gathering, struct cen_error **err)
{
	if (gathering->alternative_count > FILE_MAX_ALTERNATIVES)
		return _cen_error_set(err, CEN_ERROR_OVERFLOW, ERANGE, NULL,
				      "record: %s has %zu alternatives; a machine file holds %u", device->desc.path,
				      gathering->alternative_count, FILE_MAX_ALTERNATIVES);
	/* Notes are for people: the first will do. */
	if (gathering->note_count > FILE_MAX_NOTES)
		gathering->note_count = FILE_MAX_NOTES;
	return 0;
}

static void gathering_cleanup(struct file_gathering *gathering)
{
	_cen_file_gathering_finish(gathering);
}

/* Nobody asks what may not be opened. */
static bool may_be_asked(const struct recording *recording, const struct cen_device *device)
{
	int32_t access = device->desc.access;

	return !(recording->options.flags & CEN_RECORD_NO_CAPABILITIES) && access != -EACCES && access != -EPERM;
}

static int record_device(struct recording *recording, struct json_object *list, size_t index)
{
	const struct cen_device *device = recording->machine->devices[index];
	_cleanup_(answers_cleanup) struct answers answers = {.size_count = recording->options.size_count};
	_cleanup_(gathering_cleanup) struct file_gathering gathering = {
		.arena = recording->writer.arena,
		.sizes = recording->options.sizes,
		.size_count = recording->options.size_count,
	};
	int ret = 0;

	if (!may_be_asked(recording, device)) {
		_cen_write_device(&recording->writer, list, index, NULL);
		return 0;
	}
	for (uint32_t u = 0; ret == 0 && u < USAGE_COUNT; u++) {
		if (device->desc.usages & CEN_USAGE_BIT(u))
			ret = ask_usage(recording, device, u, &answers, &gathering);
	}
	if (ret == 0)
		ret = _cen_file_group(&gathering);
	if (ret == 0)
		ret = _cen_file_gather_notes(&gathering, device->desc.usages,
					     (const struct file_answer *const *)answers.of);
	if (ret == 0)
		ret = check_bounds(device, &gathering, recording->err);
	if (ret == 0)
		_cen_write_device(&recording->writer, list, index, &gathering);
	return ret;
}

static void write_sizes(struct recording *recording, struct json_object *root)
{
	const struct cen_record_options *options = &recording->options;
	struct json_object *notes = _cen_write_list(&recording->writer, root, "notes");
	char text[JSON_MAX_STRING];
	size_t used = 0;

	used += (size_t)snprintf(text, sizeof(text), "recorded at");
	for (size_t i = 0; i < options->size_count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %ux%u", i ? "," : "",
					 options->sizes[i].width, options->sizes[i].height);
	snprintf(text + used, sizeof(text) - used, "; what holds at other sizes is inferred from these");
	_cen_write_word(&recording->writer, notes, NULL, text);
}

static const char *get_coherence(const struct machine_file *file)
{
#if defined(__x86_64__) || defined(__i386__)
	if (!file)
		return "yes";
#endif
	return file ? file->coherent : NULL;
}

static uint64_t get_page_bytes(const struct machine_file *file)
{
	long bytes = sysconf(_SC_PAGESIZE);

	if (file)
		return file->page_bytes;
	return bytes > 0 ? (uint64_t)bytes : 4096;
}

static void write_head(struct recording *recording, struct json_object *root)
{
	const struct machine_file *file = recording->writer.file;
	struct file_writer *writer = &recording->writer;

	_cen_write_number(writer, root, "cenalloc-machine", FILE_VERSION);
	_cen_write_text(writer, root, "name", recording->options.name);
	_cen_write_text(writer, root, "title", recording->options.title);
	_cen_write_text(writer, root, "kernel", recording->machine->kernel);
	_cen_write_number(writer, root, "page-bytes", get_page_bytes(file));
	if (get_coherence(file))
		_cen_write_word(writer, root, "cpu-coherent", get_coherence(file));
	if (!(recording->options.flags & CEN_RECORD_NO_CAPABILITIES))
		write_sizes(recording, root);
	_cen_write_sources(writer, root, get_page_bytes(file));
}

static void count_questions(struct recording *recording)
{
	for (size_t i = 0; i < recording->machine->device_count; i++) {
		const struct cen_device *device = recording->machine->devices[i];

		if (!_cen_write_is_left_out(device) && may_be_asked(recording, device))
			recording->total +=
				(size_t)__builtin_popcount(device->desc.usages) * recording->options.size_count;
	}
}

static int record_all(struct recording *recording, struct json_object *root)
{
	const struct cen_machine *machine = recording->machine;
	struct file_writer *writer = &recording->writer;
	struct json_object *list;
	int ret = learn_secrets(recording);

	if (ret == 0)
		_cen_write_prepare_names(writer);
	if (ret < 0 || writer->has_no_memory)
		return -ENOMEM;
	write_head(recording, root);
	list = _cen_write_list(writer, root, "devices");
	count_questions(recording);
	for (size_t i = 0; ret == 0 && !writer->has_no_memory && i < machine->device_count; i++) {
		if (!_cen_write_is_left_out(machine->devices[i]))
			ret = record_device(recording, list, i);
	}
	tell_progress(recording);
	return writer->has_no_memory ? -ENOMEM : ret;
}

/* Each list of the document has its bound. */
static int check_machine(const struct cen_machine *machine, struct cen_error **err)
{
	if (machine->source_count > FILE_MAX_SOURCES || machine->source_count > FILE_MAX_POOLS)
		return _cen_error_set(err, CEN_ERROR_OVERFLOW, ERANGE, NULL,
				      "record: the machine has %zu sources; a machine file holds %u",
				      machine->source_count, FILE_MAX_POOLS);
	if (machine->device_count > FILE_MAX_DEVICES)
		return _cen_error_set(err, CEN_ERROR_OVERFLOW, ERANGE, NULL,
				      "record: the machine has %zu devices; a machine file holds %u",
				      machine->device_count, FILE_MAX_DEVICES);
	return 0;
}

static void json_cleanup(struct json_object **object)
{
	json_object_put(*object);
}

static void arena_cleanup(struct arena **arena)
{
	_cen_arena_destroy(*arena);
}

/* The document as text. Returns 0 or -ENOMEM, or -ERANGE for one that no reader takes. */
static int print(struct json_object *root, char **json, struct cen_error **err)
{
	const char *text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
									JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		return _cen_error_no_memory(err);
	if (strlen(text) >= JSON_MAX_BYTES)
		return _cen_error_set(err, CEN_ERROR_OVERFLOW, ERANGE, NULL,
				      "record: a text of %zu bytes; a machine file has at most %u", strlen(text),
				      JSON_MAX_BYTES);
	return asprintf(json, "%s\n", text) < 0 ? _cen_error_no_memory(err) : 0;
}

int cen_machine_record(struct cen_machine *machine, const struct cen_record_options *options, char **json,
		       struct cen_error **err)
{
	_cleanup_(arena_cleanup) struct arena *arena = NULL;
	_cleanup_(json_cleanup) struct json_object *root = NULL;
	struct recording recording = {
		.machine = machine,
		.writer = {.machine = machine, .file = _cen_file_machine_get(machine->file)},
		.err = err,
	};
	int ret = check_options(options, err);

	*json = NULL;
	if (ret == 0)
		ret = take_options(options, recording.writer.file, &recording.options, err);
	if (ret == 0)
		ret = check_machine(machine, err);
	if (ret < 0)
		return ret;
	arena = _cen_arena_create();
	root = json_object_new_object();
	if (!arena || !root)
		return _cen_error_no_memory(err);
	recording.writer.arena = recording.writer.secrets.arena = arena;
	recording.writer.flags = recording.options.flags;
	ret = record_all(&recording, root);
	if (ret == -ENOMEM)
		return _cen_error_no_memory(err);
	ret = ret < 0 ? ret : print(root, json, err);
	if (ret < 0)
		*json = NULL;
	return ret;
}
