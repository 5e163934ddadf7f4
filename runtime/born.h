/* born.h - the C interface of a compiled model, and its manual.
 *
 * bornc turns a model.onnx into an object file, an archive, a shared library
 * or an executable. Each of them holds the model's tables (program.h), its
 * SPIR-V kernels, usually its weights, and this runtime. The only thing they
 * need at run time is a Vulkan loader (libvulkan.so.1) and a Vulkan 1.1
 * driver, which are opened when a context is created, never before.
 *
 * Names. An artifact exports these functions under the prefix that was given
 * to bornc (--name): the prefix `minilm` makes born_run() into minilm_run().
 * BORN_DECLARE_MODEL(minilm) at the end of this file declares them all. So
 * several models can be linked into one program; each carries its own copy of
 * the runtime, and a context belongs to the prefix that created it.
 *
 *   #include "born.h"
 *   BORN_DECLARE_MODEL(minilm)
 *
 *   born_context *context;
 *   char message[512];
 *   if (minilm_create(NULL, &context, message, sizeof message) != BORN_OK)
 *     return complain(message);
 *   born_input in[2] = {{ids, sizeof ids}, {mask, sizeof mask}};
 *   born_output out[1] = {{vector, sizeof vector}};
 *   if (minilm_run(context, 0, in, out) != BORN_OK)
 *     complain(minilm_message(context));
 *   minilm_destroy(context);
 *
 * Ownership. A context owns everything that it creates on the device and on
 * the host. Strings and pointers that it hands out live until it is destroyed
 * (messages: until the next call on it). It keeps no pointer of the caller's
 * after a call returns, except the log callback of born_options.
 *
 * Threads. A context is used by one thread at a time; it may move between
 * threads. A run while another thread runs the same context is detected and
 * refused with BORN_ERROR_BUSY; it leaves the message alone, which belongs to
 * the thread inside. Different contexts are independent of each other.
 *
 * Failure. Every function that can fail returns a born_status. The text to it
 * is born_message(context); where there is no context yet, it goes to the
 * caller's buffer. It names the tensor, the kernel and its ONNX nodes, or the
 * Vulkan call. A null context is an argument error everywhere but in destroy,
 * and a query of what does not exist gives 0 or NULL or an error, so the
 * functions may be called in any order. A failed creation leaves nothing behind. A failed run
 * leaves the context usable, except after BORN_ERROR_LOST. The library never
 * prints, exits or throws.
 *
 * Environment. BORN_DEVICE selects a device where the options do not;
 * BORN_VARIANT=generic|software forces one kind of code, where a kernel has it;
 * BORN_CACHE_DIR is where pipelines are kept, "" for nowhere. Set-user-id
 * programs ignore all of them.
 *
 * Units. Sizes are in bytes, times in nanoseconds. Tensors are dense and
 * row-major in host byte order, as ONNX stores them; a bool is one byte.
 */
#ifndef BORN_RUNTIME_BORN_H
#define BORN_RUNTIME_BORN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The tables of one model: opaque here, defined in program.h. */
struct born_model;

/* A model that is ready to run on one device. In terms of Vulkan: an
 * instance, a device with one compute queue, one buffer per memory space, the
 * pipelines, and one command buffer per program, recorded at creation. */
typedef struct born_context born_context;

typedef enum born_status {
  BORN_OK = 0,
  BORN_ERROR_ARGUMENT = 1,    /* an argument of the call is wrong */
  BORN_ERROR_BUSY = 2,        /* another thread is running this context */
  BORN_ERROR_LOADER = 3,      /* no Vulkan loader, or one older than 1.1 */
  BORN_ERROR_DEVICE = 4,      /* no device, or none that can run the model */
  BORN_ERROR_LIMIT = 5,       /* a limit of the chosen device is exceeded */
  BORN_ERROR_HOST_MEMORY = 6, /* out of host memory */
  BORN_ERROR_DEVICE_MEMORY = 7,
  BORN_ERROR_WEIGHTS = 8, /* weights missing, of another size, or damaged */
  BORN_ERROR_TABLES = 9,  /* the model's tables are not of this runtime's version */
  BORN_ERROR_TIMEOUT = 10,
  BORN_ERROR_LOST = 11,  /* VK_ERROR_DEVICE_LOST: destroy the context */
  BORN_ERROR_VULKAN = 12 /* another Vulkan call failed; the message names it */
} born_status;

