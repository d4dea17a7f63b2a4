/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Imports an image and uses it: import succeeds where use does not, so only pixels prove anything. */
#include <drm_fourcc.h>

#include "probe-egl.h"
#include "probe-pixels.h"

#include "backend-util.h"

struct trial {
	struct egl_session *session;
	const struct cen_image_desc *image;
	struct pixels pixels;
	bool is_mapped;
	struct egl_texture texture;
};

static const char vertex_source[] =
	"attribute vec2 position;"
	"varying vec2 at;"
	"void main() { at = position; gl_Position = vec4(position * 2.0 - 1.0, 0.0, 1.0); }";
static const char texture_source[] = "precision mediump float;"
				     "uniform sampler2D image; varying highp vec2 at;"
				     "void main() { gl_FragColor = vec4(texture2D(image, at).rgb, 1.0); }";
static const char external_source[] = "#extension GL_OES_EGL_image_external : require\n"
				      "precision mediump float;"
				      "uniform samplerExternalOES image; varying highp vec2 at;"
				      "void main() { gl_FragColor = vec4(texture2D(image, at).rgb, 1.0); }";
/* BT.601, limited range, of planes that are textures of their own. */
#define CONVERT(declared, u, v)                                                                                        \
	"precision mediump float; varying highp vec2 at; uniform sampler2D plane0, " declared ";"                      \
	"void main() { float y = 1.164 * (texture2D(plane0, at).r - 0.0625);"                                          \
	" float u = texture2D(" u " - 0.502, v = texture2D(" v " - 0.502;"                                             \
	" gl_FragColor = vec4(y + 1.596 * v, y - 0.813 * v - 0.392 * u, y + 2.017 * u, 1.0); }"
static const char *const plane_sources[2][2] = {
	{CONVERT("plane1", "plane1, at).r", "plane1, at).g"), CONVERT("plane1", "plane1, at).g", "plane1, at).r")},
	{CONVERT("plane1, plane2", "plane1, at).r", "plane2, at).r"),
	 CONVERT("plane1, plane2", "plane2, at).r", "plane1, at).r")},
};
static const char plain_source[] = "precision mediump float; varying highp vec2 at;"
				   "void main() { gl_FragColor = vec4(at, 0.5, 1.0); }";

/* A triangle that covers everything, drawn with a fragment shader. */
static int draw(struct trial *trial, const char *fragment_source)
{
	static const GLfloat corners[] = {0, 0, 2, 0, 0, 2};
	const char *sources[] = {vertex_source, fragment_source};
	const struct egl_api *api = &trial->session->api;
	GLuint program = api->glCreateProgram();
	GLint is_linked = 0;

	for (int i = 0; i < 2; i++) {
		GLuint shader = api->glCreateShader(i ? GL_FRAGMENT_SHADER : GL_VERTEX_SHADER);

		api->glShaderSource(shader, 1, &sources[i], NULL);
		api->glCompileShader(shader);
		api->glAttachShader(program, shader);
	}
	api->glBindAttribLocation(program, 0, "position");
	api->glLinkProgram(program);
	api->glGetProgramiv(program, GL_LINK_STATUS, &is_linked);
	if (!is_linked)
		return _cen_probe_fail(trial->session->call, "glLinkProgram", EIO, "the driver compiles no shader");
	api->glUseProgram(program);
	for (GLint i = 0; i < 3; i++) {
		static const char *const names[] = {"plane0", "plane1", "plane2"};

		/* The one sampler of the other programs is 0 without being told. */
		api->glUniform1i(api->glGetUniformLocation(program, names[i]), i);
	}
	api->glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, 0, corners);
	api->glEnableVertexAttribArray(0);
	api->glDrawArrays(GL_TRIANGLES, 0, 3);
	api->glFinish();
	if (api->glGetError() != GL_NO_ERROR)
		return _cen_probe_fail(trial->session->call, "glDrawArrays", EIO, "the driver does not draw");
	return 0;
}

static int begin_framebuffer(struct trial *trial, GLuint texture)
{
	const struct egl_api *api = &trial->session->api;
	GLuint framebuffer;

	api->glGenFramebuffers(1, &framebuffer);
	api->glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	api->glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
	if (api->glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE)
		return 0;
	return _cen_probe_fail(trial->session->call, "glCheckFramebufferStatus", EINVAL,
			       "the driver does not draw into images of this format");
}

static int compare(struct trial *trial, uint32_t column, uint32_t row, struct pixels_colour wanted,
		   struct pixels_colour got, const char *what)
{
	if (_cen_pixels_is_close(wanted, got))
		return 0;
	return _cen_probe_fail(trial->session->call, NULL, EIO,
			       "%s: column %u of %u, row %u of %u is #%02x%02x%02x and should be #%02x%02x%02x", what,
			       column, trial->pixels.columns, row, trial->pixels.rows, got.r, got.g, got.b, wanted.r,
			       wanted.g, wanted.b);
}

static int compare_sampled(struct trial *trial)
{
	const struct pixels *pixels = &trial->pixels;
	uint8_t seen[PIXELS_CELLS * PIXELS_CELLS][4];
	int ret = 0;

	trial->session->api.glReadPixels(0, 0, (GLsizei)pixels->columns, (GLsizei)pixels->rows, GL_RGBA,
					 GL_UNSIGNED_BYTE, seen);
	for (uint32_t row = 0; row < pixels->rows; row++) {
		for (uint32_t column = 0; ret == 0 && column < pixels->columns; column++) {
			const uint8_t *at = seen[row * pixels->columns + column];

			ret = compare(trial, column, row, _cen_pixels_expect(pixels, column, row),
				      (struct pixels_colour){at[0], at[1], at[2]}, "the GPU samples other pixels");
		}
	}
	return ret;
}

