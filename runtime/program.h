/* What a compiled model is: the static tables that bornc generates and the
 * runtime reads. Plain C, no pointer into the heap, nothing to parse: a
 * generated host program is these tables plus calls into born.h.
 *
 * All offsets and sizes are in bytes unless a name says otherwise. Offsets of
 * bindings are multiples of 256, so that they satisfy
 * minStorageBufferOffsetAlignment of every Vulkan device.
 */
#ifndef BORN_RUNTIME_PROGRAM_H
#define BORN_RUNTIME_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows by one when a table below changes its layout; the runtime refuses
 * tables of another version. */
#define BORN_TABLE_VERSION 4

/* Element types use the numbers of ONNX's TensorProto.DataType (onnx.proto). */
typedef struct born_tensor_desc {
  const char *name; /* the ONNX value name, UTF-8 */
  uint32_t type;    /* TensorProto.DataType, e.g. 1 = float, 7 = int64, 9 = bool */
  uint32_t rank;
  const int64_t *shape; /* rank dims, row-major, all static */
  uint64_t size;        /* of the tensor as ONNX stores it */
  uint64_t offset;      /* in the io space */
} born_tensor_desc;

/* The four memory spaces of a program. Each is one VkBuffer. */
typedef enum born_space {
  BORN_SPACE_TRANSIENT = 0, /* the arena: lives within one run */
  BORN_SPACE_WEIGHTS = 1,   /* read-only, shared by the programs of a model */
  BORN_SPACE_IO = 2,        /* inputs, then outputs; mapped where memory is shared */
  BORN_SPACE_STATE = 3      /* lives across runs (not used yet) */
} born_space;

typedef enum born_access {
  BORN_ACCESS_READ = 1,
  BORN_ACCESS_WRITE = 2,
  BORN_ACCESS_READ_WRITE = 3
} born_access;

/* One storage buffer descriptor of a dispatch. */
typedef struct born_binding {
  uint32_t space;  /* born_space */
  uint32_t access; /* born_access */
  uint64_t offset;
  uint64_t size;
} born_binding;

/* Classes of devices that code variants are tuned for. A class of CPUs may use
 * just the instructions named here, beyond those that every CPU of the
 * architecture has. */
typedef enum born_device_class {
  BORN_CLASS_GENERIC = 0,     /* any conformant Vulkan 1.1 device */
  BORN_CLASS_SOFTWARE = 1,    /* a CPU rasteriser with 8-lane subgroups (lavapipe) */
  BORN_CLASS_SSE4 = 2,        /* x86-64: SSE up to 4.2, POPCNT */
  BORN_CLASS_AVX2 = 3,        /* x86-64: SSE4 and AVX, AVX2, FMA, F16C */
  BORN_CLASS_AVX512 = 4,      /* x86-64: AVX2 and AVX-512 F, BW, DQ, VL */
  BORN_CLASS_NEON = 5,        /* aarch64 */
  BORN_CLASS_AVX512VNNI = 6,  /* x86-64: AVX512 and VNNI; for kernels that multiply bytes */
  BORN_CLASS_NEONDOTPROD = 7, /* aarch64: NEON and FEAT_DotProd; for kernels that multiply bytes */
  BORN_CLASS_NEONI8MM = 8, /* aarch64: NEONDOTPROD and FEAT_I8MM; for kernels that multiply bytes */
  BORN_CLASS_LAST = BORN_CLASS_NEONI8MM
} born_device_class;