/* "device memory", "busy", ...: a short name of a status, for logs. */
const char *born_status_name(born_status status);

/* ---- Options ---------------------------------------------------------- */

typedef enum born_flag {
  /* Record timestamps around the commands, so that born_profile has gpu_ns. */
  BORN_FLAG_PROFILE = 1 << 0,
  /* Keep the driver's compiled pipelines in $BORN_CACHE_DIR, else in
   * $XDG_CACHE_HOME/born, else in ~/.cache/born. Files found there are
   * checked, and ignored where they are not exactly ours. */
  BORN_FLAG_DISK_CACHE = 1 << 1,
  /* Do not compare the hash of weights that come from outside the artifact. */
  BORN_FLAG_TRUST_WEIGHTS = 1 << 2
} born_flag;

/* Receives one line of text without a newline, in the thread of the call. */
typedef void (*born_log_callback)(void *user, const char *line);

/* Copies `size` weight bytes from `offset` to `target`; returns 0 when done.
 * Called in ascending order of offsets, from born_create only. */
typedef int (*born_weights_callback)(void *user, uint64_t offset, void *target, size_t size);

/* Zero-initialise it and set `size`; every zero field means the default. */
typedef struct born_options {
  size_t size; /* sizeof(born_options) */

  /* Which device: an index of born_list_devices, "discrete", "integrated",
   * "virtual", "software", or a part of the device's name, in any case.
   * NULL: the environment variable BORN_DEVICE, and without it the first of
   * discrete, integrated, virtual, software that can run the model. */
  const char *device;
  uint32_t flags; /* of born_flag */

  /* How long born_run waits for the device; 0: without limit. After
   * BORN_ERROR_TIMEOUT the device may still be at work: the memory of inputs and
   * outputs is its own until the next run, which waits for it first. */
  uint64_t timeout_ns;

  /* Weights of a model that was compiled without them (--weights=stripped):
   * all bytes at once, or a callback, or a file at weights_path. They are used
   * during born_create only. The bytes are those of the file <output>.weights that bornc writes
   * beside the artifact; size and hash are checked. */
  const void *weights;
  uint64_t weights_size;
  born_weights_callback read_weights;
  void *read_weights_user;
  /* Where the file of weights is; NULL: next to the executable or
   * shared library that the model is linked into, under the name that bornc
   * gave it (--weights=file). It is mapped, and its size and hash are checked. */
  const char *weights_path;

  /* What is going on, for people; NULL: nothing is told. */
  born_log_callback log;
  void *log_user;
} born_options;

/* ---- Creation --------------------------------------------------------- */

/* Chooses a device, creates the pipelines, loads the weights and records the
 * programs. `options` may be NULL. On failure *out_context is NULL and
 * out_message (which may be NULL) has the reason, cut to message_size. */
born_status born_create(const struct born_model *model, const born_options *options,
                        born_context **out_context, char *out_message, size_t message_size);

/* Waits for the device and releases everything. NULL is allowed. */
void born_destroy(born_context *context);

/* Why the last call on this context failed; "" when it did not. Not to be read
 * while another thread runs the context. */
const char *born_message(const born_context *context);

/* ---- Queries ---------------------------------------------------------- */

/* A model has one or more programs (entry points), numbered from 0: one, named
 * "main", or one per shape set, named after it ("ids=1x32"). They share weights
 * and kernels; each has its own memory for inputs and outputs. */
uint32_t born_program_count(const born_context *context);
/* NULL where there is no such program. */
const char *born_program_name(const born_context *context, uint32_t program);

