/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Rectangles of images into a target. The first row of an EGL image is the top of the picture: nothing is flipped. */
#include <err.h>

#include <drm_fourcc.h>

#include "renderer-private.h"
#include "util.h"

#define PLACE 0
#define SPOT 1

static const char vertex_shader[] = "attribute vec2 place;\n"
				    "attribute vec2 spot;\n"
				    "varying vec2 where;\n"
				    "void main()\n"
				    "{\n"
				    "	gl_Position = vec4(place, 0.0, 1.0);\n"
				    "	where = spot;\n"
				    "}\n";

#define PRECISION                                                                                                      \
	"#ifdef GL_FRAGMENT_PRECISION_HIGH\n"                                                                          \
	"precision highp float;\n"                                                                                     \
	"#else\n"                                                                                                      \
	"precision mediump float;\n"                                                                                   \
	"#endif\n"

/* Colours come multiplied by alpha, as Wayland has them. What is in its place in a format without it is undefined. */
#define RGB_SHADER(sampler)                                                                                            \
	PRECISION                                                                                                      \
	"varying vec2 where;\n"                                                                                        \
	"uniform " sampler " image0;\n"                                                                                \
	"uniform float opacity;\n"                                                                                     \
	"void main()\n"                                                                                                \
	"{\n"                                                                                                          \
	"	vec4 colour = texture2D(image0, where);\n"                                                                   \
	"	gl_FragColor = vec4(colour.rgb, max(colour.a, opacity));\n"                                                  \
	"}\n"

static const char *const fragment_shaders[RENDERER_SHADER_COUNT] = {
	[RENDERER_PLAIN] = RGB_SHADER("sampler2D"),
	[RENDERER_EXTERNAL] = "#extension GL_OES_EGL_image_external : require\n" RGB_SHADER("samplerExternalOES"),
	/* BT.601, limited range. */
	[RENDERER_PLANES] = PRECISION
	"varying vec2 where;\n"
	"uniform sampler2D image0;\n"
	"uniform sampler2D image1;\n"
	"uniform sampler2D image2;\n"
	"uniform vec2 cb_channel;\n"
	"uniform vec2 cr_channel;\n"
	"void main()\n"
	"{\n"
	"	float y = 1.164383 * (texture2D(image0, where).r - 16.0 / 255.0);\n"
	"	float cb = dot(texture2D(image1, where).rg, cb_channel) - 128.0 / 255.0;\n"
	"	float cr = dot(texture2D(image2, where).rg, cr_channel) - 128.0 / 255.0;\n"
	"	gl_FragColor = vec4(y + 1.596027 * cr, y - 0.391762 * cb - 0.812968 * cr, y + 2.017232 * cb, 1.0);\n"
	"}\n",
};

static GLuint compile_shader(GLenum kind, const char *text)
{
	GLuint shader = glCreateShader(kind);
	char log[512];
	GLint is_good;

	glShaderSource(shader, 1, &text, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &is_good);
	if (is_good)
		return shader;
	glGetShaderInfoLog(shader, sizeof(log), NULL, log);
	warnx("shader: %s", log);
	glDeleteShader(shader);
	return 0;
}

static int compile_program(struct renderer_program *program, const char *fragment_text)
{
	GLuint vertex = compile_shader(GL_VERTEX_SHADER, vertex_shader);
	GLuint fragment = compile_shader(GL_FRAGMENT_SHADER, fragment_text);
	GLint is_good = 0;

	if (vertex && fragment) {
		program->id = glCreateProgram();
		glAttachShader(program->id, vertex);
		glAttachShader(program->id, fragment);
		glBindAttribLocation(program->id, PLACE, "place");
		glBindAttribLocation(program->id, SPOT, "spot");
		glLinkProgram(program->id);
		glGetProgramiv(program->id, GL_LINK_STATUS, &is_good);
		program->opacity = glGetUniformLocation(program->id, "opacity");
		program->cb = glGetUniformLocation(program->id, "cb_channel");
		program->cr = glGetUniformLocation(program->id, "cr_channel");
		glUseProgram(program->id);
		glUniform1i(glGetUniformLocation(program->id, "image0"), 0);
		glUniform1i(glGetUniformLocation(program->id, "image1"), 1);
		glUniform1i(glGetUniformLocation(program->id, "image2"), 2);
	}
	glDeleteShader(vertex);
	glDeleteShader(fragment);
	return is_good ? 0 : -ENOTSUP;
}

