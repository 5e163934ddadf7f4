//===- WeightWriter.cpp ---------------------------------------------------===//
//
// Sources and the section are file mappings. Pages of both are given back
// after each weight, so that resident memory stays at the weights at work, not
// at all of them.
//
//===----------------------------------------------------------------------===//
#include "compiler/emit/WeightWriter.h"

#include "compiler/emit/WeightSteps.h"
#include "dialects/errors/Errors.h"
#include "dialects/plan/Plan.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Threading.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
using namespace bornc;
using plan::WeightOp;
namespace fs = llvm::sys::fs;

uint64_t bornc::weightSectionSize(ModuleOp module) {
  uint64_t size = 0;
  for (auto weight : module.getOps<WeightOp>())
    size =
        std::max(size, llvm::alignTo(weight.getOffset() + weight.getSize(), plan::bufferAlignment));
  return size;
}

namespace {

/// Files that weights come from, mapped once each.
class Sources {
public:
  explicit Sources(StringRef dir) : dir(dir) {}

  /// The bytes of a source; an error at `loc` if they are not there any more.
  FailureOr<ArrayRef<uint8_t>> bytes(born::SourceAttr source, Location loc) {
    FailureOr<fs::mapped_file_region *> region = map(source.getFile(), loc);
    if (failed(region))
      return failure();
    uint64_t size = (*region)->size();
    if (source.getOffset() > size || source.getLength() > size - source.getOffset())
      return emitError(loc, Code::ChangedWeights)
             << "file '" << source.getFile() << "' has changed: expected at least "
             << source.getOffset() + source.getLength() << " bytes, found " << size;
    ArrayRef<uint8_t> bytes(reinterpret_cast<const uint8_t *>((*region)->const_data()) +
                                source.getOffset(),
                            source.getLength());
    if (source.getHash() && llvm::xxh3_64bits(bytes) != source.getHash())
      return emitError(loc, Code::ChangedWeights)
             << "file '" << source.getFile() << "' has changed: bytes " << source.getOffset()
             << " to " << source.getOffset() + source.getLength()
             << " are not those that were imported";
    return bytes;
  }

private:
  FailureOr<fs::mapped_file_region *> map(StringRef file, Location loc) {
    std::lock_guard<std::mutex> lock(mutex);
    auto [it, isNew] = regions.try_emplace(file.str());
    if (!isNew) {
      if (!it->second)
        return failure(); // reported before
      return it->second.get();
    }
    llvm::SmallString<256> path(file);
    if (llvm::sys::path::is_relative(file) && !dir.empty()) {
      path = dir;
      llvm::sys::path::append(path, file);
    }
    llvm::Expected<fs::file_t> handle = fs::openNativeFileForRead(path);
    if (!handle)
      return emitError(loc, Code::CannotRead)
             << "cannot read weights from '" << path << "': " << llvm::toString(handle.takeError());
    llvm::scope_exit close([&] { fs::closeFile(*handle); });
    fs::file_status status;
    std::error_code error = fs::status(*handle, status);
    if (!error && status.type() != fs::file_type::regular_file)
      error = std::make_error_code(std::errc::invalid_argument);
    if (!error)
      it->second = std::make_unique<fs::mapped_file_region>(
          *handle, fs::mapped_file_region::readonly, std::max<uint64_t>(1, status.getSize()), 0,
          error);
    if (error) {
      it->second.reset();
      return emitError(loc, Code::CannotRead)
             << "cannot read weights from '" << path << "': " << error.message();
    }
    return it->second.get();
  }

