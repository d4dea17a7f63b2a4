/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_MAP_H
#define CENALLOC_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/context.h>
#include <cenalloc/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Which memory which device gets: the map of the Contiguous Memory Allocator of 2010, as policy for a whole machine.
 * docs/map.md has the grammar, the names on both sides and where a map comes from.
 *
 *     camera,codec=cma-heap; gpu/scanout=gbm; *=system,udmabuf
 *
 * A map is immutable: any thread may read it and count its references.
 */
struct cen_map;

/** The type that a lookup is for where the caller names none. In a solve it is the usage: "scanout". */
#define CEN_MAP_TYPE_COMMON "common"

/* Bounds of a map; what exceeds one is refused. */
#define CEN_MAP_MAX_BYTES 65536u /* of text */
#define CEN_MAP_MAX_RULES 1024u
#define CEN_MAP_MAX_PATTERNS 64u /* of one rule */
#define CEN_MAP_MAX_NAMES 64u /* of one rule */
#define CEN_MAP_MAX_WORD 255u /* bytes of one name, device part or type */

/**
 * Read a map. The caller owns *out. Blanks and line ends may stand between any two words.
 * Returns 0, or -EINVAL (CEN_ERROR_SYNTAX: the message has line and column, counted in bytes from 1, what is wanted
 * there and what was found, or the bound that is exceeded; CEN_ERROR_ARGUMENT: text is NULL), -ENOMEM.
 */
int cen_map_parse(const char *text, struct cen_map **out, struct cen_error **err);

struct cen_map *cen_map_ref(struct cen_map *map);
/** NULL is allowed. */
void cen_map_unref(struct cen_map *map);

/** The whole map without blanks and without a closing ';'. Parsed again it is the same map. Never NULL; borrowed. */
const char *cen_map_to_string(const struct cen_map *map);

/** "CENALLOC_MAP", the path of the file, or "the program". Never NULL; borrowed. */
const char *cen_map_get_origin(const struct cen_map *map);

size_t cen_map_get_rule_count(const struct cen_map *map);
/** A rule as text, "gpu/scanout=gbm"; NULL past the end. Borrowed. */
const char *cen_map_get_rule(const struct cen_map *map, size_t rule);
/** The line of the text or file on which a rule begins, from 1; 0 past the end. */
uint32_t cen_map_get_rule_line(const struct cen_map *map, size_t rule);

/** How many names a rule has on its right; 0 past the end. */
size_t cen_map_get_name_count(const struct cen_map *map, size_t rule);
/** The names on the right in order of liking; NULL past the end. Borrowed. */
const char *cen_map_get_name(const struct cen_map *map, size_t rule, size_t index);

/** How many patterns a rule has on its left; 0 past the end. */
size_t cen_map_get_pattern_count(const struct cen_map *map, size_t rule);

/** One pattern held against a device. Strings are borrowed from the map, matched from the caller's list. */
struct cen_map_trial {
	size_t size; /* sizeof(struct cen_map_trial), set by the caller */
	const char *device; /* the device part; of "/TYPE" alone, that of the pattern before it. Never NULL */
	const char *type; /* the type part; NULL: any type */
	const char *matched; /* the first name that the device part matches; NULL: none */
	uint32_t is_type_matched; /* 1: the type part matches */
	uint32_t is_inherited; /* 1: the pattern was written as "/TYPE" alone */
};

/**
 * Hold pattern number pattern of a rule against a device that has these names. type NULL: CEN_MAP_TYPE_COMMON.
 * Returns 1 when it matches, 0 when it does not, or -EINVAL (a number past the end, a struct that is too small).
 */
int cen_map_try_pattern(const struct cen_map *map, size_t rule, size_t pattern, const char *const *names, size_t count,
			const char *type, struct cen_map_trial *out);

/** The rule that decides. Strings are borrowed from the map, matched from the caller's list. */
struct cen_map_match {
	size_t size; /* sizeof(struct cen_map_match), set by the caller */
	size_t rule; /* its number, from 0 */
	size_t pattern; /* the number of the pattern that matched, within its rule, from 0 */
	const char *text; /* the rule as text */
	const char *device; /* the device part of the pattern that matched */
	const char *type; /* its type part; NULL: any type */
	const char *matched; /* which of the names it matched */
	size_t name_count; /* names on the right of the rule: cen_map_get_name() */
};

