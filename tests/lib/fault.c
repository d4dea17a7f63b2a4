/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The replacements behind -Wl,--wrap: see fault.h. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "fault.h"

/* Every open, fcntl and ioctl is passed on with its third argument, whether it has one or not. */
#define REAL(type, name, ...)                                                                                          \
	type __real_##name(__VA_ARGS__);                                                                               \
	type __wrap_##name(__VA_ARGS__);
REAL(void *, malloc, size_t)
REAL(void *, calloc, size_t, size_t)
REAL(void *, realloc, void *, size_t)
REAL(void *, reallocarray, void *, size_t, size_t)
REAL(char *, strdup, const char *)
REAL(char *, strndup, const char *, size_t)
REAL(int, vasprintf, char **, const char *, va_list)
REAL(int, asprintf, char **, const char *, ...)
REAL(void, free, void *)
REAL(int, open, const char *, int, ...)
REAL(int, open64, const char *, int, ...)
REAL(int, openat, int, const char *, int, ...)
REAL(int, openat64, int, const char *, int, ...)
REAL(FILE *, fopen, const char *, const char *)
REAL(FILE *, fopen64, const char *, const char *)
REAL(int, dup, int)
REAL(int, fcntl, int, int, ...)
REAL(int, fcntl64, int, int, ...)
REAL(int, memfd_create, const char *, unsigned int)
REAL(int, eventfd, unsigned int, int)
REAL(void *, mmap, void *, size_t, int, int, int, off_t)
REAL(void *, mmap64, void *, size_t, int, int, int, off_t)
REAL(int, ioctl, int, unsigned long, ...)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int armed;
static unsigned long left;
static int wanted_errno;
static bool fired;

/* Addresses that are alive: open addressing, 1 marks a place that was left. */
#define PLACES (1u << 16)
static uintptr_t places[PLACES];
static size_t alive;

void fault_arm(unsigned int kinds, unsigned long nth)
{
	pthread_mutex_lock(&lock);
	armed = kinds;
	left = nth;
	fired = false;
	pthread_mutex_unlock(&lock);
}

void fault_set_errno(int errnum)
{
	pthread_mutex_lock(&lock);
	wanted_errno = errnum;
	pthread_mutex_unlock(&lock);
}

bool fault_fired(void)
{
	bool result;

	pthread_mutex_lock(&lock);
	result = fired;
	pthread_mutex_unlock(&lock);
	return result;
}

bool fault_disarm(void)
{
	bool result = fault_fired();

	fault_arm(0, 0);
	return result;
}

size_t fault_alive(void)
{
	size_t result;

	pthread_mutex_lock(&lock);
	result = alive;
	pthread_mutex_unlock(&lock);
	return result;
}

/* Count a call. True, with errno set, when it is the one that fails. */
static bool fails(unsigned int kind, int errnum)
{
	bool result = false;

	pthread_mutex_lock(&lock);
	if ((armed & kind) && left && --left == 0) {
		errno = wanted_errno ? wanted_errno : errnum;
		fired = result = true;
	}
	pthread_mutex_unlock(&lock);
	return result;
}

static size_t first_place(uintptr_t address)
{
	return (size_t)((address >> 4) * 0x9e3779b1u) % PLACES;
}

static void *came(void *ptr)
{
	uintptr_t address = (uintptr_t)ptr;
	size_t place = first_place(address);

	if (!ptr)
		return NULL;
	pthread_mutex_lock(&lock);
	for (size_t tries = 0; places[place] > 1; tries++) {
		if (tries == PLACES) {
			fprintf(stderr, "fault: more than %u allocations are alive\n", PLACES);
			abort();
		}
		place = (place + 1) % PLACES;
	}
	places[place] = address;
	alive++;
	pthread_mutex_unlock(&lock);
	return ptr;
}

/* What libc and shared libraries allocated is not in the table. Returns whether it was. */
static bool went(const void *ptr)
{
	uintptr_t address = (uintptr_t)ptr;
	size_t place = first_place(address);
	bool result = false;

	if (!ptr)
		return false;
	pthread_mutex_lock(&lock);
	for (size_t tries = 0; places[place] != 0 && tries < PLACES; tries++) {
		if (places[place] == address) {
			places[place] = 1;
			alive--;
			result = true;
			break;
		}
		place = (place + 1) % PLACES;
	}
	pthread_mutex_unlock(&lock);
	return result;
}

