//===- info.cpp - --info and --list-devices --------------------------------===//

#include "runtime/cpu_class.h"
#include "runtime/main/main.h"

#include <stdio.h>

using namespace born;

static const char *typeName(uint32_t type) {
  switch (static_cast<born_device_type>(type)) {
  case BORN_DEVICE_INTEGRATED:
    return "integrated";
  case BORN_DEVICE_DISCRETE:
    return "discrete";
  case BORN_DEVICE_VIRTUAL:
    return "virtual";
  case BORN_DEVICE_SOFTWARE:
    return "software";
  case BORN_DEVICE_CPU:
    return "cpu";
  case BORN_DEVICE_OTHER:
    break;
  }
  return "other";
}

static void printDevice(const born_device &device) {
  if (device.type == BORN_DEVICE_CPU) {
    printf("%c cpu: %s\n      %s: %s\n", device.chosen ? '*' : ' ', device.name,
           device.chosen ? "taken" : "not taken", device.reason);
    return;
  }
  printf("%c %u: %s (%s, Vulkan %u.%u.%u, subgroups of %u, %.1f GiB)\n      %s: %s\n",
         device.chosen ? '*' : ' ', device.index, device.name, typeName(device.type),
         device.api_version[0], device.api_version[1], device.api_version[2], device.subgroup_size,
         static_cast<double>(device.memory) / (1 << 30), device.chosen ? "taken" : "not taken",
         device.reason);
}

static bool findDevices(const born_model &model, const Arguments &arguments,
                        Array<born_device> &devices, Message &message) {
  born_options options = contextOptions(arguments);
  char text[1024];
  uint32_t count = 0;
  born_status status = born_list_devices(&model, &options, nullptr, 0, &count, text, sizeof text);
  if (!status && !devices.allocate(count)) {
    message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
    return false;
  }
  if (!status)
    status = born_list_devices(&model, &options, devices.data, count, &count, text, sizeof text);
  if (status)
    message.set(status, "%s", text);
  return !status;
}

bool born::listDevices(const born_model &model, const Arguments &arguments, Message &message) {
  Array<born_device> devices;
  if (!findDevices(model, arguments, devices, message))
    return false;
  for (const born_device &device : devices)
    printDevice(device);
  if (devices.count == 0)
    message.set(BORN_ERROR_DEVICE, "no device found");
  return devices.count > 0;
}

static void printFeatures(const born_program &program, born_device_class deviceClass,
                          const char *name) {
  uint32_t features = 0, kernels = 0, subgroup = 0;
  for (uint32_t i = 0; i < program.kernel_count; ++i)
    for (uint32_t j = 0; j < program.kernels[i].variant_count; ++j) {
      const born_kernel_variant &variant = program.kernels[i].variants[j];
      if (variant.device_class != static_cast<uint32_t>(deviceClass))
        continue;
      ++kernels;
      features |= variant.features;
      subgroup = max(subgroup, variant.subgroup_size);
    }
  if (kernels == 0)
    return;
  printf("  %s code: %u kernels, needs Vulkan 1.1", name, kernels);
  if (subgroup)
    printf(", subgroups of %u", subgroup);
  for (uint32_t left = features; left; left &= left - 1)
    printf(", %s", featureName(left & ~(left - 1)));
  printf("\n");
}

static void printCpuCode(const born_program &program) {
  for (uint32_t deviceClass = BORN_CLASS_SSE4; deviceClass <= BORN_CLASS_LAST; ++deviceClass) {
    uint32_t kernels = 0;
    for (uint32_t i = 0; i < program.kernel_count; ++i)
      for (uint32_t j = 0; j < program.kernels[i].cpu_variant_count; ++j)
        kernels += program.kernels[i].cpu_variants[j].device_class == deviceClass;
    if (kernels)
      printf("  %s code: %u kernels\n", className(deviceClass), kernels);
  }
}

static void printTensors(const char *what, const born_tensor_desc *tensors, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    char text[512];
    describeTensor(tensors[i].type, tensors[i].shape, tensors[i].rank, text, sizeof text);
    printf("  %s %u: %s %s, %llu bytes\n", what, i, tensors[i].name, text,
           static_cast<unsigned long long>(tensors[i].size));
  }
}

void born::printInfo(const born_model &model, const Arguments &arguments) {
  static const char *const sources[] = {"embedded", "in a side file", "given by the caller"};
  printf("model %s, compiled by %s\n", model.name, model.producer);
  printf("weights: %llu bytes, %s\n", static_cast<unsigned long long>(model.weights_size),
         model.weights_source < 3 ? sources[model.weights_source] : "of an unknown source");
  for (uint32_t i = 0; i < model.program_count; ++i) {
    const born_program &program = model.programs[i];
    printf("program %s:\n", program.name);
    printTensors("input", program.inputs, program.input_count);
    printTensors("output", program.outputs, program.output_count);
    uint32_t barriers = 0;
    for (uint32_t j = 0; j < program.command_count; ++j)
      barriers += program.commands[j].kind == BORN_COMMAND_BARRIER;
    printf("  1 submission of %u dispatches, %u copies, %u barriers\n", program.dispatch_count,
           program.copy_count, barriers);
    printf("  device memory: %llu bytes intermediate, %llu inputs and outputs, %llu state\n",
           static_cast<unsigned long long>(program.transient_size),
           static_cast<unsigned long long>(program.io_size),
           static_cast<unsigned long long>(program.state_size));
    printFeatures(program, BORN_CLASS_GENERIC, "generic");
    printFeatures(program, BORN_CLASS_SOFTWARE, "software");
    printCpuCode(program);
  }
  // A machine without a device can still say what it would need.
  Array<born_device> devices;
  Message why;
  if (!findDevices(model, arguments, devices, why)) {
    printf("devices: %s\n", why.text);
    return;
  }
  printf("devices (* is taken):\n");
  for (const born_device &device : devices)
    printDevice(device);
}
