/* export.h - for generated host code: gives the functions of born.h a model's
 * prefix. They are the only symbols of an artifact that are visible outside;
 * everything else of the runtime is hidden.
 *
 *   static const born_model model = {...};
 *   BORN_EXPORT_MODEL(minilm, &model)
 *   BORN_MAIN(&model) // executables only; needs libborn_main.a
 */
#ifndef BORN_RUNTIME_EXPORT_H
#define BORN_RUNTIME_EXPORT_H

#include "runtime/born.h"
#include "runtime/program.h"

#ifdef _WIN32
#define BORN_EXPORT extern "C" __declspec(dllexport)
#else
#define BORN_EXPORT extern "C" __attribute__((visibility("default")))
#endif

#define BORN_EXPORT_MODEL(prefix, model)                                                           \
  BORN_EXPORT born_status prefix##_create(const born_options *options, born_context **out_context, \
                                          char *out_message, size_t message_size) {                \
    return born_create(model, options, out_context, out_message, message_size);                    \
  }                                                                                                \
  BORN_EXPORT void prefix##_destroy(born_context *context) { born_destroy(context); }              \
  BORN_EXPORT const char *prefix##_message(const born_context *context) {                          \
    return born_message(context);                                                                  \
  }                                                                                                \
  BORN_EXPORT const char *prefix##_status_name(born_status status) {                               \
    return born_status_name(status);                                                               \
  }                                                                                                \
  BORN_EXPORT uint32_t prefix##_program_count(const born_context *context) {                       \
    return born_program_count(context);                                                            \
  }                                                                                                \
  BORN_EXPORT const char *prefix##_program_name(const born_context *context, uint32_t program) {   \
    return born_program_name(context, program);                                                    \
  }                                                                                                \
  BORN_EXPORT born_status prefix##_find_program(const born_context *context,                       \
                                                const born_shape *input_shapes,                    \
                                                uint32_t input_count, uint32_t *out_program) {     \
    return born_find_program(context, input_shapes, input_count, out_program);                     \
  }                                                                                                \
  BORN_EXPORT uint32_t prefix##_input_count(const born_context *context, uint32_t program) {       \
    return born_input_count(context, program);                                                     \
  }                                                                                                \
  BORN_EXPORT uint32_t prefix##_output_count(const born_context *context, uint32_t program) {      \
    return born_output_count(context, program);                                                    \
  }                                                                                                \
  BORN_EXPORT born_status prefix##_input_tensor(const born_context *context, uint32_t program,     \
                                                uint32_t input, born_tensor *out_tensor) {         \
    return born_input_tensor(context, program, input, out_tensor);                                 \
  }                                                                                                \
  BORN_EXPORT born_status prefix##_output_tensor(const born_context *context, uint32_t program,    \
                                                 uint32_t output, born_tensor *out_tensor) {       \
    return born_output_tensor(context, program, output, out_tensor);                               \
  }                                                                                                \
  BORN_EXPORT born_status prefix##_find_input(const born_context *context, uint32_t program,       \
                                              const char *name, uint32_t *out_input) {             \
    return born_find_input(context, program, name, out_input);                                     \
  }                                                                                                \
  BORN_EXPORT born_status prefix##_find_output(const born_context *context, uint32_t program,      \
                                               const char *name, uint32_t *out_output) {           \
    return born_find_output(context, program, name, out_output);                                   \
  }                                                                                                \
  BORN_EXPORT born_status prefix##_run(born_context *context, uint32_t program,                    \
                                       const born_input *inputs, const born_output *outputs) {     \
    return born_run(context, program, inputs, outputs);                                            \
  }                                                                                                \
  BORN_EXPORT void *prefix##_input_memory(born_context *context, uint32_t program,                 \
                                          uint32_t input) {                                        \
    return born_input_memory(context, program, input);                                             \
  }                                                                                                \
  BORN_EXPORT const void *prefix##_output_memory(born_context *context, uint32_t program,          \
                                                 uint32_t output) {                                \
    return born_output_memory(context, program, output);                                           \
  }                                                                                                \
  BORN_EXPORT born_status prefix##_get_profile(const born_context *context,                        \
                                               born_profile *out_profile) {                        \
    return born_get_profile(context, out_profile);                                                 \
  }                                                                                                \
  BORN_EXPORT born_status prefix##_get_trace(const born_context *context, uint32_t program,        \
                                             born_trace_event *out_events, uint32_t capacity,      \
                                             uint32_t *out_count) {                                \
    return born_get_trace(context, program, out_events, capacity, out_count);                      \
  }                                                                                                \
  BORN_EXPORT born_status prefix##_list_devices(                                                   \
      const born_options *options, born_device *out_devices, uint32_t capacity,                    \
      uint32_t *out_count, char *out_message, size_t message_size) {                               \
    return born_list_devices(model, options, out_devices, capacity, out_count, out_message,        \
                             message_size);                                                        \
  }                                                                                                \
  BORN_EXPORT born_status prefix##_get_device(const born_context *context,                         \
                                              born_device *out_device) {                           \
    return born_get_device(context, out_device);                                                   \
  }

/* The program of an executable (runtime/main). */
extern "C" int born_main(const born_model *model, int argc, char **argv);

#define BORN_MAIN(model)                                                                           \
  int main(int argc, char **argv) { return born_main(model, argc, argv); }

#endif /* BORN_RUNTIME_EXPORT_H */