typedef struct born_shape {
  const int64_t *dims; /* NULL: any */
  uint32_t rank;       /* ignored where dims is NULL */
} born_shape;

/* The first program whose inputs have these shapes, one for each input in the
 * order of the model: how an application chooses among the shape sets that a
 * model was compiled for (bornc --shape-set). */
born_status born_find_program(const born_context *context, const born_shape *input_shapes,
                              uint32_t input_count, uint32_t *out_program);

typedef struct born_tensor {
  const char *name; /* of the ONNX value, UTF-8 */
  uint32_t type;    /* ONNX TensorProto.DataType: 1 float, 7 int64, 9 bool, ... */
  uint32_t rank;
  const int64_t *shape; /* rank dimensions */
  uint64_t size;        /* bytes */
} born_tensor;

/* 0 where there is no such program. */
uint32_t born_input_count(const born_context *context, uint32_t program);
uint32_t born_output_count(const born_context *context, uint32_t program);
/* Inputs and outputs are numbered from 0 in the order of the model. */
born_status born_input_tensor(const born_context *context, uint32_t program, uint32_t input,
                              born_tensor *out_tensor);
born_status born_output_tensor(const born_context *context, uint32_t program, uint32_t output,
                               born_tensor *out_tensor);

/* The number of an input or output by its name in the ONNX model. */
born_status born_find_input(const born_context *context, uint32_t program, const char *name,
                            uint32_t *out_input);
born_status born_find_output(const born_context *context, uint32_t program, const char *name,
                             uint32_t *out_output);

/* ---- Running ---------------------------------------------------------- */

typedef struct born_input {
  const void *data; /* NULL: the input is already at born_input_memory */
  uint64_t size;    /* must be the tensor's; ignored where data is NULL */
} born_input;

typedef struct born_output {
  void *data; /* NULL: the output is left at born_output_memory */
  uint64_t size;
} born_output;

/* One inference: copies the inputs, submits the program's command buffer
 * (exactly one vkQueueSubmit), waits, copies the outputs. `inputs` and
 * `outputs` are arrays of all inputs and outputs of the program; NULL stands
 * for an array of NULL data. Nothing is written to outputs on failure. */
born_status born_run(born_context *context, uint32_t program, const born_input *inputs,
                     const born_output *outputs);

/* Where the device reads an input and leaves an output: host-mapped memory,
 * valid for the context's life. On devices that share memory with the host it
 * is the device's own buffer, and data written there is never copied; on
 * others it is the staging buffer of the upload and download. Contents of
 * inputs survive a run; those of outputs are valid until the next run of the
 * program. NULL where there is no such tensor. */
void *born_input_memory(born_context *context, uint32_t program, uint32_t input);
const void *born_output_memory(born_context *context, uint32_t program, uint32_t output);

typedef struct born_profile {
  uint64_t total_ns;    /* of the last born_run */
  uint64_t wait_ns;     /* the part of it spent waiting for the device */
  uint64_t gpu_ns;      /* between the timestamps; 0 without BORN_FLAG_PROFILE */
  uint64_t runs;        /* completed runs of this context */
  uint64_t submissions; /* vkQueueSubmit calls of all runs */
  int shares_memory;    /* 1 where inputs and outputs need no staging copy */
} born_profile;

born_status born_get_profile(const born_context *context, born_profile *out_profile);

/* ---- Devices ---------------------------------------------------------- */

typedef enum born_device_type {
  BORN_DEVICE_OTHER = 0,
  BORN_DEVICE_INTEGRATED = 1,
  BORN_DEVICE_DISCRETE = 2,
  BORN_DEVICE_VIRTUAL = 3,
  BORN_DEVICE_SOFTWARE = 4
} born_device_type;

