//===- weights_test.cpp - weights from outside the artifact ----------------===//

#include "runtime/support.h"
#include "test/runtime/runtime_test.h"

#include <cstring>

using namespace test;

namespace {

/// The model compiled with --weights=stripped.
struct CallerModel : Tables {
  CallerModel() {
    model.weights_source = BORN_WEIGHTS_CALLER;
    model.weights = nullptr;
  }
};

/// The model compiled with --weights=file.
struct FileModel : Tables {
  FileModel() {
    model.weights_source = BORN_WEIGHTS_FILE;
    model.weights = nullptr;
    model.weights_file = "affine.weights";
  }
};

std::string weightBytes() { return std::string(reinterpret_cast<const char *>(weights()), bytes); }

int readWeights(void *user, uint64_t offset, void *target, size_t size) {
  auto *source = static_cast<std::string *>(user);
  if (offset + size > source->size())
    return 1;
  memcpy(target, source->data() + offset, size);
  return 0;
}

TEST(Weights, FromTheCaller) {
  CallerModel tables;
  for (const char *memory : {"", "staging"}) {
    Environment environment("BORN_MEMORY", memory);
    born_options with = options();
    with.weights = weights();
    with.weights_size = bytes;
    Context whole(tables.model, &with);
    expectRuns(whole.handle);

    std::string source = weightBytes();
    with = options();
    with.read_weights = readWeights;
    with.read_weights_user = &source;
    Context read(tables.model, &with);
    expectRuns(read.handle);
  }
}

// More than one chunk of the upload, the last one not full.
TEST(Weights, Large) {
  std::string large((40u << 20) + 4, 'x');
  CallerModel tables;
  uint64_t offset = (40u << 20) - 4096;
  large.replace(offset, bytes, weightBytes());
  tables.bindings[3].offset = offset;
  tables.model.weights_size = large.size();
  tables.model.weights_hash = born::hashBytes(large.data(), large.size());
  for (const char *memory : {"", "staging"}) {
    Environment environment("BORN_MEMORY", memory);
    born_options with = options();
    with.read_weights = readWeights;
    with.read_weights_user = &large;
    Context context(tables.model, &with);
    ASSERT_EQ(context.status, BORN_OK) << context.message;
    expectRuns(context.handle);
  }
}

TEST(Weights, FromTheCallerButWrong) {
  CallerModel tables;
  Context none(tables.model);
  EXPECT_EQ(none.status, BORN_ERROR_WEIGHTS);

  born_options with = options();
  with.weights = weights();
  with.weights_size = bytes - 1;
  Context small(tables.model, &with);
  EXPECT_EQ(small.status, BORN_ERROR_WEIGHTS);
  EXPECT_EQ(small.message, "born_options.weights: expected 4000 bytes of weights, found 3999");

  std::string damaged = weightBytes();
  damaged[1234] ^= 1;
  with.weights = damaged.data();
  with.weights_size = bytes;
  Context wrong(tables.model, &with);
  EXPECT_EQ(wrong.status, BORN_ERROR_WEIGHTS);
  EXPECT_NE(wrong.message.find("hash"), std::string::npos) << wrong.message;

  with.flags = BORN_FLAG_TRUST_WEIGHTS;
  Context trusted(tables.model, &with);
  EXPECT_EQ(trusted.status, BORN_OK);

  std::string few = "too few";
  with = options();
  with.read_weights = readWeights;
  with.read_weights_user = &few;
  Context failing(tables.model, &with);
  EXPECT_EQ(failing.status, BORN_ERROR_WEIGHTS);
}

TEST(Weights, FromASideFile) {
  FileModel tables;
  Folder folder;
  std::string path = folder / "w";
  born_options with = options();
  with.weights_path = path.c_str();

  Context missing(tables.model, &with);
  EXPECT_EQ(missing.status, BORN_ERROR_WEIGHTS);
  EXPECT_EQ(missing.message, "cannot read weights file '" + path + "': No such file or directory");

  writeFile(path, weightBytes());
  Context good(tables.model, &with);
  expectRuns(good.handle);

  writeFile(path, weightBytes() + "x");
  Context large(tables.model, &with);
  EXPECT_EQ(large.message, path + ": expected 4000 bytes of weights, found 4001");

  writeFile(path, weightBytes().substr(1));
  Context small(tables.model, &with);
  EXPECT_EQ(small.message, path + ": expected 4000 bytes of weights, found 3999");

  // Of another model, or changed: the right size is not enough.
  std::string damaged = weightBytes();
  damaged[77] ^= 4;
  for (const std::string &content : {std::string(bytes, 'x'), damaged}) {
    writeFile(path, content);
    Context foreign(tables.model, &with);
    EXPECT_EQ(foreign.status, BORN_ERROR_WEIGHTS);
    EXPECT_EQ(foreign.message.find(path + ": the weights are not those that the model was"), 0u)
        << foreign.message;
  }

  writeFile(path, "");
  Context empty(tables.model, &with);
  EXPECT_EQ(empty.status, BORN_ERROR_WEIGHTS);

  with.weights_path = folder.path.c_str();
  Context directory(tables.model, &with);
  EXPECT_EQ(directory.status, BORN_ERROR_WEIGHTS);
}

TEST(Weights, NextToTheArtifact) {
  FileModel tables;
  std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::string path = here / ("affine-" + std::to_string(getpid()) + ".weights");
  std::string name = std::filesystem::path(path).filename();
  tables.model.weights_file = name.c_str();
  writeFile(path, weightBytes());
  Context good(tables.model);
  expectRuns(good.handle);
  std::filesystem::remove(path);
  tables.model.weights_file = "../elsewhere";
  Context bad(tables.model);
  EXPECT_EQ(bad.status, BORN_ERROR_TABLES);
}

} // namespace
