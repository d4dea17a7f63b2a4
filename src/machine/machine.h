/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a machine: devices and sources as the backends named them. */
#pragma once

#include <stdatomic.h>

#include <cenalloc/backend.h>
#include <cenalloc/machine.h>

struct quirk_file;
struct backend_instance; /* registry.h: a backend with its state in one context */

struct cen_device {
	struct cen_device_desc desc; /* strings owned by the machine */
	struct backend_instance *backend; /* NULL for the CPU, which the core itself describes */
};

struct cen_source {
	struct cen_source_desc desc; /* strings and formats owned by the machine */
	struct backend_instance *backend;
};

struct cen_machine {
	atomic_int refs;
	uint32_t flags;
	char *kernel; /* its release; NULL: not known */
	const struct quirk_file *quirks; /* of its file, behind those of the context; NULL: none */
	struct cen_context *ctx; /* kept alive */
	struct file_machine *file; /* of a machine file; NULL: live */
	struct cen_device **devices;
	size_t device_count, device_capacity;
	struct cen_source **sources;
	size_t source_count, source_capacity;
};

/*
 * Several backends may know one node: each has a device of the same path. The device itself when it has the usage,
 * otherwise the first of its siblings that has it; NULL: none.
 */
const struct cen_device *_cen_machine_find_sibling(const struct cen_machine *machine, const struct cen_device *device,
						   uint32_t usage);
/* What the siblings can do together. */
uint32_t _cen_machine_get_node_usages(const struct cen_machine *machine, const struct cen_device *device);
/* "capture, output", or "nothing". */
void _cen_usages_to_string(uint32_t usages, char *buf, size_t size);

struct cen_machine *_cen_machine_ref(struct cen_machine *machine);
/* What cen_machine_destroy() does, too: drops one reference. */
void _cen_machine_unref(struct cen_machine *machine);