int renderer_compile(struct renderer *renderer)
{
	int ret = 0;

	for (size_t i = 0; i < RENDERER_SHADER_COUNT && ret == 0; i++)
		ret = compile_program(&renderer->programs[i], fragment_shaders[i]);
	/* Uniforms that a program does not have are at -1, where GL ignores them. */
	while (glGetError() != GL_NO_ERROR)
		;
	return ret;
}

/* Where the CPU draws. An image that is there twice begins and ends once; one that is copied did so before. */
static void begin_all(const struct renderer_target *target, const struct renderer_quad *quads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (quads[i].image->map && !quads[i].image->upload.stride)
			cen_cpu_map_begin(quads[i].image->map, CEN_CPU_MAP_READ, NULL);
	if (target->map)
		cen_cpu_map_begin(target->map, CEN_CPU_MAP_READ | CEN_CPU_MAP_WRITE, NULL);
}

static void end_all(const struct renderer_target *target, const struct renderer_quad *quads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (quads[i].image->map && !quads[i].image->upload.stride)
			cen_cpu_map_end(quads[i].image->map, NULL);
	if (target->map)
		cen_cpu_map_end(target->map, NULL);
}

static bool is_scaled(const struct renderer_quad *quad)
{
	return quad->width != quad->source_width || quad->height != quad->source_height;
}

static void bind_textures(const struct renderer_image *image, GLint filter)
{
	for (size_t i = 0; i < 3; i++) {
		/* Chroma in one plane is sampled twice. */
		size_t texture = i < image->count ? i : image->count - 1;

		if (image->count == 3 && image->is_cr_first && i > 0)
			texture = 3 - i;
		glActiveTexture((GLenum)(GL_TEXTURE0 + i));
		glBindTexture(image->kind, image->textures[texture]);
		glTexParameteri(image->kind, GL_TEXTURE_MIN_FILTER, filter);
		glTexParameteri(image->kind, GL_TEXTURE_MAG_FILTER, filter);
		if (image->shader != RENDERER_PLANES)
			break;
	}
	glActiveTexture(GL_TEXTURE0);
}

static void use_program(const struct renderer_program *program, const struct renderer_image *image)
{
	bool is_interleaved = image->count == 2;
	bool is_cb_first = !is_interleaved || !image->is_cr_first;
	bool is_cr_first = !is_interleaved || image->is_cr_first;

	glUseProgram(program->id);
	if (image->shader != RENDERER_PLANES) {
		glUniform1f(program->opacity, image->is_opaque ? 1.0f : 0.0f);
		return;
	}
	glUniform2f(program->cb, is_cb_first ? 1.0f : 0.0f, is_cb_first ? 0.0f : 1.0f);
	glUniform2f(program->cr, is_cr_first ? 1.0f : 0.0f, is_cr_first ? 0.0f : 1.0f);
}

