/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* EGL without a window, and the shaders. */
#include <err.h>
#include <string.h>
#include <sys/stat.h>

#include "image.h"
#include "util.h"

#define MAX_DEVICES 32

/* The first row of a dma-buf is y = 0 on both sides, so only x is turned round. */
static const char vertex_source[] = "attribute vec2 position;\n"
				    "varying vec2 place;\n"
				    "void main() {\n"
				    "	gl_Position = vec4(position, 0.0, 1.0);\n"
				    "	place = vec2(0.5 - 0.5 * position.x, 0.5 + 0.5 * position.y);\n"
				    "}\n";

#define FRAGMENT_HEAD                                                                                                  \
	"#ifdef GL_FRAGMENT_PRECISION_HIGH\n"                                                                          \
	"precision highp float;\n"                                                                                     \
	"#else\n"                                                                                                      \
	"precision mediump float;\n"                                                                                   \
	"#endif\n"                                                                                                     \
	"varying vec2 place;\n"
#define FRAGMENT_TAIL                                                                                                  \
	"	gl_FragColor = vec4(colour * vec3(0.25, 0.75, 0.25) + vec3(0.0, 0.25, 0.0), 1.0);\n"                         \
	"}\n"

/* External textures are the only ones that may be YUV; RGB ones may be external, too. */
static const char whole_source[] =
	"#extension GL_OES_EGL_image_external : require\n" FRAGMENT_HEAD "uniform samplerExternalOES camera;\n"
	"void main() {\n"
	"	vec3 colour = texture2D(camera, place).rgb;\n" FRAGMENT_TAIL;

/* Luma and chroma, each a texture, where the driver does not take them together. */
static const char planes_source[] =
	FRAGMENT_HEAD "uniform sampler2D luma;\n"
		      "uniform sampler2D chroma;\n"
		      "uniform vec3 zero;\n"
		      "uniform mat3 to_rgb;\n"
		      "void main() {\n"
		      "	vec3 yuv = vec3(texture2D(luma, place).r, texture2D(chroma, place).rg);\n"
		      "	vec3 colour = clamp(to_rgb * (yuv - zero), 0.0, 1.0);\n" FRAGMENT_TAIL;

static void gl_cleanup(struct gl **gl)
{
	gl_destroy(*gl);
}

