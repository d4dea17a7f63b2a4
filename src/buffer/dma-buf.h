/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The system calls of dma-bufs and sync_files, in one place: whatever exporter made them, the kernel's interface is the
 * same. Each returns 0 (or an fd) or a negative errno, and is repeated when a signal interrupts it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of access, as the kernel has them: what the CPU does, or what a fence is about. */
#define DMA_BUF_ACCESS_READ 1u
#define DMA_BUF_ACCESS_WRITE 2u

/* Begin or end CPU access. Beginning waits for the fences in the dma-buf. */
int _cen_dma_buf_begin(int fd, uint32_t access);
int _cen_dma_buf_end(int fd, uint32_t access);

/* A sync_file, close-on-exec, of what such an access has to wait for. -ENOTTY: no dma-buf, or a kernel before 6.0. */
int _cen_dma_buf_export_fence(int fd, uint32_t access);
/* Make later users of the dma-buf wait for a sync_file: all of them (write), or those who write (read). */
int _cen_dma_buf_import_fence(int fd, uint32_t access, int fence);

/* A sync_file, close-on-exec, that is signalled when both are. */
int _cen_sync_file_merge(int a, int b);
/* *status: 0 pending, 1 signalled, a negative errno: over, and failed. -ENOTTY: the fd is no sync_file. */
int _cen_sync_file_get_status(int fd, int *status);

/* A name for people who look, of at most 31 bytes. */
int _cen_dma_buf_set_name(int fd, const char *name);

/* Who made a dma-buf, "system" or "udmabuf", for messages; "an unknown exporter" where the kernel does not say. */
void _cen_dma_buf_get_exporter(int fd, char *name, size_t size);