  StringRef dir;
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<fs::mapped_file_region>> regions;
};

/// Gives the pages inside of [data, data + size) back to the file.
void release(const uint8_t *data, uint64_t size) {
  static const uint64_t page = sysconf(_SC_PAGESIZE);
  uint64_t begin = llvm::alignTo(reinterpret_cast<uintptr_t>(data), page);
  uint64_t end = llvm::alignDown(reinterpret_cast<uintptr_t>(data) + size, page);
  if (begin < end)
    madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}

/// Whether elements take whole bytes, so that they can be moved one by one.
bool isByteSized(RankedTensorType type) {
  unsigned bits = type.getElementTypeBitWidth();
  return bits == 1 || (bits % 8 == 0 && bits <= 64);
}

LogicalResult writeSource(WeightOp weight, Sources &sources, uint8_t *target) {
  FailureOr<ArrayRef<uint8_t>> bytes = sources.bytes(*weight.getSource(), weight.getLoc());
  if (failed(bytes))
    return failure();
  RankedTensorType stored = *weight.getStored(), type = weight.getType();
  ArrayAttr steps = weight.getStepsAttr();
  if (!isByteSized(stored)) {
    bool moves = steps && llvm::any_of(steps, [](Attribute step) {
                   return !isa<born::ReshapeStepAttr>(step);
                 });
    if (moves || type.getEncoding())
      return weight.emitOpError("cannot move elements of ") << stored.getElementType();
    std::memcpy(target, bytes->data(), bytes->size());
    return success();
  }
  StridedTensor tensor = rowMajor(bytes->data(), stored);
  SmallVector<ArrayRef<uint8_t>> read{*bytes};
  auto readSource = [&](born::SourceAttr source) {
    FailureOr<ArrayRef<uint8_t>> part = sources.bytes(source, weight.getLoc());
    if (succeeded(part))
      read.push_back(*part);
    return part;
  };
  if (steps && failed(applyStepsTo(tensor, steps, readSource, weight.getLoc())))
    return failure();
  store(tensor, type, target);
  for (ArrayRef<uint8_t> part : read)
    release(part.data(), part.size());
  return success();
}

/// Elements of a dense attribute, row-major in bytes.
FailureOr<std::vector<uint8_t>> bytesOf(ElementsAttr value, Location loc) {
  auto type = cast<RankedTensorType>(value.getShapedType());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != born::storageSize(type))
      return emitError(loc) << "resource of a constant is missing or has another size than "
                            << type;
    return std::vector<uint8_t>(blob->getData().begin(), blob->getData().end());
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense)
    return emitError(loc) << "expected a dense constant of " << type;
  std::vector<uint8_t> bytes(born::storageSize(type));
  unsigned bits = type.getElementTypeBitWidth();
  size_t index = 0;
  auto put = [&](const llvm::APInt &element) {
    uint64_t word = element.getZExtValue();
    if (bits < 8 && bits > 1) // packed, low bits first, as in ONNX
      bytes[index * bits / 8] |= static_cast<uint8_t>(word << (index * bits % 8));
    else
      std::memcpy(&bytes[index * std::max(bits / 8, 1u)], &word, std::max(bits / 8, 1u));
    ++index;
  };
  if (isa<FloatType>(type.getElementType()))
    for (const llvm::APFloat &element : dense.getValues<llvm::APFloat>())
      put(element.bitcastToAPInt());
  else
    for (const llvm::APInt &element : dense.getValues<llvm::APInt>())
      put(element);
  return bytes;
}

LogicalResult writeValue(WeightOp weight, uint8_t *target) {
  FailureOr<std::vector<uint8_t>> bytes = bytesOf(*weight.getValue(), weight.getLoc());
  if (failed(bytes))
    return failure();
  RankedTensorType type = weight.getType();
  if (!isByteSized(type)) {
    if (type.getEncoding())
      return weight.emitOpError("cannot move elements of ") << type.getElementType();
    std::memcpy(target, bytes->data(), bytes->size());
    return success();
  }
  store(rowMajor(bytes->data(), born::dropLayout(type)), type, target);
  return success();
}

/// A new file of `size` zero bytes, mapped for writing.
std::unique_ptr<fs::mapped_file_region> createSection(StringRef path, uint64_t size,
                                                      std::error_code &error) {
  int handle;
  error = fs::openFileForReadWrite(path, handle, fs::CD_CreateAlways, fs::OF_None);
  if (error)
    return nullptr;
  llvm::scope_exit close([&] { ::close(handle); });
  // Takes the disk space now: a full disk must be an error here, not a signal
  // when the mapping is written.
  if (int code = posix_fallocate(handle, 0, static_cast<off_t>(size))) {
    error = std::error_code(code, std::generic_category());
    return nullptr;
  }
  auto region = std::make_unique<fs::mapped_file_region>(handle, fs::mapped_file_region::readwrite,
                                                         size, 0, error);
  return error ? nullptr : std::move(region);
}

} // namespace

FailureOr<WeightSection> bornc::writeWeights(ModuleOp module, StringRef sourceDir, StringRef path) {
  WeightSection section;
  section.size = weightSectionSize(module);
  if (section.size == 0) {
    section.hash = llvm::xxh3_64bits(ArrayRef<uint8_t>());
    return section;
  }
  std::error_code error;
  std::unique_ptr<fs::mapped_file_region> region = createSection(path, section.size, error);
  if (!region)
    return emitError(UnknownLoc::get(module.getContext()), Code::CannotWrite)
           << "cannot write weights of " << section.size << " bytes to '" << path
           << "': " << error.message();

  uint8_t *data = reinterpret_cast<uint8_t *>(region->data());
  Sources sources(sourceDir);
  auto weights = llvm::to_vector(module.getOps<WeightOp>());
  auto write = [&](WeightOp weight) -> LogicalResult {
    if (weight.getOffset() + weight.getSize() > section.size)
      return weight.emitOpError("lies outside of the weight section");
    uint8_t *target = data + weight.getOffset();
    LogicalResult result =
        weight.getSource() ? writeSource(weight, sources, target) : writeValue(weight, target);
    release(target, weight.getSize());
    return result;
  };
  if (failed(failableParallelForEach(module.getContext(), weights, write)))
    return failure();
  section.hash = llvm::xxh3_64bits(ArrayRef<uint8_t>(data, section.size));
  return section;
}
