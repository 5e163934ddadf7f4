//===- context.cpp - creation and destruction ------------------------------===//

#include "runtime/backend.h"

#include <new>

using namespace born;

namespace {
/// What a model is to run on, in the order in which it is tried.
struct Choice {
  const born_backend *vulkan, *cpu;
};
} // namespace

/// The targets that the model has code for and that are asked for.
static born_status chooseTargets(const born_model &model, Settings &settings, Choice &choice,
                                 Message &message) {
  choice = {settings.wantsCpu() ? nullptr : model.vulkan,
            settings.selector && !settings.wantsCpu() ? nullptr : model.cpu};
  if (choice.vulkan || choice.cpu) {
    settings.hardwareOnly = choice.vulkan && choice.cpu;
    return BORN_OK;
  }
  if (!settings.selector)
    return message.set(BORN_ERROR_TABLES, "the model has no code");
  return message.set(BORN_ERROR_DEVICE,
                     "device '%.100s' cannot be taken: the model has code for %s only",
                     settings.selector, model.vulkan ? "Vulkan devices" : "CPUs");
}

/// Why a device is the one that is chosen.
static const char *whyChosen(const Settings &settings, const born_model &model, bool isCpu) {
  if (settings.selector)
    return "asked for";
  if (!model.vulkan || !model.cpu)
    return "the model has code for nothing else";
  return isCpu ? "there is no GPU that can run the model"
               : "a GPU that can run the model is preferred";
}

/// Looks for a hardware device only where there can be one: opening every
/// driver to find a software renderer takes longer than many a run.
static born_status chooseDevice(born_context &context) {
  const Settings &settings = context.settings;
  Choice choice;
  if (born_status status = chooseTargets(*context.model, context.settings, choice, context.message))
    return status;
  format(context.reason, sizeof context.reason, "%s",
         whyChosen(settings, *context.model, !choice.vulkan));
  if (choice.vulkan && choice.cpu && !osMayHaveGpu() && !osEnvironment("BORN_VULKAN_LIBRARY")) {
    format(context.reason, sizeof context.reason, "there is no GPU");
    choice.vulkan = nullptr;
  }
  if (choice.vulkan) {
    context.backend = choice.vulkan;
    born_status status = choice.vulkan->choose(context);
    if (!status || !choice.cpu)
      return status;
    format(context.reason, sizeof context.reason, "no GPU: %s", context.message.text);
    choice.vulkan->close(context);
    context.message.clear();
  }
  context.backend = choice.cpu;
  born_status status = choice.cpu->choose(context);
  if (status && context.settings.hardwareOnly)
    context.message.add("; %s; a software device has to be asked for: BORN_DEVICE=vulkan",
                        context.reason);
  return status;
}

static born_status setUp(born_context &context) {
  uint64_t start = osTime();
  if (born_status status = chooseDevice(context))
    return status;
  born_device device = {};
  context.backend->describe(context, device);
  context.settings.log("device '%s' in %.1f ms: %s", device.name,
                       static_cast<double>(osTime() - start) * 1e-6, context.reason);
  return context.backend->open(context);
}

born_status born_create(const born_model *model, const born_options *options,
                        born_context **out_context, char *out_message, size_t message_size) {
  if (out_message && message_size)
    out_message[0] = 0;
  if (!out_context || !model) {
    format(out_message, message_size, "born_create: %s is null", model ? "out_context" : "model");
    return BORN_ERROR_ARGUMENT;
  }
  *out_context = nullptr;
  void *memory = malloc(sizeof(born_context));
  if (!memory) {
    format(out_message, message_size, "out of host memory");
    return BORN_ERROR_HOST_MEMORY;
  }
  born_context *context = new (memory) born_context();
  context->model = model;
  born_status status = readSettings(options, context->settings, context->message);
  if (!status)
    status = checkTables(*model, context->message);
  if (!status)
    status = setUp(*context);
  if (status) {
    format(out_message, message_size, "%s", context->message.text);
    born_destroy(context);
    return status;
  }
  // The caller's strings and weights are not ours beyond this call.
  context->settings.selector = nullptr;
  born_options &kept = context->settings.options;
  kept.device = nullptr;
  kept.weights = nullptr;
  kept.read_weights = nullptr;
  kept.weights_path = nullptr;
  *out_context = context;
  return BORN_OK;
}

void born_destroy(born_context *context) {
  if (!context)
    return;
  if (context->backend)
    context->backend->close(*context);
  for (Program &program : context->programs)
    program.~Program();
  context->~born_context();
  free(context);
}

/// Marks the CPU as not chosen.
static void preferOther(born_device &cpu, const Settings &settings,
                        const Array<born_device> &devices) {
  cpu.chosen = 0;
  format(cpu.reason, sizeof cpu.reason, "not selected by '%.100s'",
         settings.selector ? settings.selector : "");
  for (const born_device &device : devices)
    if (device.chosen && !settings.selector)
      format(cpu.reason, sizeof cpu.reason, "device %u is preferred", device.index);
}

born_status born_list_devices(const born_model *model, const born_options *options,
                              born_device *out_devices, uint32_t capacity, uint32_t *out_count,
                              char *out_message, size_t message_size) {
  Message message;
  message.clear();
  Settings settings;
  Choice choice = {};
  Array<born_device> gpus, cpus;
  if (out_message && message_size)
    out_message[0] = 0;
  if (!model || !out_count || (capacity && !out_devices)) {
    format(out_message, message_size, "born_list_devices: a pointer is null");
    return BORN_ERROR_ARGUMENT;
  }
  *out_count = 0;
  born_status status = readSettings(options, settings, message);
  if (!status)
    status = checkTables(*model, message);
  if (!status)
    status = chooseTargets(*model, settings, choice, message);
  if (!status && model->cpu)
    status = model->cpu->list(*model, settings, cpus, message);
  if (!status && choice.vulkan) {
    status = choice.vulkan->list(*model, settings, gpus, message);
    if (status && choice.cpu) // the CPU does not need it
      status = BORN_OK;
  }
  if (status) {
    format(out_message, message_size, "%s", message.text);
    return status;
  }
  bool hasGpu = !choice.cpu;
  for (const born_device &device : gpus)
    hasGpu = hasGpu || device.chosen;
  for (born_device &cpu : cpus)
    if (hasGpu)
      preferOther(cpu, settings, gpus);
  for (born_device &device : gpus)
    if (device.chosen)
      format(device.reason, sizeof device.reason, "%s", whyChosen(settings, *model, false));
  for (born_device &device : cpus)
    if (device.chosen)
      format(device.reason, sizeof device.reason, "%s", whyChosen(settings, *model, true));
  *out_count = static_cast<uint32_t>(gpus.count + cpus.count);
  for (uint32_t i = 0; i < min(capacity, *out_count); ++i)
    out_devices[i] = i < gpus.count ? gpus[i] : cpus[i - gpus.count];
  return BORN_OK;
}