/* Device features that a variant needs beyond Vulkan 1.1's minimum. */
typedef enum born_feature {
  BORN_FEATURE_SHADER_FLOAT16 = 1 << 0,
  BORN_FEATURE_SHADER_INT8 = 1 << 1,
  BORN_FEATURE_SHADER_INT16 = 1 << 2,
  BORN_FEATURE_SHADER_INT64 = 1 << 3,
  BORN_FEATURE_SHADER_FLOAT64 = 1 << 4,
  BORN_FEATURE_STORAGE_8BIT = 1 << 5,
  BORN_FEATURE_STORAGE_16BIT = 1 << 6,
  BORN_FEATURE_SUBGROUP_SHUFFLE = 1 << 7,    /* compute stage */
  BORN_FEATURE_SUBGROUP_ARITHMETIC = 1 << 8, /* compute stage */
  /* SignedZeroInfNanPreserve for 32-bit and for 16-bit floats. */
  BORN_FEATURE_PRESERVE_FLOAT32 = 1 << 9,
  BORN_FEATURE_PRESERVE_FLOAT16 = 1 << 10,
  BORN_FEATURE_ROUND_FLOAT16_RTE = 1 << 11, /* RoundingModeRTE 16 */
  BORN_FEATURE_DENORM_FLOAT32 = 1 << 12     /* DenormPreserve 32 */
} born_feature;

/* The code of one kernel for one device class. */
typedef struct born_kernel_variant {
  uint32_t device_class;      /* born_device_class */
  uint32_t features;          /* set of born_feature */
  uint32_t subgroup_size;     /* that the code is written for; 0: any */
  uint32_t workgroup_size[3]; /* invocations, as in the module's LocalSize */
  uint32_t workgroup_memory;  /* bytes of Workgroup storage */
  uint32_t workgroup_count[3];
  const uint32_t *code; /* a SPIR-V module; the entry point has the kernel's name */
  uint64_t code_size;   /* bytes */
} born_kernel_variant;

/* Computes the workgroups [first, last) of a dispatch, numbered over all axes.
 * bindings[i] points at binding i, at a multiple of 64 bytes. It is reentrant,
 * allocates nothing, and workgroups are independent of each other. */
typedef void (*born_cpu_function)(void *const *bindings, const uint32_t *immediates, uint32_t first,
                                  uint32_t last);

/* The code of one kernel for one class of CPUs. */
typedef struct born_cpu_variant {
  uint32_t device_class;    /* born_device_class */
  uint32_t workgroup_count; /* of a dispatch, at least 1 */
  uint32_t task_size;       /* workgroups that are worth a task, at least 1 */
  born_cpu_function function;
} born_cpu_variant;

/* Bindings are numbered 0, 1, ... in descriptor set 0. Immediates are 32-bit
 * push constants from offset 0 on. All kernels of a model have code for the
 * same targets: Vulkan (then always a GENERIC variant), CPUs, or both. */
typedef struct born_kernel {
  const char *name;
  uint32_t binding_count;
  uint32_t immediate_count;
  uint32_t variant_count; /* for Vulkan */
  const born_kernel_variant *variants;
  uint32_t cpu_variant_count;
  const born_cpu_variant *cpu_variants;
} born_kernel;

typedef struct born_dispatch {
  uint32_t kernel;          /* index into born_program.kernels */
  uint32_t first_binding;   /* into born_program.bindings */
  uint32_t first_immediate; /* into born_program.immediates */
  const char *label;        /* ONNX nodes it computes, for traces and errors */
} born_dispatch;

typedef enum born_command_kind {
  BORN_COMMAND_DISPATCH = 0, /* index into born_program.dispatches */
  BORN_COMMAND_BARRIER = 1,  /* memory barrier; index is a set of born_barrier_scope */
  BORN_COMMAND_COPY = 2,     /* index into born_program.copies */
  BORN_COMMAND_UPLOAD = 3,   /* all inputs, staging to io; nothing where memory is shared */
  BORN_COMMAND_DOWNLOAD = 4  /* all outputs, io to staging; nothing where memory is shared */
} born_command_kind;

/* What the commands before a barrier did that those after it depend on.
 * The runtime turns it into stage and access masks. */
