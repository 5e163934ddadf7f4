//===- cache.cpp - compiled pipelines that outlive the process -------------===//
//
// Drivers trust the bytes that they are given as a pipeline cache, so a file is
// used only when it is ours in every respect: a regular file that belongs to
// this user and that nobody else can write, of the right length and hash, made
// for this device, driver and model.
//
//===----------------------------------------------------------------------===//

#include "runtime/context.h"
#include "runtime/os.h"

using namespace born;

namespace {

struct CacheHeader {
  char magic[8];
  uint64_t key;  ///< of device, driver and kernels
  uint64_t size; ///< of the driver's data, which follows
  uint64_t hash; ///< of the driver's data
};

constexpr char magic[8] = {'b', 'o', 'r', 'n', 'p', 'c', '0', '1'};
constexpr uint64_t largest = uint64_t{256} << 20;

} // namespace

/// The folder of the cache; false when there is none.
static bool cacheFolder(char *path, size_t size) {
  const char *own = osEnvironment("BORN_CACHE_DIR");
  const char *xdg = osEnvironment("XDG_CACHE_HOME");
  const char *home = osEnvironment("HOME");
  if (own)
    format(path, size, "%s", own);
  else if (xdg && xdg[0] == '/')
    format(path, size, "%s/born", xdg);
  else if (home && home[0] == '/')
    format(path, size, "%s/.cache/born", home);
  else
    return false;
  return path[0] != 0;
}

static uint64_t cacheKey(const born_context &context) {
  const VkPhysicalDeviceProperties &properties = context.device.physical.properties;
  Hasher hasher;
  hasher.begin();
  hasher.update(properties.pipelineCacheUUID, sizeof properties.pipelineCacheUUID);
  const uint32_t ids[] = {properties.vendorID, properties.deviceID, properties.driverVersion};
  hasher.update(ids, sizeof ids);
  Message unused;
  for (const Program &program : context.programs)
    for (uint32_t i = 0; i < program.tables->kernel_count; ++i)
      if (const born_kernel_variant *variant =
              chooseVariant(context.device.physical, program.tables->kernels[i],
                            context.settings.variant, unused))
        hasher.update(variant->code, variant->code_size);
  return hasher.finish();
}

static bool cachePath(const born_context &context, uint64_t key, char *path, size_t size) {
  char folder[3072];
  if (!context.settings.has(BORN_FLAG_DISK_CACHE) || !cacheFolder(folder, sizeof folder))
    return false;
  format(path, size, "%s/%016llx.pipelines", folder, static_cast<unsigned long long>(key));
  return true;
}

/// Whether the driver's own header names this device.
static bool isForDevice(const uint8_t *data, uint64_t size, const PhysicalDevice &device) {
  VkPipelineCacheHeaderVersionOne header;
  if (size < sizeof header)
    return false;
  memcpy(&header, data, sizeof header);
  return header.headerSize >= sizeof header && header.headerSize <= size &&
         header.headerVersion == VK_PIPELINE_CACHE_HEADER_VERSION_ONE &&
         header.vendorID == device.properties.vendorID &&
         header.deviceID == device.properties.deviceID &&
         !memcmp(header.pipelineCacheUUID, device.properties.pipelineCacheUUID, VK_UUID_SIZE);
}

/// Null, or what is wrong with a file.
static const char *checkFile(const born_context &context, const FileView &view, uint64_t key) {
  CacheHeader header;
  if (view.size < sizeof header || view.size > largest)
    return "its size is wrong";
  memcpy(&header, view.data, sizeof header);
  const uint8_t *data = view.data + sizeof header;
  if (memcmp(header.magic, magic, sizeof magic) != 0)
    return "it is no pipeline cache";
  if (header.key != key)
    return "it was made for something else";
  if (header.size != view.size - sizeof header)
    return "its size is wrong";
  if (header.hash != hashBytes(data, header.size))
    return "its hash is wrong";
  if (!isForDevice(data, header.size, context.device.physical))
    return "it was made for another device";
  return nullptr;
}

born_status born::openPipelineCache(born_context &context) {
  VkPipelineCacheCreateInfo info = {};
  info.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO;
  FileView view;
  char path[4096];
  if (context.settings.has(BORN_FLAG_DISK_CACHE)) {
    uint64_t key = cacheKey(context);
    bool hasPath = cachePath(context, key, path, sizeof path);
    if (hasPath)
      context.settings.log("pipeline cache '%s'", path);
    if (hasPath && osMapFile(path, true, view)) {
      if (const char *wrong = checkFile(context, view, key)) {
        context.settings.log("ignored the pipeline cache: %s", wrong);
      } else {
        info.initialDataSize = view.size - sizeof(CacheHeader);
        info.pInitialData = view.data + sizeof(CacheHeader);
        context.settings.log("read the pipeline cache");
      }
    }
  }
  VkResult result = context.device.vulkan.CreatePipelineCache(context.device.handle, &info, nullptr,
                                                              &context.pipelineCache);
  if (result == VK_SUCCESS)
    context.cachedHash =
        info.initialDataSize ? hashBytes(info.pInitialData, info.initialDataSize) : 0;
  osUnmapFile(view);
  return result == VK_SUCCESS ? BORN_OK : fail(context.message, result, "vkCreatePipelineCache");
}

void born::storePipelineCache(born_context &context) {
  if (!context.settings.has(BORN_FLAG_DISK_CACHE))
    return;
  const Device &device = context.device;
  CacheHeader header;
  memcpy(header.magic, magic, sizeof magic);
  header.key = cacheKey(context);
  char path[4096], folder[3072];
  size_t size = 0;
  if (!cachePath(context, header.key, path, sizeof path) || !cacheFolder(folder, sizeof folder) ||
      device.vulkan.GetPipelineCacheData(device.handle, context.pipelineCache, &size, nullptr) !=
          VK_SUCCESS ||
      size <= sizeof(VkPipelineCacheHeaderVersionOne) || size > largest - sizeof header)
    return;
  Array<uint8_t> file;
  if (!file.allocate(sizeof header + size))
    return;
  uint8_t *data = file.data + sizeof header;
  if (device.vulkan.GetPipelineCacheData(device.handle, context.pipelineCache, &size, data) !=
      VK_SUCCESS)
    return;
  header.size = size;
  header.hash = hashBytes(data, size);
  if (header.hash == context.cachedHash)
    return;
  memcpy(file.data, &header, sizeof header);
  bool written = osMakeFolder(folder) && osWriteFile(path, file.data, sizeof header + size);
  context.settings.log(written ? "wrote '%s'" : "cannot write '%s'", path);
}