typedef struct born_device {
  uint32_t index; /* in the order of vkEnumeratePhysicalDevices */
  uint32_t type;  /* born_device_type */
  char name[256];
  uint32_t api_version[3];
  uint32_t vendor; /* PCI id, or a Khronos vendor id */
  uint32_t driver_version;
  uint32_t subgroup_size;
  uint64_t memory; /* of the largest device-local heap */
  int chosen;      /* 1: born_create with the same options takes this one */
  /* Why the model cannot run there or why another device is preferred. */
  char reason[256];
} born_device;

/* Lists the devices of this machine with the verdict on each for this model
 * (NULL: for no model in particular). Writes at most `capacity` entries;
 * *out_count is the number of devices found, which may be larger. */
born_status born_list_devices(const struct born_model *model, const born_options *options,
                              born_device *out_devices, uint32_t capacity, uint32_t *out_count,
                              char *out_message, size_t message_size);

/* The device of a context. */
born_status born_get_device(const born_context *context, born_device *out_device);

/* ---- The functions of an artifact ------------------------------------- */

#ifdef __cplusplus
#define BORN_C_LINKAGE extern "C"
#else
#define BORN_C_LINKAGE extern
#endif

/* Declares the functions above with a model's prefix; the model argument is
 * gone, all else is the same. */
#define BORN_DECLARE_MODEL(prefix)                                                                 \
  BORN_C_LINKAGE born_status prefix##_create(const born_options *options,                          \
                                             born_context **out_context, char *out_message,        \
                                             size_t message_size);                                 \
  BORN_C_LINKAGE void prefix##_destroy(born_context *context);                                     \
  BORN_C_LINKAGE const char *prefix##_message(const born_context *context);                        \
  BORN_C_LINKAGE const char *prefix##_status_name(born_status status);                             \
  BORN_C_LINKAGE uint32_t prefix##_program_count(const born_context *context);                     \
  BORN_C_LINKAGE const char *prefix##_program_name(const born_context *context, uint32_t program); \
  BORN_C_LINKAGE born_status prefix##_find_program(const born_context *context,                    \
                                                   const born_shape *input_shapes,                 \
                                                   uint32_t input_count, uint32_t *out_program);   \
  BORN_C_LINKAGE uint32_t prefix##_input_count(const born_context *context, uint32_t program);     \
  BORN_C_LINKAGE uint32_t prefix##_output_count(const born_context *context, uint32_t program);    \
  BORN_C_LINKAGE born_status prefix##_input_tensor(const born_context *context, uint32_t program,  \
                                                   uint32_t input, born_tensor *out_tensor);       \
  BORN_C_LINKAGE born_status prefix##_output_tensor(const born_context *context, uint32_t program, \
                                                    uint32_t output, born_tensor *out_tensor);     \
  BORN_C_LINKAGE born_status prefix##_find_input(const born_context *context, uint32_t program,    \
                                                 const char *name, uint32_t *out_input);           \
  BORN_C_LINKAGE born_status prefix##_find_output(const born_context *context, uint32_t program,   \
                                                  const char *name, uint32_t *out_output);         \
  BORN_C_LINKAGE born_status prefix##_run(born_context *context, uint32_t program,                 \
                                          const born_input *inputs, const born_output *outputs);   \
  BORN_C_LINKAGE void *prefix##_input_memory(born_context *context, uint32_t program,              \
                                             uint32_t input);                                      \
  BORN_C_LINKAGE const void *prefix##_output_memory(born_context *context, uint32_t program,       \
                                                    uint32_t output);                              \
  BORN_C_LINKAGE born_status prefix##_get_profile(const born_context *context,                     \
                                                  born_profile *out_profile);                      \
  BORN_C_LINKAGE born_status prefix##_list_devices(                                                \
      const born_options *options, born_device *out_devices, uint32_t capacity,                    \
      uint32_t *out_count, char *out_message, size_t message_size);                                \
  BORN_C_LINKAGE born_status prefix##_get_device(const born_context *context,                      \
                                                 born_device *out_device);

#ifdef __cplusplus
}
#endif
#endif /* BORN_RUNTIME_BORN_H */
