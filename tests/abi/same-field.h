/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Frozen structs against those of today. */
#pragma once

#include <assert.h>
#include <stddef.h>

/* The field is where it was, and as large. */
#define SAME_FIELD(now, then, field)                                                                                   \
	static_assert(offsetof(struct now, field) == offsetof(struct then, field), #now "." #field " has moved");      \
	static_assert(sizeof(((struct now *)0)->field) == sizeof(((struct then *)0)->field),                           \
		      #now "." #field " has changed")