int gl_fail(const char *what)
{
	warnx("%s: EGL error 0x%04x, GL error 0x%04x", what, (unsigned int)eglGetError(), glGetError());
	return -EIO;
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; at && (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

static bool is_node(const char *path, dev_t node)
{
	struct stat status;

	return path && stat(path, &status) == 0 && status.st_rdev == node;
}

/* EGL names a device by its nodes; the software renderer has none. */
static bool is_device(const struct cen_device *device, EGLDeviceEXT egl_device)
{
	PFNEGLQUERYDEVICESTRINGEXTPROC get_string =
		(PFNEGLQUERYDEVICESTRINGEXTPROC)eglGetProcAddress("eglQueryDeviceStringEXT");
	const char *path = cen_device_get_path(device), *extensions;
	struct stat status;

	if (!get_string)
		return false;
	extensions = get_string(egl_device, EGL_EXTENSIONS);
	if (*path != '/')
		return has_word(extensions, "EGL_MESA_device_software");
	if (stat(path, &status) < 0)
		return false;
	return (has_word(extensions, "EGL_EXT_device_drm") &&
		is_node(get_string(egl_device, EGL_DRM_DEVICE_FILE_EXT), status.st_rdev)) ||
	       (has_word(extensions, "EGL_EXT_device_drm_render_node") &&
		is_node(get_string(egl_device, EGL_DRM_RENDER_NODE_FILE_EXT), status.st_rdev));
}

/* Not the surfaceless platform: Mesa draws with the CPU there, but in memory of the first DRM device there is. */
static EGLDisplay find_display(const struct cen_device *device)
{
	PFNEGLQUERYDEVICESEXTPROC query = (PFNEGLQUERYDEVICESEXTPROC)eglGetProcAddress("eglQueryDevicesEXT");
	EGLDeviceEXT devices[MAX_DEVICES];
	EGLint count = 0;

	if (!query || !query(MAX_DEVICES, devices, &count))
		return EGL_NO_DISPLAY;
	for (EGLint i = 0; i < count; i++)
		if (is_device(device, devices[i]))
			return eglGetPlatformDisplay(EGL_PLATFORM_DEVICE_EXT, devices[i], NULL);
	return EGL_NO_DISPLAY;
}

static int open_display(struct gl *gl, const struct cen_device *device)
{
	const char *path = cen_device_get_path(device), *extensions;

	gl->display = find_display(device);
	if (gl->display == EGL_NO_DISPLAY || !eglInitialize(gl->display, NULL, NULL)) {
		gl->display = EGL_NO_DISPLAY;
		warnx("%s: EGL does not open it (0x%04x)", path, (unsigned int)eglGetError());
		return -ENODEV;
	}
	extensions = eglQueryString(gl->display, EGL_EXTENSIONS);
	gl->has_modifiers = has_word(extensions, "EGL_EXT_image_dma_buf_import_modifiers");
	if (has_word(extensions, "EGL_EXT_image_dma_buf_import") && has_word(extensions, "EGL_KHR_no_config_context"))
		return 0;
	warnx("%s: EGL has no EGL_EXT_image_dma_buf_import, or no EGL_KHR_no_config_context", path);
	return -EOPNOTSUPP;
}

static int create_context(struct gl *gl)
{
	static const EGLint attributes[] = {EGL_CONTEXT_CLIENT_VERSION, 2, EGL_NONE};

	if (!eglBindAPI(EGL_OPENGL_ES_API))
		return gl_fail("eglBindAPI");
	gl->context = eglCreateContext(gl->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (gl->context == EGL_NO_CONTEXT || !eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, gl->context))
		return gl_fail("eglCreateContext");
	gl->create_image = (PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");
	gl->destroy_image = (PFNEGLDESTROYIMAGEKHRPROC)eglGetProcAddress("eglDestroyImageKHR");
	gl->set_texture = (PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)eglGetProcAddress("glEGLImageTargetTexture2DOES");
	gl->set_renderbuffer = (PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC)eglGetProcAddress(
		"glEGLImageTargetRenderbufferStorageOES");
	if (gl->create_image && gl->destroy_image && gl->set_texture && gl->set_renderbuffer &&
	    has_word((const char *)glGetString(GL_EXTENSIONS), "GL_OES_EGL_image_external"))
		return 0;
	warnx("%s: no GL_OES_EGL_image_external", gl_get_renderer(gl));
	return -EOPNOTSUPP;
}

static GLuint compile(GLenum type, const char *source)
{
	GLuint shader = glCreateShader(type);
	GLint is_compiled = GL_FALSE;
	char log[512] = "";

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &is_compiled);
	if (is_compiled)
		return shader;
	glGetShaderInfoLog(shader, sizeof(log), NULL, log);
	warnx("shader: %s", log);
	glDeleteShader(shader);
	return 0;
}

static int create_program(const char *fragment_source, GLuint *out)
{
	GLint is_linked = GL_FALSE;
	GLuint vertex, fragment;

	vertex = compile(GL_VERTEX_SHADER, vertex_source);
	fragment = compile(GL_FRAGMENT_SHADER, fragment_source);
	*out = glCreateProgram();
	if (vertex && fragment) {
		glAttachShader(*out, vertex);
		glAttachShader(*out, fragment);
		glBindAttribLocation(*out, 0, "position");
		glLinkProgram(*out);
		glGetProgramiv(*out, GL_LINK_STATUS, &is_linked);
	}
	/* They live on in the program. */
	glDeleteShader(vertex);
	glDeleteShader(fragment);
	return is_linked ? 0 : gl_fail("glLinkProgram");
}

static int create_programs(struct gl *gl)
{
	static const GLfloat corners[] = {-1, -1, 1, -1, -1, 1, 1, 1};
	int ret;

	ret = create_program(whole_source, &gl->whole);
	if (ret == 0)
		ret = create_program(planes_source, &gl->planes);
	if (ret < 0)
		return ret;
	gl->zero = glGetUniformLocation(gl->planes, "zero");
	gl->to_rgb = glGetUniformLocation(gl->planes, "to_rgb");
	glUseProgram(gl->planes);
	glUniform1i(glGetUniformLocation(gl->planes, "luma"), 0);
	glUniform1i(glGetUniformLocation(gl->planes, "chroma"), 1);
	glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, 0, corners);
	glEnableVertexAttribArray(0);
	return 0;
}

int gl_create(const struct cen_device *device, struct gl **out)
{
	_cleanup_(gl_cleanup) struct gl *gl = NULL;
	int ret;

	*out = NULL;
	gl = calloc(1, sizeof(*gl));
	if (!gl)
		return -ENOMEM;
	gl->display = EGL_NO_DISPLAY;
	gl->context = EGL_NO_CONTEXT;
	ret = open_display(gl, device);
	if (ret == 0)
		ret = create_context(gl);
	if (ret == 0)
		ret = create_programs(gl);
	if (ret < 0)
		return ret;
	*out = gl;
	gl = NULL;
	return 0;
}

void gl_destroy(struct gl *gl)
{
	if (!gl)
		return;
	if (gl->context != EGL_NO_CONTEXT) {
		glDeleteProgram(gl->whole);
		glDeleteProgram(gl->planes);
		eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
		eglDestroyContext(gl->display, gl->context);
	}
	if (gl->display != EGL_NO_DISPLAY)
		eglTerminate(gl->display);
	eglReleaseThread();
	free(gl);
}

const char *gl_get_renderer(const struct gl *gl)
{
	(void)gl;
	return (const char *)glGetString(GL_RENDERER);
}

/*
 * glFinish() and no fence: the camera takes its buffer back at once and knows of no fences, so the GPU must have read
 * all of it; and a compositor without explicit synchronisation must find the picture complete, also when it was drawn
 * by the CPU, which leaves no implicit fence in a dma-buf.
 */
int gl_draw(struct gl *gl, const struct gl_image *texture, const struct gl_image *target)
{
	glBindFramebuffer(GL_FRAMEBUFFER, target->framebuffer);
	glViewport(0, 0, target->width, target->height);
	for (uint32_t i = 0; i < texture->count; i++) {
		glActiveTexture(GL_TEXTURE0 + i);
		glBindTexture(texture->target, texture->textures[i]);
	}
	if (texture->count == 1) {
		glUseProgram(gl->whole);
	} else {
		glUseProgram(gl->planes);
		glUniform3fv(gl->zero, 1, texture->zero);
		glUniformMatrix3fv(gl->to_rgb, 1, GL_FALSE, texture->to_rgb);
	}
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
	glFinish();
	return glGetError() == GL_NO_ERROR ? 0 : gl_fail("drawing");
}