void *__wrap_malloc(size_t size)
{
	return fails(FAULT_MEMORY, ENOMEM) ? NULL : came(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails(FAULT_MEMORY, ENOMEM) ? NULL : came(__real_calloc(count, size));
}

/* The old address leaves before the call: afterwards another thread may have it. */
void *__wrap_realloc(void *ptr, size_t size)
{
	bool was_here;
	void *result;

	if (fails(FAULT_MEMORY, ENOMEM))
		return NULL;
	was_here = went(ptr);
	result = __real_realloc(ptr, size);
	if (!result && size && was_here)
		came(ptr);
	return came(result);
}

void *__wrap_reallocarray(void *ptr, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return __wrap_realloc(ptr, total);
}

char *__wrap_strdup(const char *text)
{
	return fails(FAULT_MEMORY, ENOMEM) ? NULL : came(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t length)
{
	return fails(FAULT_MEMORY, ENOMEM) ? NULL : came(__real_strndup(text, length));
}

__attribute__((format(printf, 2, 0))) int __wrap_vasprintf(char **out, const char *format, va_list args)
{
	int length;

	if (fails(FAULT_MEMORY, ENOMEM))
		return -1;
	length = __real_vasprintf(out, format, args);
	if (length >= 0)
		came(*out);
	return length;
}

__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **out, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = __wrap_vasprintf(out, format, args);
	va_end(args);
	return length;
}

void __wrap_free(void *ptr)
{
	went(ptr);
	__real_free(ptr);
}

#define OPEN(name)                                                                                                     \
	int __wrap_##name(const char *path, int flags, ...)                                                            \
	{                                                                                                              \
		va_list args;                                                                                          \
		unsigned int mode;                                                                                     \
                                                                                                                       \
		va_start(args, flags);                                                                                 \
		mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(args, unsigned int) : 0;                             \
		va_end(args);                                                                                          \
		return fails(FAULT_OPEN, EACCES) ? -1 : __real_##name(path, flags, mode);                              \
	}
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                                                   \
	int __wrap_##name(int dir, const char *path, int flags, ...)                                                   \
	{                                                                                                              \
		va_list args;                                                                                          \
		unsigned int mode;                                                                                     \
                                                                                                                       \
		va_start(args, flags);                                                                                 \
		mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(args, unsigned int) : 0;                             \
		va_end(args);                                                                                          \
		return fails(FAULT_OPEN, EACCES) ? -1 : __real_##name(dir, path, flags, mode);                         \
	}
OPENAT(openat)
OPENAT(openat64)

FILE *__wrap_fopen(const char *path, const char *mode)
{
	return fails(FAULT_OPEN, EACCES) ? NULL : __real_fopen(path, mode);
}

FILE *__wrap_fopen64(const char *path, const char *mode)
{
	return fails(FAULT_OPEN, EACCES) ? NULL : __real_fopen64(path, mode);
}

int __wrap_dup(int fd)
{
	return fails(FAULT_FD, EMFILE) ? -1 : __real_dup(fd);
}

#define FCNTL(name)                                                                                                    \
	int __wrap_##name(int fd, int command, ...)                                                                    \
	{                                                                                                              \
		bool is_dup = command == F_DUPFD || command == F_DUPFD_CLOEXEC;                                        \
		va_list args;                                                                                          \
		void *argument;                                                                                        \
                                                                                                                       \
		va_start(args, command);                                                                               \
		argument = va_arg(args, void *);                                                                       \
		va_end(args);                                                                                          \
		return is_dup && fails(FAULT_FD, EMFILE) ? -1 : __real_##name(fd, command, argument);                  \
	}
FCNTL(fcntl)
FCNTL(fcntl64)

int __wrap_memfd_create(const char *name, unsigned int flags)
{
	return fails(FAULT_FD, EMFILE) ? -1 : __real_memfd_create(name, flags);
}

int __wrap_eventfd(unsigned int value, int flags)
{
	return fails(FAULT_FD, EMFILE) ? -1 : __real_eventfd(value, flags);
}

void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	if (fails(FAULT_MMAP, ENOMEM))
		return MAP_FAILED;
	return __real_mmap(address, length, protection, flags, fd, offset);
}

void *__wrap_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	if (fails(FAULT_MMAP, ENOMEM))
		return MAP_FAILED;
	return __real_mmap64(address, length, protection, flags, fd, offset);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *argument;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	return fails(FAULT_IOCTL, EIO) ? -1 : __real_ioctl(fd, request, argument);
}