static const char *choose_source(const struct trial *trial)
{
	if (trial->texture.target == GL_TEXTURE_EXTERNAL_OES)
		return external_source;
	if (trial->texture.count == 1)
		return texture_source;
	return plane_sources[trial->texture.count == 3][_cen_pixels_get_planes(trial->image->fourcc).is_swapped];
}

static int sample(struct trial *trial)
{
	const struct egl_api *api = &trial->session->api;
	const struct pixels *pixels = &trial->pixels;
	GLsizei columns = trial->is_mapped ? (GLsizei)pixels->columns : 1;
	GLsizei rows = trial->is_mapped ? (GLsizei)pixels->rows : 1;
	GLuint target;
	int ret;

	if (trial->is_mapped) {
		_cen_pixels_sync(pixels, false);
		ret = _cen_pixels_write(pixels);
		_cen_pixels_sync(pixels, true);
		if (ret < 0)
			return _cen_probe_fail(trial->session->call, NULL, -ret, "a plane leaves its object");
	}
	ret = _cen_egl_texture_create(trial->session, trial->image, false, &trial->texture);
	if (ret < 0)
		return ret;
	api->glGenTextures(1, &target);
	api->glBindTexture(GL_TEXTURE_2D, target);
	api->glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, columns, rows, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	ret = begin_framebuffer(trial, target);
	if (ret < 0)
		return ret;
	_cen_egl_texture_bind(trial->session, &trial->texture);
	api->glViewport(0, 0, columns, rows);
	ret = draw(trial, choose_source(trial));
	return ret < 0 || !trial->is_mapped ? ret : compare_sampled(trial);
}

static void paint(struct trial *trial)
{
	const struct egl_api *api = &trial->session->api;
	uint32_t columns = trial->pixels.columns, rows = trial->pixels.rows;

	api->glEnable(GL_SCISSOR_TEST);
	for (uint32_t row = 0; row < rows; row++) {
		for (uint32_t column = 0; column < columns; column++) {
			uint32_t x = trial->image->width * column / columns, y = trial->image->height * row / rows;
			struct pixels_colour colour = _cen_pixels_paint(column, row);

			api->glScissor((GLint)x, (GLint)y, (GLsizei)(trial->image->width / columns + 1),
				       (GLsizei)(trial->image->height / rows + 1));
			api->glClearColor((float)colour.r / 255, (float)colour.g / 255, (float)colour.b / 255, 1);
			api->glClear(GL_COLOR_BUFFER_BIT);
		}
	}
	api->glFinish();
}

static int compare_painted(struct trial *trial)
{
	const struct pixels *pixels = &trial->pixels;
	struct pixels_colour colour;
	int ret = 0;

	_cen_pixels_sync(pixels, false);
	for (uint32_t row = 0; row < pixels->rows; row++) {
		for (uint32_t column = 0; ret == 0 && column < pixels->columns; column++) {
			if (_cen_pixels_read(pixels, column, row, &colour) < 0)
				ret = _cen_probe_fail(trial->session->call, NULL, ERANGE, "a plane leaves its object");
			else
				ret = compare(trial, column, row, _cen_pixels_expect(pixels, column, row), colour,
					      "the GPU draws other pixels");
		}
	}
	_cen_pixels_sync(pixels, true);
	return ret;
}

static int render(struct trial *trial)
{
	const struct egl_api *api = &trial->session->api;
	int ret;

	if (_cen_pixels_is_yuv(trial->image->fourcc))
		return _cen_probe_fail(trial->session->call, NULL, EOPNOTSUPP, "GLES does not draw into YUV");
	ret = _cen_egl_texture_create(trial->session, trial->image, true, &trial->texture);
	if (ret == 0)
		ret = begin_framebuffer(trial, trial->texture.names[0]);
	if (ret < 0)
		return ret;
	api->glViewport(0, 0, (GLsizei)trial->image->width, (GLsizei)trial->image->height);
	/* Once through the pipeline; then what can be told apart. */
	ret = draw(trial, plain_source);
	if (ret < 0 || !trial->is_mapped)
		return ret;
	paint(trial);
	return compare_painted(trial);
}

/* Where the CPU draws, what it cannot map is not imported but crashes it: so that is found out first. */
static int map(struct trial *trial)
{
	uint32_t object = 0;
	int ret;

	if (trial->image->modifier != DRM_FORMAT_MOD_LINEAR && trial->image->modifier != DRM_FORMAT_MOD_INVALID)
		return 0;
	ret = _cen_pixels_map(&trial->pixels, trial->image, &object);
	trial->is_mapped = ret == 0 && trial->pixels.format && trial->image->modifier == DRM_FORMAT_MOD_LINEAR;
	if (ret == 0 || !(trial->session->info.flags & EGL_INFO_SOFTWARE))
		return 0;
	return _cen_probe_fail(trial->session->call, "mmap", -ret,
			       "%s needs to map the buffer for reading and writing; object %u cannot be: %s",
			       trial->session->info.driver, object,
			       ret == -EACCES ? "its file descriptor is read-only" : strerror(-ret));
}

int _cen_egl_try(struct egl_session *session, const struct probe_request *request)
{
	struct trial trial = {.session = session, .image = &request->image};
	int ret;

	if (request->image.plane_count == 0 || request->image.width == 0 || request->image.width > INT32_MAX ||
	    request->image.height == 0 || request->image.height > INT32_MAX)
		return _cen_probe_fail(session->call, NULL, EINVAL, "an image of %ux%u with %u planes",
				       request->image.width, request->image.height, request->image.plane_count);
	ret = map(&trial);
	if (ret < 0)
		return ret;
	return request->usage == CEN_USAGE_RENDER ? render(&trial) : sample(&trial);
}