static void draw_quad(const struct renderer_target *target, const struct renderer_quad *quad)
{
	const struct renderer_image *image = quad->image;
	float left = (float)(2 * quad->x / target->width - 1), top = (float)(2 * quad->y / target->height - 1);
	float right = (float)(2 * (quad->x + quad->width) / target->width - 1);
	float bottom = (float)(2 * (quad->y + quad->height) / target->height - 1);
	float s0 = (float)(quad->source_x / image->width), t0 = (float)(quad->source_y / image->height);
	float s1 = (float)((quad->source_x + quad->source_width) / image->width);
	float t1 = (float)((quad->source_y + quad->source_height) / image->height);
	const GLfloat places[] = {left, top, right, top, left, bottom, right, bottom};
	const GLfloat spots[] = {s0, t0, s1, t0, s0, t1, s1, t1};

	bind_textures(image, is_scaled(quad) ? GL_LINEAR : GL_NEAREST);
	use_program(&target->renderer->programs[image->shader], image);
	if (image->is_opaque)
		glDisable(GL_BLEND);
	else
		glEnable(GL_BLEND);
	glVertexAttribPointer(PLACE, 2, GL_FLOAT, GL_FALSE, 0, places);
	glVertexAttribPointer(SPOT, 2, GL_FLOAT, GL_FALSE, 0, spots);
	glEnableVertexAttribArray(PLACE);
	glEnableVertexAttribArray(SPOT);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

static void draw(const struct renderer_target *target, const struct renderer_quad *quads, size_t count)
{
	glBindFramebuffer(GL_FRAMEBUFFER, target->framebuffer);
	glViewport(0, 0, (GLsizei)target->width, (GLsizei)target->height);
	glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
	glClearColor(0, 0, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	for (size_t i = 0; i < count; i++)
		draw_quad(target, &quads[i]);
}

/* Fences and copies. Returns whether there was something to copy. */
static bool prepare(struct renderer *renderer, const struct renderer_quad *quads, size_t count)
{
	bool is_uploaded = false;

	for (size_t i = 0; i < count; i++) {
		struct renderer_image *image = quads[i].image;

		if (quads[i].fence >= 0)
			renderer_wait_for_fence(renderer, quads[i].fence, image->upload.stride != 0);
		is_uploaded = is_uploaded || image->upload.is_due;
		renderer_upload(image);
	}
	return is_uploaded;
}

int renderer_draw(struct renderer_target *target, const struct renderer_quad *quads, size_t count, int *fence,
		  bool *is_uploaded)
{
	struct renderer *renderer = target->renderer;
	GLenum error;

	*is_uploaded = prepare(renderer, quads, count);
	begin_all(target, quads, count);
	draw(target, quads, count);
	*fence = renderer_finish_drawing(renderer);
	end_all(target, quads, count);
	error = glGetError();
	if (error != GL_NO_ERROR) {
		warnx("%s: GL error 0x%x", renderer->path, error);
		if (*fence >= 0)
			close(*fence);
		*fence = -1;
		return -EIO;
	}
	return 0;
}

int renderer_create_blank(struct renderer *renderer)
{
	const uint32_t black = 0;
	struct renderer_target *target = calloc(1, sizeof(*target));
	int ret;

	if (!target)
		return -ENOMEM;
	*target = (struct renderer_target){.renderer = renderer, .egl = EGL_NO_IMAGE_KHR, .width = 1, .height = 1};
	renderer->nowhere = target;
	glGenRenderbuffers(1, &target->renderbuffer);
	glBindRenderbuffer(GL_RENDERBUFFER, target->renderbuffer);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_RGB565, 1, 1);
	glGenFramebuffers(1, &target->framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, target->framebuffer);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, target->renderbuffer);
	ret = renderer_import_pixels(renderer, &black, 1, 1, sizeof(black), DRM_FORMAT_XRGB8888, &renderer->blank);
	/* The first time takes long, as Mesa's software compiles for it. */
	if (ret == 0)
		renderer_forget_images(renderer);
	return ret;
}

void renderer_forget_images(struct renderer *renderer)
{
	const struct renderer_quad quad = {renderer->blank, 0, 0, 1, 1, 0, 0, 1, 1, -1};

	draw(renderer->nowhere, &quad, 1);
	if (renderer->is_software)
		glFinish();
	else
		glFlush();
}
