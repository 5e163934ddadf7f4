//===- weights.cpp - from their source to the device -----------------------===//

#include "runtime/context.h"
#include "runtime/os.h"

#include <errno.h>

using namespace born;

namespace {

/// Where weight bytes come from: memory, or the caller's callback.
struct Source {
  const uint8_t *bytes;
  born_weights_callback read;
  void *user;
  Hasher *hasher; ///< null: not compared

  bool copy(uint64_t offset, uint8_t *target, size_t size) {
    if (bytes)
      memcpy(target, bytes + offset, size);
    else if (read(user, offset, target, size) != 0)
      return false;
    if (hasher)
      hasher->update(bytes ? bytes + offset : target, size);
    return true;
  }
};

/// Large enough to hide the cost of a submission, small enough not to matter.
constexpr uint64_t chunkSize = uint64_t{16} << 20;

} // namespace

static unsigned long long number(uint64_t value) { return value; }

static born_status readFailed(born_context &context, uint64_t offset) {
  return context.message.set(BORN_ERROR_WEIGHTS, "read_weights failed at offset %llu of %llu",
                             number(offset), number(context.model->weights_size));
}

static born_status copyToShared(born_context &context, Source &source) {
  for (uint64_t offset = 0; offset < context.weights.size; offset += chunkSize) {
    size_t size = min(chunkSize, context.weights.size - offset);
    if (!source.copy(offset, context.weights.mapped + offset, size))
      return readFailed(context, offset);
  }
  return BORN_OK;
}

static born_status beginOnce(born_context &context, VkCommandBuffer commands) {
  VkCommandBufferBeginInfo begin = {};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  VkResult result = context.device.vulkan.BeginCommandBuffer(commands, &begin);
  return result == VK_SUCCESS ? BORN_OK : fail(context.message, result, "vkBeginCommandBuffer");
}

static born_status endOnce(born_context &context, VkCommandBuffer commands) {
  VkResult result = context.device.vulkan.EndCommandBuffer(commands);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkEndCommandBuffer");
  return submit(context, commands);
}

static born_status copyThrough(born_context &context, Source &source, VkCommandBuffer commands,
                               Buffer &staging) {
  for (uint64_t offset = 0; offset < context.weights.size; offset += chunkSize) {
    uint64_t size = min(chunkSize, context.weights.size - offset);
    if (!source.copy(offset, staging.mapped, size))
      return readFailed(context, offset);
    if (born_status status = beginOnce(context, commands))
      return status;
    VkBufferCopy region = {0, offset, size};
    context.device.vulkan.CmdCopyBuffer(commands, staging.handle, context.weights.handle, 1,
                                        &region);
    if (born_status status = endOnce(context, commands))
      return status;
  }
  return BORN_OK;
}

static born_status zeroStates(born_context &context, VkCommandBuffer commands) {
  bool any = false;
  for (const Program &program : context.programs)
    any = any || program.state.size > 0;
  if (!any)
    return BORN_OK;
  if (born_status status = beginOnce(context, commands))
    return status;
  for (const Program &program : context.programs)
    if (program.state.size > 0)
      context.device.vulkan.CmdFillBuffer(commands, program.state.handle, 0, VK_WHOLE_SIZE, 0);
  return endOnce(context, commands);
}

static born_status upload(born_context &context, Source &source) {
  VkCommandBufferAllocateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  info.commandPool = context.commandPool;
  info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  info.commandBufferCount = 1;
  VkCommandBuffer commands = VK_NULL_HANDLE; // freed with its pool
  VkResult result =
      context.device.vulkan.AllocateCommandBuffers(context.device.handle, &info, &commands);
  if (result != VK_SUCCESS)
    return fail(context.message, result, "vkAllocateCommandBuffers");

  born_status status = zeroStates(context, commands);
  if (status || context.weights.size == 0)
    return status;
  if (context.weights.mapped)
    return copyToShared(context, source);
  Buffer staging;
  status = createBuffer(context.device, MemoryUse::Staging, min(chunkSize, context.weights.size),
                        "staged weights", staging, context.message);
  if (!status)
    status = copyThrough(context, source, commands, staging);
  if (status) // the device may still read what a failed wait did not wait for
    context.device.vulkan.DeviceWaitIdle(context.device.handle);
  destroyBuffer(context.device, staging);
  return status;
}

