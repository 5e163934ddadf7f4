//===- cache_test.cpp - files of pipelines that are not ours ---------------===//

#include "test/runtime/runtime_test.h"

#include "runtime/support.h"

#include <cstring>
#include <sys/stat.h>

using namespace test;

namespace {

void collect(void *user, const char *line) {
  *static_cast<std::string *>(user) += std::string(line) + "\n";
}

/// Creates a context with the cache in `folder`, runs it, returns its log.
std::string createAndRun(const Folder &folder) {
  Environment environment("BORN_CACHE_DIR", folder.path);
  std::string log;
  born_options with = options();
  with.flags = BORN_FLAG_DISK_CACHE;
  with.log = collect;
  with.log_user = &log;
  Context context(model(), &with);
  expectRuns(context.handle);
  return log;
}

std::string cachePath(const Folder &folder) {
  std::string log = createAndRun(folder);
  size_t start = log.find("pipeline cache '");
  EXPECT_NE(start, std::string::npos) << log;
  start += strlen("pipeline cache '");
  return log.substr(start, log.find('\'', start) - start);
}

TEST(Cache, NotWithoutBeingAsked) {
  Folder folder;
  Environment environment("BORN_CACHE_DIR", folder.path);
  Context context(model());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path));
}

TEST(Cache, GarbageIsIgnored) {
  Folder folder;
  std::string path = cachePath(folder);
  uint64_t key = strtoull(std::filesystem::path(path).stem().c_str(), nullptr, 16);
  std::string data(64, 'x');
  auto file = [&](const char *magic, uint64_t fileKey, uint64_t size, uint64_t hash) {
    uint64_t numbers[] = {fileKey, size, hash};
    return std::string(magic, 8) + std::string(reinterpret_cast<char *>(numbers), sizeof numbers) +
           data;
  };
  uint64_t hash = born::hashBytes(data.data(), data.size());
  const struct {
    std::string bytes;
    const char *reason;
  } cases[] = {
      {"short", "its size is wrong"},
      {std::string(4096, 'x'), "it is no pipeline cache"},
      {file("bornpc01", key + 1, data.size(), hash), "it was made for something else"},
      {file("bornpc01", key, data.size() + 1, hash), "its size is wrong"},
      {file("bornpc01", key, UINT64_MAX, hash), "its size is wrong"},
      {file("bornpc01", key, data.size(), hash + 1), "its hash is wrong"},
      {file("bornpc01", key, data.size(), hash), "it was made for another device"},
  };
  for (const auto &row : cases) {
    writeFile(path, row.bytes);
    chmod(path.c_str(), 0600);
    std::string log = createAndRun(folder);
    EXPECT_NE(log.find(std::string("ignored the pipeline cache: ") + row.reason), std::string::npos)
        << log;
  }
}

TEST(Cache, FilesOfOthersAreNotOpened) {
  Folder folder;
  std::string path = cachePath(folder);
  auto isUntouched = [&] {
    std::string log = createAndRun(folder);
    return log.find("ignored") == std::string::npos && log.find("read the") == std::string::npos;
  };
  writeFile(path, "writable by all");
  chmod(path.c_str(), 0666);
  EXPECT_TRUE(isUntouched());
  std::filesystem::remove(path);
  writeFile(folder / "target", "behind a link");
  std::filesystem::create_symlink(folder / "target", path);
  EXPECT_TRUE(isUntouched());
  std::filesystem::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_TRUE(isUntouched());
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  EXPECT_TRUE(isUntouched());
}

TEST(Cache, FolderThatCannotBeMade) {
  Folder folder;
  writeFile(folder / "file", "");
  Environment environment("BORN_CACHE_DIR", folder / "file/below");
  born_options with = options();
  with.flags = BORN_FLAG_DISK_CACHE;
  Context context(model(), &with);
  expectRuns(context.handle);
}

} // namespace
