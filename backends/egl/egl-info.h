/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What cenalloc-probe-egl puts into the flags of a probe_info. */
#pragma once

#define EGL_INFO_SOFTWARE (1u << 0) /* the CPU draws, through mmap() of the dma-buf */
#define EGL_INFO_GBM (1u << 1) /* opened through a gbm_device: no EGLDevice is that node */

/* The name of the software device: it has no node. */
#define EGL_SOFTWARE_PATH "llvmpipe"