/// The side file's path: as given, else next to the file that has the tables.
static born_status sideFile(born_context &context, char *path, size_t size) {
  if (context.settings.options.weights_path) {
    format(path, size, "%s", context.settings.options.weights_path);
    return BORN_OK;
  }
  const char *name = context.model->weights_file;
  if (!name || !*name || strchr(name, '/'))
    return context.message.set(BORN_ERROR_TABLES, "the model's weights file has no plain name");
  if (!osModulePath(context.model, path, size))
    return context.message.set(BORN_ERROR_WEIGHTS, "cannot find the folder of weights file '%s'",
                               name);
  char *slash = strrchr(path, '/');
  char *end = slash ? slash + 1 : path;
  size_t left = size - static_cast<size_t>(end - path);
  if (strlen(name) >= left)
    return context.message.set(BORN_ERROR_WEIGHTS, "the path of weights file '%s' is too long",
                               name);
  memcpy(end, name, strlen(name) + 1);
  return BORN_OK;
}

static born_status wrongSize(born_context &context, const char *where, uint64_t found) {
  return context.message.set(BORN_ERROR_WEIGHTS, "%s: expected %llu bytes of weights, found %llu",
                             where, number(context.model->weights_size), number(found));
}

static born_status uploadChecked(born_context &context, Source &source, const char *where) {
  Hasher hasher;
  hasher.begin();
  if (context.model->weights_source != BORN_WEIGHTS_EMBEDDED &&
      !context.settings.has(BORN_FLAG_TRUST_WEIGHTS))
    source.hasher = &hasher;
  if (born_status status = upload(context, source))
    return status;
  if (source.hasher && hasher.finish() != context.model->weights_hash)
    return context.message.set(BORN_ERROR_WEIGHTS,
                               "%s: the weights are not those that the model was compiled with "
                               "(hash %016llx, expected %016llx)",
                               where, number(hasher.finish()), number(context.model->weights_hash));
  return BORN_OK;
}

static born_status loadFile(born_context &context) {
  char path[4096];
  if (born_status status = sideFile(context, path, sizeof path))
    return status;
  FileView view;
  if (!osMapFile(path, false, view))
    return context.message.set(BORN_ERROR_WEIGHTS, "cannot read weights file '%s': %s", path,
                               strerror(errno));
  Source source = {view.data, nullptr, nullptr, nullptr};
  born_status status = view.size == context.model->weights_size
                           ? uploadChecked(context, source, path)
                           : wrongSize(context, path, view.size);
  osUnmapFile(view);
  return status;
}

born_status born::loadWeights(born_context &context) {
  const born_model &model = *context.model;
  const born_options &options = context.settings.options;
  Source source = {static_cast<const uint8_t *>(model.weights), nullptr, nullptr, nullptr};
  if (model.weights_source == BORN_WEIGHTS_EMBEDDED || model.weights_size == 0)
    return upload(context, source);
  bool isGiven = options.weights || options.read_weights;
  if (model.weights_source == BORN_WEIGHTS_FILE || (!isGiven && options.weights_path))
    return loadFile(context);

  source.bytes = static_cast<const uint8_t *>(options.weights);
  source.read = options.read_weights;
  source.user = options.read_weights_user;
  if (!isGiven)
    return context.message.set(BORN_ERROR_WEIGHTS,
                               "the model was compiled without weights: give born_options.weights, "
                               "read_weights or weights_path");
  if (source.bytes && options.weights_size != model.weights_size)
    return wrongSize(context, "born_options.weights", options.weights_size);
  return uploadChecked(context, source, "born_options");
}