typedef enum born_barrier_scope {
  BORN_BARRIER_DISPATCH_TO_DISPATCH = 1 << 0,
  BORN_BARRIER_UPLOAD_TO_DISPATCH = 1 << 1,
  BORN_BARRIER_DISPATCH_TO_DOWNLOAD = 1 << 2,
  BORN_BARRIER_COPY_TO_DISPATCH = 1 << 3,
  BORN_BARRIER_DISPATCH_TO_COPY = 1 << 4,
  BORN_BARRIER_TO_HOST = 1 << 5, /* makes outputs visible to host reads */
  /* Between any two of copies, uploads and downloads. */
  BORN_BARRIER_COPY_TO_COPY = 1 << 6
} born_barrier_scope;

typedef struct born_command {
  uint32_t kind; /* born_command_kind */
  uint32_t index;
} born_command;

typedef struct born_copy {
  born_binding source, target; /* of equal size */
} born_copy;

/* A dispatch or copy as a CPU sees it: it starts when those it waits for are
 * done, whatever the barriers say. */
typedef struct born_step {
  uint32_t command;    /* index into born_program.commands */
  uint32_t wait_count; /* the number of steps that have an edge to this one */
  uint32_t first_edge; /* into born_program.edges: the steps that wait for this one, ascending */
  uint32_t edge_count;
} born_step;

/* One entry point: one recorded command buffer, one queue submission; on a CPU,
 * one task graph. */
typedef struct born_program {
  const char *name;
  uint32_t input_count, output_count;
  const born_tensor_desc *inputs;  /* offsets within [0, input_size) of io */
  const born_tensor_desc *outputs; /* offsets within [input_size, io_size) of io */
  uint64_t input_size;             /* multiple of 256 */
  uint64_t io_size;
  uint64_t transient_size;
  uint64_t state_size;
  uint32_t kernel_count, dispatch_count, binding_count, immediate_count, copy_count, command_count;
  const born_kernel *kernels;
  const born_dispatch *dispatches;
  const born_binding *bindings;
  const uint32_t *immediates;
  const born_copy *copies;
  const born_command *commands; /* the order of recording */
  /* Where there is code for CPUs: every dispatch and copy once, in the order in
   * which workers take them. Edges lead from a step to later ones only. */
  uint32_t step_count, edge_count;
  const born_step *steps;
  const uint32_t *edges;
  uint64_t cost; /* of all steps, estimated nanoseconds on one core */
  /* Behind the outputs: words that a run leaves zero, unless what their name says it
   * expected does not hold; then they count how often. */
  uint32_t check_count;
} born_program;

typedef enum born_weights_source {
  BORN_WEIGHTS_EMBEDDED = 0, /* weights points at weights_size bytes */
  BORN_WEIGHTS_FILE = 1,     /* a side file next to the artifact */
  BORN_WEIGHTS_CALLER = 2    /* given by the application when it loads the model */
} born_weights_source;

/* One way of running programs, a part of the runtime. A model names those that
 * it has code for. */
struct born_backend;
extern const struct born_backend born_vulkan_backend;
extern const struct born_backend born_cpu_backend;

/* Functions of AddressSanitizer's run-time library, for models whose code for
 * CPUs checks every access (bornc --sanitize). */
typedef struct born_sanitizer {
  void (*poison)(const volatile void *address, size_t size);
  void (*unpoison)(const volatile void *address, size_t size);
} born_sanitizer;

typedef struct born_model {
  uint32_t table_version; /* BORN_TABLE_VERSION */
  const char *name;
  const char *producer; /* "bornc 0.1.0" */
  uint32_t weights_source;
  uint64_t weights_size;
  uint64_t weights_hash;    /* XXH3-64 of the weight section */
  const void *weights;      /* EMBEDDED only */
  const char *weights_file; /* FILE only: base name of the side file */
  uint32_t program_count;
  const born_program *programs;
  const struct born_backend *vulkan; /* null where there is no such code */
  const struct born_backend *cpu;
  const born_sanitizer *sanitizer; /* null where code is as usual */
} born_model;

#ifdef __cplusplus
}
#endif
#endif /* BORN_RUNTIME_PROGRAM_H */