/**
 * The first rule with a pattern that matches one of the names of a device, and the type (NULL: CEN_MAP_TYPE_COMMON).
 * out may be NULL.
 * Returns 0, -ENOENT when no rule matches, or -EINVAL for a struct that is too small.
 */
int cen_map_lookup(const struct cen_map *map, const char *const *names, size_t count, const char *type,
		   struct cen_map_match *out);

/** The most names that cen_machine_get_map_names() gives. */
#define CEN_MAP_DEVICE_NAMES 16

/**
 * The names by which patterns know a device of the machine: the last part of its path ("video0"), what the driver calls
 * it, the driver, the backend, and words for what its node can do: camera, codec, gpu, display, cpu. Each once.
 * Writes up to room of them to names, borrowed from the machine, and returns how many there are.
 */
size_t cen_machine_get_map_names(const struct cen_machine *machine, const struct cen_device *device, const char **names,
				 size_t room);

/**
 * The sources of the machine that a name on the right of a rule stands for, in the order of discovery: those of this
 * name; else the one of a backend, "kms:/dev/dri/card0"; else all of a backend, "gbm"; else all heaps of a
 * placement, "cma-heap". Writes up to room of them to sources, borrowed, and returns how many there are: 0 when the
 * name is nothing on this machine.
 */
size_t cen_machine_get_map_sources(const struct cen_machine *machine, const char *name,
				   const struct cen_source **sources, size_t room);

/*
 * The map in force in a context is, of these, the first there is: the program's own (cen_context_set_map()), the
 * environment's (CENALLOC_MAP), that of the user's file, that of the system's file. What is not the program's own is
 * read when a map is first needed. One that cannot be read is logged as an error and passed over.
 *
 * The functions below may be called on any thread. What they change counts from the next cen_solve() on; solutions
 * and buffers that there are stay as they are.
 */

/**
 * Put the program's own map in force; the context keeps a reference. NULL: no own map, so that the environment and the
 * files count again. Returns 0.
 */
int cen_context_set_map(struct cen_context *ctx, struct cen_map *map);

/**
 * The map in force, with a reference for the caller; *out is NULL where there is none. Returns 0, or -ENOMEM.
 */
int cen_context_get_map(struct cen_context *ctx, struct cen_map **out, struct cen_error **err);

/**
 * Read a configuration file, in place of those that the context would read by itself. Its map stands behind that of
 * the environment. Regions that were read before are forgotten: for the set-up of a context, by one thread.
 * Returns 0, or a negative errno after which the context is as before: -EINVAL (CEN_ERROR_SYNTAX, with the file, line
 * and column; CEN_ERROR_ARGUMENT: not an absolute path, not a regular file, or more than 1 MiB), -ENOMEM, what opening
 * the file gives (CEN_ERROR_SYSTEM).
 */
int cen_context_load_config(struct cen_context *ctx, const char *path, struct cen_error **err);

/**
 * Read environment and files again, now. Regions stay as they are. Where something cannot be read, the map stays as it
 * was and the error says why.
 * Returns 1 when the map in force is another one now, 0 when it is the same, or as cen_context_load_config(). A file
 * that does not exist is no error.
 */
int cen_context_reload_map(struct cen_context *ctx, struct cen_error **err);

/**
 * A file descriptor that becomes readable when a configuration file may have changed, been replaced, made or removed.
 * It is the context's own, for poll(): call cen_context_dispatch_map() when it is readable, and do not read or close it.
 * It lives as long as the context; a further call gives the same one.
 * Returns 0 and the fd, or a negative errno with *fd -1: -ENOMEM, CEN_ERROR_SYSTEM (inotify: too many instances).
 */
int cen_context_watch_map(struct cen_context *ctx, int *fd, struct cen_error **err);

/**
 * Take what the file descriptor has to say, and read the files again where it concerns them. Does not block.
 * Returns as cen_context_reload_map(), or -EINVAL (CEN_ERROR_ARGUMENT: cen_context_watch_map() was not called).
 */
int cen_context_dispatch_map(struct cen_context *ctx, struct cen_error **err);

#ifdef __cplusplus
}
#endif

#endif
