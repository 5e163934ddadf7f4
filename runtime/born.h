/* born.h - the C interface of a compiled model, and its manual.
 *
 * bornc turns a model.onnx into an object file, an archive, a shared library
 * or an executable. Each of them holds the model's tables (program.h), its
 * kernels (SPIR-V for Vulkan devices, machine code for CPUs, or both), usually
 * its weights, and this runtime. To run on a Vulkan device it needs a Vulkan
 * loader (libvulkan.so.1) and a Vulkan 1.1 driver, which are opened when a
 * context is created for one, never before; on a CPU it needs nothing.
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
 * threads. On a CPU it has threads of its own, made with it, which help the
 * caller of born_run and sleep between runs; a run gives the same bits with any
 * number of them. There the caller's thread, or those of its own pool, need 256 KiB
 * of stack. A run while another thread runs the same context is detected and
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
 * Environment. BORN_DEVICE selects a device where the options do not, and
 * BORN_NUM_THREADS the number of threads;
 * BORN_CPU=sse4|avx2|avx512|avx512vnni|neon|neondotprod|neoni8mm takes a CPU for no better than
 * that;
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
 * pipelines, and one command buffer per program, recorded at creation. On a
 * CPU: memory, threads, and one task graph per program. */
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
  BORN_ERROR_LOST = 11,   /* VK_ERROR_DEVICE_LOST: destroy the context */
  BORN_ERROR_VULKAN = 12, /* another Vulkan call failed; the message names it */
  BORN_ERROR_THREAD = 13, /* a thread cannot be started */
  BORN_ERROR_INDEX = 14   /* an index is out of range (bornc --check-indices); the message
                           * names the ONNX node */
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
  BORN_FLAG_TRUST_WEIGHTS = 1 << 2,
  /* Remember which worker ran what, and when, for born_get_trace. On a Vulkan
   * device it is timestamps around each command, in a command buffer that has
   * them; BORN_ERROR_DEVICE where its queue has no timestamps. */
  BORN_FLAG_TRACE = 1 << 3
} born_flag;

/* Receives one line of text without a newline, in the thread of the call. */
typedef void (*born_log_callback)(void *user, const char *line);

/* Copies `size` weight bytes from `offset` to `target`; returns 0 when done.
 * Called in ascending order of offsets, from born_create only. */
typedef int (*born_weights_callback)(void *user, uint64_t offset, void *target, size_t size);

/* Calls work(data, i) for each i below `count`, at the same time as far as it
 * can, and returns when all calls have. A run is complete even when some of
 * them are never made; they only help. */
typedef void (*born_parallel_callback)(void *user, void (*work)(void *data, uint32_t index),
                                       void *data, uint32_t count);

/* Zero-initialise it and set `size`; every zero field means the default. */
typedef struct born_options {
  size_t size; /* sizeof(born_options) */

  /* Which device: "cpu" for the model's own machine code; "vulkan", or more
   * exactly an index of born_list_devices, "discrete", "integrated", "virtual",
   * "software", or a part of the device's name, in any case, for a Vulkan
   * device. NULL: the environment variable BORN_DEVICE, and without it the first
   * of discrete, integrated, virtual Vulkan devices that can run the model, else
   * the CPU. A software device is taken where it is asked for, or where the model
   * has no code for CPUs. "cpu" never opens the Vulkan loader. */
  const char *device;
  uint32_t flags; /* of born_flag */

  /* How long born_run waits for a Vulkan device; 0: without limit. After
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

  /* On a CPU: the number of threads that work on a run, the caller's with them,
   * at most 1024. 0: the environment variable BORN_NUM_THREADS, and without it as
   * many as there are cores that the process may run on. */
  int32_t threads;
  /* The application's own threads instead of the context's: born_run calls it
   * with `threads` as the count, unless the run is too short to share. */
  born_parallel_callback parallel;
  void *parallel_user;
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
 * (exactly one vkQueueSubmit) and waits, or runs the task graph on a CPU
 * (without allocating, locking or starting a thread), copies the outputs. `inputs` and
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
  uint64_t wait_ns;     /* the part of it spent waiting for the device, or computing on a CPU */
  uint64_t gpu_ns;      /* between the timestamps; 0 without BORN_FLAG_PROFILE */
  uint64_t runs;        /* completed runs of this context */
  uint64_t submissions; /* vkQueueSubmit calls of all runs */
  int shares_memory;    /* 1 where inputs and outputs need no staging copy */
  uint32_t threads;     /* of a CPU; 0 on a Vulkan device */
} born_profile;

born_status born_get_profile(const born_context *context, born_profile *out_profile);

/* Some workgroups of one kernel, or blocks of a copy, that one worker ran; on a
 * Vulkan device all of a dispatch or copy. */
typedef struct born_trace_event {
  const char *kernel;                       /* "copy", "upload", "download" for copies */
  const char *nodes;                        /* the ONNX nodes that it computes */
  uint32_t worker;                          /* 0 is the caller of born_run, or the queue */
  uint32_t first_workgroup, last_workgroup; /* the last one not included */
  uint64_t start_ns, end_ns;                /* since the start of the run, or of the commands */
} born_trace_event;

/* What the last run of a program consisted of, where the context was created
 * with BORN_FLAG_TRACE; else nothing. What a device does at the same time
 * overlaps. Writes at most `capacity`
 * events, in no particular order; *out_count is the number of them, which may
 * be larger. */
born_status born_get_trace(const born_context *context, uint32_t program,
                           born_trace_event *out_events, uint32_t capacity, uint32_t *out_count);

/* ---- Devices ---------------------------------------------------------- */

typedef enum born_device_type {
  BORN_DEVICE_OTHER = 0,
  BORN_DEVICE_INTEGRATED = 1,
  BORN_DEVICE_DISCRETE = 2,
  BORN_DEVICE_VIRTUAL = 3,
  BORN_DEVICE_SOFTWARE = 4, /* a Vulkan driver that computes on the CPU */
  BORN_DEVICE_CPU = 5       /* the CPU itself, with machine code of the model */
} born_device_type;

typedef struct born_device {
  uint32_t index; /* in the order of vkEnumeratePhysicalDevices; of the CPU UINT32_MAX */
  uint32_t type;  /* born_device_type */
  char name[256];
  /* From here to `memory` all is 0 for the CPU. */
  uint32_t api_version[3];
  uint32_t vendor; /* PCI id, or a Khronos vendor id */
  uint32_t driver_version;
  uint32_t subgroup_size;
  uint64_t memory; /* of the largest device-local heap */
  int chosen;      /* 1: born_create with the same options takes this one */
  /* Why the model cannot run there or why another device is preferred; of the
   * chosen one, why it is. */
  char reason[256];
} born_device;

/* Lists the devices of this machine with the verdict on each for this model: the
 * Vulkan devices, where it has code for them and "cpu" is not asked for, then
 * the CPU, where it has code for that. Writes at most `capacity` entries;
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
  BORN_C_LINKAGE born_status prefix##_get_trace(const born_context *context, uint32_t program,     \
                                                born_trace_event *out_events, uint32_t capacity,   \
                                                uint32_t *out_count);                              \
  BORN_C_LINKAGE born_status prefix##_list_devices(                                                \
      const born_options *options, born_device *out_devices, uint32_t capacity,                    \
      uint32_t *out_count, char *out_message, size_t message_size);                                \
  BORN_C_LINKAGE born_status prefix##_get_device(const born_context *context,                      \
                                                 born_device *out_device);

#ifdef __cplusplus
}
#endif
#endif /* BORN_RUNTIME_BORN_H */
